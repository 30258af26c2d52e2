// JSON by kind, owner and name: responses, conversations, files, whatever a room keeps that is found by its name only. Knows nothing of what is in it.
import type { Database } from "./database.ts";

/** A record as it is kept. Times in milliseconds since 1970. */
export interface StoredRecord<Body> {
  readonly id: string;
  readonly owner: string;
  readonly body: Body;
  readonly created: number;
  readonly updated: number;
  readonly expires: number | undefined;
}

interface Row {
  id: string;
  owner: string;
  body: string;
  created: number;
  updated: number;
  expires: number | null;
}

/**
 * Records of one kind. An owner never sees another's: every call names one ("" on a machine without keys).
 *
 * @example
 * const store = await openStore({ file: ":memory:" });
 * const notes = store.records<{ text: string }>("note");
 * await notes.put("ada", "n1", { text: "ink" });
 * (await notes.get("ada", "n1"))?.body.text; // "ink"
 * await notes.get("bob", "n1"); // undefined
 */
export class Records<Body> {
  readonly #database: Database;
  readonly #kind: string;

  constructor(database: Database, kind: string) {
    this.#database = database;
    this.#kind = kind;
  }

  /** Keeps a record, over what had its name. `expires`: from when on it is not there. */
  async put(owner: string, id: string, body: Body, { expires, now = Date.now() }: { expires?: number; now?: number } = {}): Promise<void> {
    await this.#database.run(
      `INSERT INTO records (kind, owner, id, body, created, updated, expires) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (kind, owner, id) DO UPDATE SET body = excluded.body, updated = excluded.updated, expires = excluded.expires`,
      [this.#kind, owner, id, JSON.stringify(body), now, now, expires ?? null],
    );
  }

  /** A record, unless it is not there or expired. */
  async get(owner: string, id: string, now: number = Date.now()): Promise<StoredRecord<Body> | undefined> {
    const [row] = await this.#rows("AND id = ? AND (expires IS NULL OR expires > ?)", [owner, id, now]);
    return row;
  }

  /** An owner's records, newest first. `before`: only those older than the record of this name. */
  async list(
    owner: string,
    { limit = 100, before, now = Date.now() }: { limit?: number; before?: string; now?: number } = {},
  ): Promise<StoredRecord<Body>[]> {
    const older = before === undefined ? "" : "AND number < (SELECT number FROM records WHERE kind = ? AND owner = ? AND id = ?)";
    const place = before === undefined ? [] : [this.#kind, owner, before];
    return this.#rows(`AND (expires IS NULL OR expires > ?) ${older} ORDER BY number DESC LIMIT ?`, [owner, now, ...place, limit]);
  }

  /** Takes a record away; whether it was there. */
  async remove(owner: string, id: string): Promise<boolean> {
    return (await this.#database.run("DELETE FROM records WHERE kind = ? AND owner = ? AND id = ?", [this.#kind, owner, id])) > 0;
  }

  /** Takes an owner's records away but for the `most` latest; how many. */
  async keepLatest(owner: string, most: number): Promise<number> {
    return this.#database.run(
      `DELETE FROM records WHERE kind = ? AND owner = ? AND number <=
         (SELECT number FROM records WHERE kind = ? AND owner = ? ORDER BY number DESC LIMIT 1 OFFSET ?)`,
      [this.#kind, owner, this.#kind, owner, most],
    );
  }

  /** Takes all expired records of this kind away; how many. */
  async sweep(now: number = Date.now()): Promise<number> {
    return this.#database.run("DELETE FROM records WHERE kind = ? AND expires IS NOT NULL AND expires <= ?", [this.#kind, now]);
  }

  async #rows(more: string, values: readonly (string | number)[]): Promise<StoredRecord<Body>[]> {
    const rows = await this.#database.all<Row>(
      `SELECT id, owner, body, created, updated, expires FROM records WHERE kind = ? AND owner = ? ${more}`,
      [this.#kind, ...values],
    );
    return rows.map((row) => ({ ...row, body: JSON.parse(row.body) as Body, expires: row.expires ?? undefined }));
  }
}
