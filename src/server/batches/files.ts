// Files that clients leave with the server: JSONL for batches and what came of them. In the store, by owner. Knows no routes.
import { randomBytes } from "node:crypto";
import { InkstoneError } from "../../core/index.ts";
import type { Records, Store } from "../../store/index.ts";

/** What is known of a file. */
export interface FileFacts {
  readonly filename: string;
  readonly purpose: string;
  readonly bytes: number;
}

/** A file in OpenAI's shape. */
export const shownFile = (id: string, { filename, purpose, bytes }: FileFacts, created: number): object => ({
  id,
  object: "file",
  bytes,
  created_at: Math.floor(created / 1000),
  filename,
  purpose,
  status: "processed",
});

/** Files of all owners; each sees its own. Facts and contents are apart: lists read no contents. */
export class Files {
  readonly #facts: Records<FileFacts>;
  readonly #contents: Records<string>;
  readonly #most: number;

  /** `most`: files of one owner. */
  constructor(store: Store, most: number) {
    this.#facts = store.records<FileFacts>("file");
    this.#contents = store.records<string>("file-content");
    this.#most = most;
  }

  /** Keeps a text. Errors: E_FILES when the owner has as many as are allowed. `id`: its name, where it must be known before; kept over what had it. */
  async keep(
    owner: string,
    filename: string,
    purpose: string,
    content: string,
    id: string = `file-${randomBytes(12).toString("hex")}`,
  ): Promise<string> {
    const has = await this.#facts.list(owner, { limit: this.#most });
    if (has.length >= this.#most && !has.some((one) => one.id === id)) throw new InkstoneError("E_FILES", { limit: this.#most });
    await this.#contents.put(owner, id, content);
    await this.#facts.put(owner, id, { filename, purpose, bytes: Buffer.byteLength(content, "utf8") });
    return id;
  }

  /** Errors: E_RECORD_UNKNOWN. */
  async facts(owner: string, id: string): Promise<object> {
    const found = await this.#facts.get(owner, id);
    if (found === undefined) throw unknown(id);
    return shownFile(id, found.body, found.created);
  }

  /** Errors: E_RECORD_UNKNOWN. */
  async content(owner: string, id: string): Promise<string> {
    const found = await this.#contents.get(owner, id);
    if (found === undefined) throw unknown(id);
    return found.body;
  }

  /** The latest first. */
  async list(
    owner: string,
    { limit, after, purpose }: { readonly limit: number; readonly after?: string; readonly purpose?: string },
  ): Promise<object[]> {
    const all = await this.#facts.list(owner, { limit: purpose === undefined ? limit : this.#most, before: after });
    const wanted = all.filter(({ body }) => purpose === undefined || body.purpose === purpose).slice(0, limit);
    return wanted.map(({ id, body, created }) => shownFile(id, body, created));
  }

  /** Errors: E_RECORD_UNKNOWN. */
  async remove(owner: string, id: string): Promise<void> {
    if (!(await this.#facts.remove(owner, id))) throw unknown(id);
    await this.#contents.remove(owner, id);
  }
}

const unknown = (id: string) => new InkstoneError("E_RECORD_UNKNOWN", { kind: { en: "file", zh: "文件" }, id: id.slice(0, 100) });
