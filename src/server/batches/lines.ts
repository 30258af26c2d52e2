// The lines of a batch: requests as JSONL, checked before any is sent. Knows no models.

/** Where the requests of a batch may go. */
export const batchEndpoints = ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses"] as const;

/** One of them. */
export type BatchEndpoint = (typeof batchEndpoints)[number];

/** A request of a batch. */
export interface BatchLine {
  readonly customId: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What is wrong with a line, in OpenAI's shape. */
export interface LineError {
  readonly line: number;
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
}

/** Most lines of a batch. */
export const MOST_LINES = 50_000;
/** Most errors that are told. */
const MOST_ERRORS = 20;

/**
 * Reads the lines of a batch; errors where any is not a request to `endpoint` with an id of its own.
 *
 * @example
 * readLines('{"custom_id": "a", "method": "POST", "url": "/v1/embeddings", "body": {}}', "/v1/embeddings").lines.length; // 1
 */
export function readLines(text: string, endpoint: string): { readonly lines: BatchLine[]; readonly errors: LineError[] } {
  const lines: BatchLine[] = [];
  const errors: LineError[] = [];
  const ids = new Set<string>();
  for (const [i, each] of text
    .replace(/^\ufeff/, "")
    .split("\n")
    .entries()) {
    if (each.trim() === "") continue;
    if (errors.length >= MOST_ERRORS) break;
    const read = readLine(each, endpoint, ids);
    if ("code" in read) errors.push({ line: i + 1, ...read });
    else lines.push(read);
    if (lines.length > MOST_LINES) {
      errors.push({ line: i + 1, code: "too_many_lines", message: `A batch has at most ${MOST_LINES} requests.`, param: null });
      break;
    }
  }
  if (lines.length === 0 && errors.length === 0) errors.push({ line: 1, code: "empty_file", message: "The file has no requests.", param: null });
  return { lines, errors };
}

function readLine(line: string, endpoint: string, ids: Set<string>): BatchLine | Omit<LineError, "line"> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { code: "invalid_json_line", message: "The line is no JSON.", param: null };
  }
  const { custom_id: customId, method, url, body } = (value ?? {}) as Record<string, unknown>;
  if (typeof customId !== "string" || customId === "" || customId.length > 512)
    return { code: "invalid_custom_id", message: "custom_id must be a text of 1 to 512 characters.", param: "custom_id" };
  if (ids.has(customId)) return { code: "duplicate_custom_id", message: `custom_id "${customId.slice(0, 80)}" stands twice.`, param: "custom_id" };
  if (method !== "POST") return { code: "invalid_method", message: 'method must be "POST".', param: "method" };
  if (url !== endpoint) return { code: "mismatched_url", message: `url must be "${endpoint}", the endpoint of the batch.`, param: "url" };
  if (typeof body !== "object" || body === null || Array.isArray(body))
    return { code: "invalid_body", message: "body must be an object.", param: "body" };
  if ((body as { stream?: unknown }).stream === true) return { code: "invalid_body", message: "A batch has no streams.", param: "body.stream" };
  ids.add(customId);
  return { customId, body: body as Readonly<Record<string, unknown>> };
}
