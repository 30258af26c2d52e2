// What was asked and answered, and on what it rested: kept by subject, exported and erased by subject. Knows nothing of models.
import type { Database } from "./database.ts";

/** What an entry says: names and numbers, and texts only where they may be kept. */
export interface AuditEntry {
  /** Whom it is about: a user's or customer's id, "" for nobody in particular. */
  readonly subject: string;
  /** What was done, such as `kb.ask`. */
  readonly action: string;
  /** The rest: model, prompt version, sources, checks, milliseconds. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** An entry as it is kept. */
export interface KeptAuditEntry extends AuditEntry {
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/**
 * The audit of a store.
 *
 * @example
 * const { audit } = await openStore({ file: ":memory:" });
 * await audit.add({ subject: "ada", action: "kb.ask", body: { sources: ["manual.pdf"] } });
 * (await audit.list({ subject: "ada" })).length; // 1
 * await audit.erase("ada"); // 1
 */
export class Audit {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Adds an entry. */
  async add({ subject, action, body }: AuditEntry, now: number = Date.now()): Promise<void> {
    await this.#database.run("INSERT INTO audit (time, subject, action, body) VALUES (?, ?, ?, ?)", [now, subject, action, JSON.stringify(body)]);
  }

  /** Entries in the order in which they came, `limit` at a time, after the entry numbered `after`. */
  async list({ subject, after = 0, limit = 1000 }: { subject?: string; after?: number; limit?: number } = {}): Promise<KeptAuditEntry[]> {
    const rows = await this.#database.all<{ number: number; time: number; subject: string; action: string; body: string }>(
      `SELECT number, time, subject, action, body FROM audit WHERE number > ? ${subject === undefined ? "" : "AND subject = ?"} ORDER BY number LIMIT ?`,
      [after, ...(subject === undefined ? [] : [subject]), limit],
    );
    return rows.map((row) => ({ ...row, body: JSON.parse(row.body) as Record<string, unknown> }));
  }

  /** Takes away all that is kept about a subject, out of the files too; how many entries. */
  async erase(subject: string): Promise<number> {
    const erased = await this.#database.run("DELETE FROM audit WHERE subject = ?", [subject]);
    if (erased > 0) await this.#database.erase(["audit"]);
    return erased;
  }
}
