// Text from standard input and from files, never more than a limit. Knows no models.
import { open } from "node:fs/promises";
import { InkstoneError } from "../core/index.ts";

/** Most bytes taken from standard input. */
export const mostInput: number = 16 << 20;

/**
 * All of standard input as UTF-8.
 *
 * Errors: E_INPUT_SIZE beyond `limit`.
 */
export async function readAll(stream: AsyncIterable<Buffer | string>, limit: number = mostInput): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of stream) {
    const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
    size += bytes.length;
    if (size > limit) throw new InkstoneError("E_INPUT_SIZE", { limit });
    pieces.push(bytes);
  }
  return Buffer.concat(pieces).toString("utf8");
}

/**
 * A text file as UTF-8.
 *
 * Errors: E_INPUT_MISSING when it cannot be read or is no regular file, E_INPUT_SIZE beyond `limit`.
 */
export async function readTextFile(path: string, limit: number): Promise<string> {
  const file = await open(path, "r").catch((cause: unknown) => {
    throw new InkstoneError("E_INPUT_MISSING", { path }, { cause });
  });
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new InkstoneError("E_INPUT_MISSING", { path });
    if (found.size > limit) throw new InkstoneError("E_INPUT_SIZE", { limit });
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}
