// Text from standard input and from files, never more than a limit. Knows no models.
import { isUtf8 } from "node:buffer";
import { fstatSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { InkstoneError, invalidUtf8At, type Phrase } from "../core/index.ts";

const standardInput: Phrase = { en: "Standard input", zh: "标准输入" };

// Bytes that are no UTF-8 would silently become U+FFFD, which is not what was given. A byte order mark is no part of the text.
function decoded(bytes: Buffer, what: Phrase): string {
  if (!isUtf8(bytes)) throw new InkstoneError("E_INPUT_ENCODING", { what, offset: invalidUtf8At(bytes) });
  return bytes.toString("utf8").replace(/^\ufeff/, "");
}

/** Most bytes taken from standard input. */
export const mostInput: number = 16 << 20;

/** Whether a shell has put a pipe or a file in the place of standard input. Programs that start others often leave them an open socket: it may never end, and is not waited for. */
export function isRedirected(): boolean {
  try {
    const about = fstatSync(0);
    return about.isFIFO() || about.isFile();
  } catch {
    return false; // closed
  }
}

/**
 * All of standard input as UTF-8.
 *
 * Errors: E_INPUT_SIZE beyond `limit`, E_INPUT_ENCODING.
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
  return decoded(Buffer.concat(pieces), standardInput);
}

/**
 * What an argument gives that is a text or a file: the file's text where there is a file of that name, standard input for "-" and for none, else the argument itself.
 *
 * Errors: those of `readAll` and `readTextFile`.
 */
export async function readGiven(given: string | undefined, stream: AsyncIterable<Buffer | string>): Promise<string> {
  if (given === undefined || given === "-") return readAll(stream);
  const isFile =
    given.length < 4096 &&
    !given.includes("\0") &&
    (await stat(given).then(
      (found) => found.isFile(),
      () => false,
    ));
  return isFile ? readTextFile(given, mostInput) : given;
}

/**
 * A text file as UTF-8.
 *
 * Errors: E_INPUT_MISSING when it cannot be read or is no regular file, E_INPUT_SIZE beyond `limit`, E_INPUT_ENCODING.
 */
export async function readTextFile(path: string, limit: number): Promise<string> {
  const file = await open(path, "r").catch((cause: unknown) => {
    throw new InkstoneError("E_INPUT_MISSING", { path }, { cause });
  });
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new InkstoneError("E_INPUT_MISSING", { path });
    if (found.size > limit) throw new InkstoneError("E_INPUT_SIZE", { limit });
    return decoded(await file.readFile(), [path]);
  } finally {
    await file.close();
  }
}
