// Tables of examples out of request bodies: each in a private folder of its own that is removed in every case. Knows no columns.
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { InkstoneError } from "../../core/index.ts";
import type { ServerLimits } from "../limits.ts";

/** What is taken, and the ending under which the data room knows it. */
const endings: Readonly<Record<string, string>> = {
  "text/csv": ".csv",
  "text/tab-separated-values": ".tsv",
  "application/jsonl": ".jsonl",
  "application/x-ndjson": ".jsonl",
};

/** Content types of tables, for people. */
export const tableTypes: string = Object.keys(endings).join(", ");

/** The same as a pattern. */
export const tablePattern: RegExp = new RegExp(`^(${Object.keys(endings).join("|")})\\s*(?:;\\s*charset="?utf-8"?\\s*)?$`, "i");

/** A table on disk. */
export interface Table {
  readonly file: string;
  remove(): Promise<void>;
}

/** A body that is to become a table. */
export interface TableBody {
  readonly body: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
  /** What its sender calls it. */
  readonly name?: string;
}

/** All tables of a server. */
export class Tables {
  readonly #limits: ServerLimits;
  #count = 0;

  constructor(limits: ServerLimits) {
    this.#limits = limits;
  }

  /**
   * Takes a body in. Errors: E_BODY_TYPE, E_BODY_SIZE (by its declared length before anything is read), E_QUEUE for too many tables at once; the signal's reason.
   */
  async receive({ body, headers, name }: TableBody, signal: AbortSignal): Promise<Table> {
    const { tableBytes, tables } = this.#limits;
    const type = String(headers["content-type"] ?? "");
    const ending = endings[tablePattern.exec(type)?.[1].toLowerCase() ?? ""];
    if (ending === undefined) throw new InkstoneError("E_BODY_TYPE", { got: type, wanted: tableTypes });
    if (Number(headers["content-length"] ?? 0) > tableBytes) throw new InkstoneError("E_BODY_SIZE", { limit: tableBytes });
    if (this.#count >= tables) throw new InkstoneError("E_QUEUE", { waiting: this.#count, limit: tables });
    this.#count++;
    let folder: string | undefined;
    const remove = async (): Promise<void> => {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
      this.#count--;
    };
    try {
      folder = await mkdtemp(join(tmpdir(), "inkstone-table-"));
      const file = join(folder, fileName(name, ending));
      await pipeline(body as Readable, counted(tableBytes), createWriteStream(file, { flags: "wx", mode: 0o600 }), { signal });
      let removed: Promise<void> | undefined;
      return { file, remove: () => (removed ??= remove()) };
    } catch (error) {
      await remove();
      throw error;
    }
  }
}

function counted(limit: number): (pieces: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
  return async function* (pieces) {
    let bytes = 0;
    for await (const piece of pieces) {
      bytes += piece.length;
      if (bytes > limit) throw new InkstoneError("E_BODY_SIZE", { limit });
      yield piece;
    }
  };
}

/**
 * A sender's name for a file as one that is harmless: what is before the last slash is left out, and only letters, digits, space, dot, hyphen and underscore stay.
 *
 * @example
 * fileName("../../etc/pass:wd.csv", ".csv"); // "pass_wd.csv"
 */
export function fileName(name: string | undefined, ending: string): string {
  const last = (name ?? "").split(/[\\/]/).at(-1) ?? "";
  const plain = last.replace(/[^\p{L}\p{M}\p{N} ._-]/gu, "_").replace(/^[. ]+/, "");
  const stem = plain.toLowerCase().endsWith(ending) ? plain.slice(0, -ending.length) : plain;
  return `${[...stem].slice(0, 48).join("") || "table"}${ending}`;
}
