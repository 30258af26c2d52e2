// The lines of a text file, one at a time, checked as they come. Knows no JSON.
import { isUtf8 } from "node:buffer";
import { open } from "node:fs/promises";
import { InkstoneError } from "../core/index.ts";

/** Most bytes of a line. */
export const mostLine: number = 16 << 20;

/** A line and where it is. */
export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** Bytes of the file up to its end. */
  readonly read: number;
}

/** A line that cannot be taken, and why. */
export type BadLine = (error: InkstoneError) => void;

/**
 * The lines of a regular file: UTF-8, LF or CRLF, without a byte order mark. `onBad` gets a line that is too long or not UTF-8 (and may throw).
 *
 * Errors: E_INPUT_MISSING when it cannot be read or is no regular file.
 */
export async function* fileLines(path: string, onBad: BadLine): AsyncGenerator<Line> {
  const file = await open(path, "r").catch((cause: unknown) => {
    throw new InkstoneError("E_INPUT_MISSING", { path }, { cause });
  });
  try {
    if (!(await file.stat()).isFile()) throw new InkstoneError("E_INPUT_MISSING", { path });
    yield* linesOf(file.createReadStream({ autoClose: false, highWaterMark: 1 << 18 }), path, onBad);
  } finally {
    await file.close();
  }
}

async function* linesOf(pieces: AsyncIterable<Buffer>, path: string, onBad: BadLine): AsyncGenerator<Line> {
  let held: Buffer[] = [];
  let size = 0;
  let number = 1;
  let before = 0;
  const finish = (end: number): Line | undefined => {
    const bytes = held.length === 1 ? held[0] : Buffer.concat(held);
    const line =
      size > mostLine ? refused(new InkstoneError("E_INPUT_SIZE", { limit: mostLine }), onBad) : decoded(bytes, { path, number, before }, onBad);
    held = [];
    size = 0;
    before = end;
    number++;
    return line === undefined ? undefined : { text: line, number: number - 1, read: end };
  };
  let at = 0;
  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, start)) {
      hold(piece.subarray(start, end));
      const line = finish(at + end + 1);
      if (line !== undefined) yield line;
      start = end + 1;
    }
    hold(piece.subarray(start));
    at += piece.length;
  }
  const last = size > 0 ? finish(at) : undefined;
  if (last !== undefined) yield last;

  function hold(bytes: Buffer): void {
    size += bytes.length;
    if (size <= mostLine) held.push(bytes);
    else held = [];
  }
}

function refused(error: InkstoneError, onBad: BadLine): undefined {
  onBad(error);
  return undefined;
}

function decoded(bytes: Buffer, { path, number, before }: { path: string; number: number; before: number }, onBad: BadLine): string | undefined {
  if (!isUtf8(bytes)) {
    const back = Buffer.from(bytes.toString("utf8"), "utf8");
    return refused(new InkstoneError("E_INPUT_ENCODING", { what: [path], offset: before + bytes.findIndex((byte, i) => byte !== back[i]) }), onBad);
  }
  const end = bytes[bytes.length - 1] === 13 ? bytes.length - 1 : bytes.length;
  const text = bytes.toString("utf8", 0, end);
  return number === 1 ? text.replace(/^\ufeff/, "") : text;
}
