// Data sets into files of JSON Lines, in one walk, each file whole or not there at all.
import { DurableFile, jsonLine } from "../formats/index.ts";

const BATCH_BYTES = 1 << 20;

/** How files are written. */
export interface WriteOptions {
  readonly signal?: AbortSignal;
}

/**
 * Writes each row to the file of its part, `FOLDER/PART.jsonl`, and says how many rows each got. At most a MiB of a part is held.
 *
 * Parts that get no row get no file. When it fails, no file has its name. Errors: those of the rows and of `partOf`, E_OPTION for a row that JSON cannot
 * hold, E_IO_FULL, E_IO_CREATE, E_IO; the signal's reason.
 *
 * @example
 * const rows = [{ text: "ink" }, { text: "stone" }, { text: "brush" }];
 * await splitToFiles(rows, ({ text }) => (text === "ink" ? "test" : "train"), "parts"); // { test: 1, train: 2 }
 */
export async function splitToFiles<Row>(
  rows: AsyncIterable<Row> | Iterable<Row>,
  partOf: (row: Row, index: number) => string,
  folder: string,
  { signal }: WriteOptions = {},
): Promise<Record<string, number>> {
  const parts = new Map<string, { file: DurableFile; waiting: string[]; bytes: number; rows: number }>();
  try {
    let index = 0;
    for await (const row of rows) {
      signal?.throwIfAborted();
      const name = partOf(row, index++);
      let part = parts.get(name);
      if (part === undefined) {
        part = { file: await DurableFile.openPartial(`${folder}/${name}.jsonl.partial`, { resume: false }), waiting: [], bytes: 0, rows: 0 };
        parts.set(name, part);
      }
      const line = jsonLine(row);
      part.rows++;
      part.bytes += line.length;
      part.waiting.push(line);
      if (part.bytes > BATCH_BYTES) await flush(part);
    }
    for (const part of parts.values()) await flush(part);
  } catch (error) {
    for (const { file } of parts.values()) await file.discard().catch(() => undefined);
    throw error;
  }
  for (const [name, { file }] of parts) await file.commit(`${folder}/${name}.jsonl`);
  return Object.fromEntries([...parts].map(([name, { rows: count }]) => [name, count]));
}

async function flush(part: { file: DurableFile; waiting: string[]; bytes: number }): Promise<void> {
  if (part.waiting.length > 0) await part.file.append(Buffer.from(part.waiting.join("")));
  part.waiting = [];
  part.bytes = 0;
}
