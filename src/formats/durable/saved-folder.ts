// Reading a folder that is written durably: only reading, whatever a writer does meanwhile, and only what its checksums say. Knows no formats.
import { createHash } from "node:crypto";
import { lstat, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { expectPath, fileFailure, openRegular } from "../regular-file.ts";
import { checksumsFile, previousFolder } from "./folder.ts";

const PIECE = 4 << 20;
/** Most bytes of a JSON file of a folder. */
const MOST_JSON = 64 << 20;

/** A folder as it is read. */
export interface SavedFolder {
  /** Where its files lie. */
  readonly path: string;
  /** The text of a file. Errors: E_FORMAT_NO_FILE, E_FORMAT_NOT_A_FILE, E_FORMAT_UNREADABLE, E_FORMAT_LARGE. */
  text(name: string): Promise<string>;
  /** Holds every file against the checksums that were saved with it; folders without such are taken as they are. Errors: E_FORMAT_CHECKSUM (also for names that lead elsewhere), E_FORMAT_NOT_A_FILE for links, E_FORMAT_NO_FILE. */
  verify(): Promise<void>;
}

/**
 * Reads a folder that `writeFolderDurably` writes: the one under the name, or the one before it where a writer was stopped between the two; begun anew where a writer has replaced it
 * meanwhile. Nothing is changed. Errors: those of `read`.
 */
export async function readSavedFolder<T>(path: string, read: (folder: SavedFolder) => Promise<T>): Promise<T> {
  expectPath(path);
  const tries = 20;
  for (let attempt = 1; ; attempt++) {
    const from = (await identity(path)) === undefined && (await identity(previousFolder(path))) !== undefined ? previousFolder(path) : path;
    const before = await identity(from);
    try {
      const found = await read(savedFolder(from));
      if ((await identity(from)) === before || attempt === tries) return found;
    } catch (error) {
      if ((await identity(from)) !== before && attempt < tries) continue;
      throw before === undefined ? new InkstoneError("E_FORMAT_NO_FILE", { file: path }, { cause: error }) : error;
    }
  }
}

// The number of a folder that was removed is soon that of a new one, and a folder that is being removed keeps its own: the time of the last change tells them apart.
async function identity(path: string): Promise<string | undefined> {
  return stat(path, { bigint: true }).then(
    ({ dev, ino, ctimeNs }) => `${dev} ${ino} ${ctimeNs}`,
    () => undefined,
  );
}

function savedFolder(path: string): SavedFolder {
  return {
    path,
    text: (name) => readTextFile(join(path, name)),
    async verify() {
      const sums = await readTextFile(join(path, checksumsFile)).catch((error: unknown) => {
        if (error instanceof InkstoneError && error.code === "E_FORMAT_NO_FILE") return "";
        throw error;
      });
      for (const line of sums.split("\n")) {
        if (line === "") continue;
        const [, digest, name] = /^([0-9a-f]{64}) {2}([^/\\]+)$/.exec(line) ?? [];
        // A line that is none, or a name that leads out of the folder.
        if (name === undefined || name === "..") throw new InkstoneError("E_FORMAT_CHECKSUM", { file: checksumsFile });
        if ((await lstat(join(path, name)).catch(() => undefined))?.isSymbolicLink()) throw new InkstoneError("E_FORMAT_NOT_A_FILE", { file: name });
        if ((await digestOf(join(path, name))) !== digest) throw new InkstoneError("E_FORMAT_CHECKSUM", { file: name });
      }
    },
  };
}

/** The text of a regular file, in UTF-8. Errors: E_FORMAT_NO_FILE, E_FORMAT_NOT_A_FILE, E_FORMAT_UNREADABLE, E_FORMAT_LARGE. */
export async function readTextFile(path: string, most: number = MOST_JSON): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of filePieces(path, most)) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of filePieces(path)) hash.update(piece);
  return hash.digest("hex");
}

async function* filePieces(path: string, most: number = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
  const file = await openRegular(path);
  try {
    const { size } = await file.stat();
    if (size > most) throw new InkstoneError("E_FORMAT_LARGE", { file: basename(path), bytes: size, most });
    const piece = new Uint8Array(Math.min(PIECE, Math.max(1, size)));
    for (let at = 0; ; ) {
      const { bytesRead } = await file.read(piece, 0, piece.length, at).catch((error: unknown) => {
        throw fileFailure(error, basename(path));
      });
      if (bytesRead === 0) return;
      at += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
