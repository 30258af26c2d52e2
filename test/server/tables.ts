// Helpers of the classifier tests: small tables, and requests that carry them. Knows no test framework.
import { type Answer, ask, events, type Serving } from "./serving.ts";

/** Rows "text,label" of two kinds that can be told apart: `rows` of each. */
export function twoKinds(rows: number): string {
  const lines = Array.from({ length: rows }, (_, i) => `a good and lovely thing number ${i},good\na bad and ugly thing number ${i},bad\n`);
  return `text,label\n${lines.join("")}`;
}

/** Sends a table: `path` follows /v1/classifiers. */
export function sendTable(s: Serving, path: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  return ask(s.port, "POST", `/v1/classifiers${path}`, { headers: { "content-type": "text/csv", ...headers }, body });
}

/** Trains, and gives what the last event but [DONE] says. */
export async function trained(
  s: Serving,
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<{ id: string; skipped: { count: number } }> {
  const { text } = await sendTable(s, path, body, headers);
  const last = events(text).at(-2) ?? text;
  const { done } = JSON.parse(last);
  if (done === undefined) throw new Error(last);
  return done;
}

/** POST /v1/classify. */
export function classify(s: Serving, body: unknown): Promise<Answer> {
  return ask(s.port, "POST", "/v1/classify", { headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}
