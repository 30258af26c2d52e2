// Knowledge bases as rows: bases, their documents, the chunks of these and what finds them. Knows nothing of how a document is read, cut or searched.
import { InkstoneError } from "../core/index.ts";
import type { Database, Statements } from "./database.ts";

/** A knowledge base. `version` grows with every change. */
export interface KnowledgeBaseRow {
  readonly number: number;
  readonly name: string;
  readonly version: number;
  readonly created: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly documents: number;
  readonly chunks: number;
}

/** A document of a base. A document that is read again gets a new number. */
export interface KnowledgeDocument {
  readonly number: number;
  /** Where it came from: a path, or the name that it was given. */
  readonly path: string;
  /** SHA-256 of what was read, and of how. */
  readonly digest: string;
  readonly chunks: number;
  readonly added: number;
  /** Title, kind, bytes, metadata. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** A piece of a document: characters `start` to `end` (UTF-16) of its page, or of the whole where it has no pages. */
export interface KnowledgeChunk {
  readonly page: number | undefined;
  readonly start: number;
  readonly end: number;
  /** Headings above it, or the names of a table's columns. */
  readonly heading: string;
  readonly text: string;
}

/** What finds the chunks of a segment, as its reader packs it. */
export interface KnowledgeSegment {
  readonly chunks: number;
  readonly terms: Uint8Array;
  readonly vectors: Uint8Array | undefined;
}

/** A document that is put into a base. */
export interface NewKnowledgeDocument {
  readonly path: string;
  readonly digest: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly chunks: readonly KnowledgeChunk[];
  readonly segments: readonly KnowledgeSegment[];
}

interface BaseRow {
  number: number;
  name: string;
  version: number;
  created: number;
  body: string;
  documents: number;
  chunks: number;
}

interface DocumentRow {
  number: number;
  path: string;
  digest: string;
  chunks: number;
  added: number;
  body: string;
}

const documentColumns = "number, path, digest, chunks, added, body";
const parsed = (body: string): Record<string, unknown> => JSON.parse(body) as Record<string, unknown>;

// SQLite takes at most 32,766 values a statement; rows are put in lots.
const lot = 500;
const tables = ["knowledge_bases", "knowledge_documents", "knowledge_chunks", "knowledge_segments"];

/**
 * Knowledge bases by owner and name ("" on a machine without keys): no call of one owner touches another's. A document is put or removed as a whole or not at all.
 *
 * @example
 * const { knowledge } = await openStore({ file: ":memory:" });
 * const { number } = await knowledge.create("", "manuals", {});
 * const chunk = { page: undefined, start: 0, end: 3, heading: "", text: "ink" };
 * await knowledge.put(number, { path: "a.txt", digest: "1", body: {}, chunks: [chunk], segments: [] });
 * (await knowledge.documents(number)).map(({ path }) => path); // ["a.txt"]
 */
export class Knowledge {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Makes a base. Errors: E_KNOWLEDGE_EXISTS. */
  async create(owner: string, name: string, body: Readonly<Record<string, unknown>>, now: number = Date.now()): Promise<KnowledgeBaseRow> {
    const made = await this.#database.run(
      "INSERT INTO knowledge_bases (owner, name, body, version, created) VALUES (?, ?, ?, 0, ?) ON CONFLICT (owner, name) DO NOTHING",
      [owner, name, JSON.stringify(body), now],
    );
    if (made === 0) throw new InkstoneError("E_KNOWLEDGE_EXISTS", { name });
    return this.base(owner, name);
  }

  /** A base by its name. Errors: E_KNOWLEDGE_UNKNOWN. */
  async base(owner: string, name: string): Promise<KnowledgeBaseRow> {
    const all = await this.bases(owner);
    const found = all.find((base) => base.name === name);
    if (found === undefined) throw new InkstoneError("E_KNOWLEDGE_UNKNOWN", { name, there: all.map((base) => base.name).join(", ") || "-" });
    return found;
  }

  /** An owner's bases by name. */
  async bases(owner: string): Promise<KnowledgeBaseRow[]> {
    const rows = await this.#database.all<BaseRow>(
      `SELECT b.number, b.name, b.version, b.created, b.body, COUNT(d.number) AS documents, COALESCE(SUM(d.chunks), 0) AS chunks
       FROM knowledge_bases b LEFT JOIN knowledge_documents d ON d.base = b.number WHERE b.owner = ?
       GROUP BY b.number, b.name, b.version, b.created, b.body ORDER BY b.name`,
      [owner],
    );
    return rows.map((row) => ({ ...row, body: parsed(row.body), documents: Number(row.documents), chunks: Number(row.chunks) }));
  }

  /** The version of a base, undefined once it is removed. */
  async version(base: number): Promise<number | undefined> {
    return (await this.#database.all<{ version: number }>("SELECT version FROM knowledge_bases WHERE number = ?", [base]))[0]?.version;
  }

  /** Sets what is said of a base. */
  async describe(base: number, body: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#database.run("UPDATE knowledge_bases SET body = ?, version = version + 1 WHERE number = ?", [JSON.stringify(body), base]);
  }

  /** The documents of a base in the order in which they came. */
  async documents(base: number): Promise<KnowledgeDocument[]> {
    const rows = await this.#database.all<DocumentRow>(`SELECT ${documentColumns} FROM knowledge_documents WHERE base = ? ORDER BY number`, [base]);
    return rows.map((row) => ({ ...row, body: parsed(row.body) }));
  }

  /** A document by its path. */
  async document(base: number, path: string): Promise<KnowledgeDocument | undefined> {
    const rows = await this.#database.all<DocumentRow>(`SELECT ${documentColumns} FROM knowledge_documents WHERE base = ? AND path = ?`, [
      base,
      path,
    ]);
    return rows.map((row) => ({ ...row, body: parsed(row.body) }))[0];
  }

  /** Puts a document in, in place of the one that came from the same path; gives its number. All at once or not at all. */
  put(base: number, document: NewKnowledgeDocument, now: number = Date.now()): Promise<number> {
    return this.#database.transaction(async (inside) => {
      await removeDocuments(inside, base, document.path);
      const [{ number }] = await inside.all<{ number: number }>(
        "INSERT INTO knowledge_documents (base, path, digest, body, chunks, added) VALUES (?, ?, ?, ?, ?, ?) RETURNING number",
        [base, document.path, document.digest, JSON.stringify(document.body), document.chunks.length, now],
      );
      for (let from = 0; from < document.chunks.length; from += lot) await putChunks(inside, number, from, document.chunks.slice(from, from + lot));
      for (const [segment, { chunks, terms, vectors }] of document.segments.entries())
        await inside.run("INSERT INTO knowledge_segments (document, segment, chunks, terms, vectors) VALUES (?, ?, ?, ?, ?)", [
          number,
          segment,
          chunks,
          terms,
          vectors ?? null,
        ]);
      await touch(inside, base);
      return number;
    });
  }

  /** Takes a document out by its path, out of the files too; whether it was there. */
  async remove(base: number, path: string): Promise<boolean> {
    const removed = await this.#database.transaction(async (inside) => {
      const found = await removeDocuments(inside, base, path);
      if (found) await touch(inside, base);
      return found;
    });
    if (removed) await this.#database.erase(tables);
    return removed;
  }

  /** Takes a base away with all its documents, out of the files too. */
  async removeBase(base: number): Promise<void> {
    await this.#database.transaction(async (inside) => {
      await removeDocuments(inside, base);
      await inside.run("DELETE FROM knowledge_bases WHERE number = ?", [base]);
    });
    await this.#database.erase(tables);
  }

  /** What finds the chunks of a document, segment after segment. */
  async segments(document: number): Promise<KnowledgeSegment[]> {
    const rows = await this.#database.all<{ chunks: number; terms: Uint8Array; vectors: Uint8Array | null }>(
      "SELECT chunks, terms, vectors FROM knowledge_segments WHERE document = ? ORDER BY segment",
      [document],
    );
    return rows.map(({ chunks, terms, vectors }) => ({ chunks, terms, vectors: vectors ?? undefined }));
  }

  /** Chunks of a document by their ordinals, from `first`, at most `count`. */
  async chunks(document: number, first = 0, count = 1): Promise<KnowledgeChunk[]> {
    const rows = await this.#database.all<{ page: number | null; first: number; behind: number; heading: string; text: string }>(
      "SELECT page, first, behind, heading, text FROM knowledge_chunks WHERE document = ? AND ordinal >= ? AND ordinal < ? ORDER BY ordinal",
      [document, first, first + count],
    );
    return rows.map(({ page, first: start, behind: end, heading, text }) => ({ page: page ?? undefined, start, end, heading, text }));
  }
}

async function putChunks(inside: Statements, document: number, from: number, chunks: readonly KnowledgeChunk[]): Promise<void> {
  const rows = chunks.map(() => "(?, ?, ?, ?, ?, ?, ?)").join(", ");
  const values = chunks.flatMap(({ page, start, end, heading, text }, i) => [document, from + i, page ?? null, start, end, heading, text]);
  await inside.run(`INSERT INTO knowledge_chunks (document, ordinal, page, first, behind, heading, text) VALUES ${rows}`, values);
}

const touch = (inside: Statements, base: number): Promise<number> =>
  inside.run("UPDATE knowledge_bases SET version = version + 1 WHERE number = ?", [base]);

// All documents of a base, or the one of a path.
async function removeDocuments(inside: Statements, base: number, path?: string): Promise<boolean> {
  const [which, values] = path === undefined ? ["base = ?", [base]] : ["base = ? AND path = ?", [base, path]];
  const those = `document IN (SELECT number FROM knowledge_documents WHERE ${which})`;
  await inside.run(`DELETE FROM knowledge_chunks WHERE ${those}`, values as (string | number)[]);
  await inside.run(`DELETE FROM knowledge_segments WHERE ${those}`, values as (string | number)[]);
  return (await inside.run(`DELETE FROM knowledge_documents WHERE ${which}`, values as (string | number)[])) > 0;
}
