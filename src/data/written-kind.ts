// What kind of table a file that is written becomes, by its ending. Writes nothing.
import { extname } from "node:path";
import { InkstoneError } from "../core/index.ts";
import { fileLabel } from "../formats/index.ts";

/** Kinds of tables that are written. */
export type WrittenKind = "csv" | "tsv" | "jsonl";

const endings: Readonly<Record<string, WrittenKind>> = { ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl" };

/**
 * What the ending of a file makes it. Nothing is packed: .csv.gz is none of them, though it is read. Errors: `E_DATA_KIND` for another.
 *
 * @example
 * writtenKind("answers.tsv"); // "tsv"
 * writtenKind("answers.csv.gz"); // throws E_DATA_KIND
 */
export function writtenKind(path: string): WrittenKind {
  const ending = extname(path).toLowerCase();
  if (Object.hasOwn(endings, ending)) return endings[ending];
  throw new InkstoneError("E_DATA_KIND", { file: fileLabel(path), supported: Object.keys(endings).join(", ") });
}
