// The same request as a line of curl and as JavaScript, for "Use it from code".

import { key } from "../api/http.ts";

/** A piece of code under a name. */
export interface Sample {
  readonly name: string;
  readonly language: "bash" | "javascript" | "typescript";
  readonly code: string;
}

// A key stands in the environment, never in the code.
const keyLine = () => (key.value === undefined ? "" : ' -H "authorization: Bearer $INKSTONE_KEY"');
const keyField = () => (key.value === undefined ? "" : ', authorization: "Bearer " + process.env.INKSTONE_KEY');
const quoted = (text: string) => text.replaceAll("'", "'\\''");
const short = (value: unknown): unknown => (typeof value === "string" && value.length > 300 ? `${value.slice(0, 280)} …` : value);
const shortened = (_name: string, value: unknown): unknown => (Array.isArray(value) && value.length > 6 ? value.slice(0, 6) : short(value));

/** curl and fetch of a POST with JSON; long texts and lists are cut for reading. */
export function postSamples(path: string, body: unknown): Sample[] {
  const json = JSON.stringify(body, shortened);
  const pretty = JSON.stringify(body, shortened, 2);
  return [
    { name: "curl", language: "bash", code: `curl ${location.origin}${path} -H 'content-type: application/json'${keyLine()} -d '${quoted(json)}'` },
    {
      name: "fetch",
      language: "javascript",
      code: `const response = await fetch("${location.origin}${path}", {\n  method: "POST",\n  headers: { "content-type": "application/json"${keyField()} },\n  body: JSON.stringify(${pretty}),\n});\nconsole.log(await response.json());`,
    },
  ];
}

/** OpenAI's own client: `call` is what is asked of it, such as `chat.completions.create`. */
export function openaiSample(call: string, body: unknown, read: string): Sample {
  const asked = JSON.stringify(body, shortened, 2);
  return {
    name: "openai",
    language: "javascript",
    code: `import OpenAI from "openai";\n\nconst client = new OpenAI({ baseURL: "${location.origin}/v1", apiKey: ${key.value === undefined ? '"none"' : "process.env.INKSTONE_KEY"} });\nconst answer = await client.${call}(${asked});\nconsole.log(${read});`,
  };
}

/** curl and fetch of a GET. */
export function getSamples(path: string): Sample[] {
  return [
    { name: "curl", language: "bash", code: `curl "${location.origin}${path}"${keyLine()}` },
    { name: "fetch", language: "javascript", code: `const answer = await fetch("${location.origin}${path}").then((response) => response.json());` },
  ];
}

/** The library, from the package. */
export const library = (code: string): Sample => ({ name: "Inkstone", language: "typescript", code });

/** The terminal. */
export const terminal = (code: string): Sample => ({ name: "CLI", language: "bash", code });
