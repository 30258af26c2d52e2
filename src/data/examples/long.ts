// Pages that take longer to read than the event loop may wait: read in a process of their own. Knows which module reads which.
import { stat } from "node:fs/promises";
import { isolated, requireFile } from "../../formats/index.ts";
import type { DocumentOptions } from "./whole.ts";

/** What the process is to read. */
export interface LongWork {
  readonly path: string;
  readonly file: string;
  readonly kind: "html" | "markdown";
  readonly maxBytes?: number;
}

/** Bytes that are read at once, in well under 50 ms. */
const SHORT = 1 << 18;

/** What `here` gives: for a short page here, for a long one in a process. Errors: those of the reader and of `isolated`. */
export async function longDocument<Result>(
  path: string,
  kind: LongWork["kind"],
  { signal, maxBytes }: DocumentOptions = {},
  here: () => Promise<Result>,
): Promise<Result> {
  const file = await requireFile(path);
  if ((await stat(path)).size <= SHORT) return here();
  const work: LongWork = { path, file, kind, maxBytes };
  for await (const result of isolated<Result>(new URL("./long-work.js", import.meta.url), work, { signal })) return result;
  return here(); // it gave nothing: never so
}
