// What every reader of rows has in common: pieces of bytes go in, rows with their places come out, and what is broken is thrown or handed over.
import { basename } from "node:path";
import { dataLimits, InkstoneError } from "../../core/index.ts";

/** A row and the line (from 1) on which it begins. */
export interface PlacedRow<Value> {
  readonly value: Value;
  readonly line: number;
}

/**
 * A reader that is fed: `push` takes the next piece of a file, however it was cut, and gives the rows that became complete; `end` gives the rest.
 * It keeps no more than one unfinished row. Where the pieces are cut never changes what comes out. What a call gives is run through before the next call.
 */
export interface RowReader<Value> {
  push(piece: Uint8Array): Iterable<PlacedRow<Value>>;
  end(): Iterable<PlacedRow<Value>>;
}

/** What readers of rows take. */
export interface RowOptions {
  /** Name of the file in errors; "data" by default. */
  readonly file?: string;
  /** Given: a broken row is handed over as its error and left out. Not given: it is thrown. */
  readonly onBadRow?: (error: InkstoneError) => void;
  /** Most bytes of one row (`max_line_bytes`), 16 MiB by default. */
  readonly maxLineBytes?: number;
}

/** The options with their defaults, and what to do with a broken row. */
export interface RowSettings {
  readonly file: string;
  readonly maxLineBytes: number;
  /** Throws, or hands over. */
  readonly refuse: (error: InkstoneError) => void;
}

/**
 * Fills in the defaults.
 *
 * Errors: E_OPTION for a `maxLineBytes` below 1.
 *
 * @example
 * rowSettings({}).maxLineBytes; // 16777216
 */
export function rowSettings({ file = "data", onBadRow, maxLineBytes = dataLimits.lineBytes }: RowOptions): RowSettings {
  if (!Number.isInteger(maxLineBytes) || maxLineBytes < 1)
    throw new InkstoneError("E_OPTION", {
      option: "maxLineBytes",
      value: maxLineBytes,
      allowed: { en: "whole numbers from 1", zh: "不小于 1 的整数" },
    });
  const refuse = (error: InkstoneError): void => {
    if (onBadRow === undefined) throw error;
    onBadRow(error);
  };
  return { file, maxLineBytes, refuse };
}

/**
 * All rows of some pieces, one by one, as they become complete.
 *
 * @example
 * const rows = [];
 * for await (const { value, line } of readRows([Buffer.from("a\nb")], new LineReader())) rows.push([line, value]);
 * rows; // [[1, "a"], [2, "b"]]
 */
export async function* readRows<Value>(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  reader: RowReader<Value>,
): AsyncGenerator<PlacedRow<Value>> {
  for await (const piece of pieces) yield* reader.push(piece);
  yield* reader.end();
}

/**
 * A file's name for messages: the last part of its path.
 *
 * @example
 * fileLabel("data/train.csv"); // "train.csv"
 */
export function fileLabel(path: string): string {
  return basename(path);
}
