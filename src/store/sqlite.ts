// SQLite's file as a Database: by libsql where it is installed, by node:sqlite where Node has it. One connection a process, transactions in turn. Knows no tables.
import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as later } from "node:timers/promises";
import { InkstoneError } from "../core/index.ts";
import { optionalPackage } from "../formats/index.ts";
import { type Database, type SqlRow, type SqlValue, type Statements, sqliteDialect } from "./database.ts";

// What libsql and node:sqlite have in common.
interface Prepared {
  all(...values: unknown[]): unknown[];
  run(...values: unknown[]): { changes: number | bigint };
}
interface Connection {
  exec(sql: string): unknown;
  prepare(sql: string): Prepared;
  close(): void;
}

// How long another process may hold the file before a statement gives up.
const patience = { seconds: 15, pause: 10 };
const keptStatements = 200;

/**
 * Opens (and makes) a file of SQLite; `:memory:` for none. Folders are made for their owner only.
 *
 * Errors: E_PACKAGE_MISSING where neither libsql nor node:sqlite is there, E_DATABASE when the file cannot be opened.
 *
 * @example
 * const database = await openSqlite(":memory:");
 * await database.all("SELECT 1 + ? AS sum", [2]); // [{ sum: 3 }]
 */
export async function openSqlite(path: string): Promise<Database> {
  const connect = await driver();
  try {
    if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const connection = connect(path);
    if (path !== ":memory:") chmodSync(path, 0o600);
    const database = new SqliteDatabase(path, connection);
    await database.prepareFile();
    return database;
  } catch (error) {
    throw error instanceof InkstoneError ? error : named(path, error);
  }
}

async function driver(): Promise<(path: string) => Connection> {
  try {
    const { default: Libsql } = await optionalPackage("libsql@0.5.29", { en: "the store in a file", zh: "文件存储" }, () => import("libsql"));
    return (path) => new Libsql(path) as unknown as Connection;
  } catch (missing) {
    const builtIn = (await import("node:sqlite" as string).catch(() => undefined)) as { DatabaseSync: new (path: string) => Connection } | undefined;
    if (builtIn === undefined) throw missing;
    return (path) => new builtIn.DatabaseSync(path);
  }
}

const facts = (error: unknown): { code: string; message: string } => {
  const { code = "", errstr = "", message = String(error) } = error as { code?: string; errstr?: string; message?: string };
  return { code, message: `${message} ${errstr}`.trim() };
};
const isBusy = (error: unknown): boolean => {
  const { code, message } = facts(error);
  return code.startsWith("SQLITE_BUSY") || /database (?:table )?is locked/.test(message);
};

function named(path: string, cause: unknown): InkstoneError {
  const { code, message } = facts(cause);
  if (isBusy(cause)) return new InkstoneError("E_DATABASE_BUSY", { database: path, seconds: patience.seconds }, { cause });
  if (code.startsWith("SQLITE_FULL") || code === "ENOSPC" || /disk is full/.test(message))
    return new InkstoneError("E_DATABASE_FULL", { database: path }, { cause });
  return new InkstoneError("E_DATABASE", { database: path, why: [message] }, { cause });
}

class SqliteDatabase implements Database {
  readonly dialect: Database["dialect"] = sqliteDialect;
  readonly label: string;
  readonly #connection: Connection;
  readonly #statements = new Map<string, Prepared>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(label: string, connection: Connection) {
    this.label = label;
    this.#connection = connection;
  }

  // Durable by every commit, readers beside one writer, deleted bytes overwritten. Whoever opens first turns the log on, so this too waits its turn.
  async prepareFile(): Promise<void> {
    const settings = ["journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "foreign_keys = ON", "busy_timeout = 0"];
    for (const setting of settings) await this.#patiently(() => this.#prepared(`PRAGMA ${setting}`).all());
  }

  all<Row extends object = SqlRow>(sql: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    return this.#inTurn(() => this.#all<Row>(sql, values));
  }

  run(sql: string, values: readonly SqlValue[] = []): Promise<number> {
    return this.#inTurn(() => this.#run(sql, values));
  }

  transaction<T>(work: (inside: Statements) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      await this.#patiently(() => this.#connection.exec("BEGIN IMMEDIATE"));
      try {
        const result = await work({ all: (sql, values = []) => this.#all(sql, values), run: (sql, values = []) => this.#run(sql, values) });
        await this.#patiently(() => this.#connection.exec("COMMIT"));
        return result;
      } catch (error) {
        this.#rollback();
        throw error;
      }
    });
  }

  // `secure_delete` wrote zeros over what was deleted; the log still has the pages as they were until it is emptied.
  erase(): Promise<void> {
    return this.#inTurn(async () => {
      const until = performance.now() + patience.seconds * 1000;
      for (;;) {
        const [{ busy }] = await this.#all<{ busy: number }>("PRAGMA wal_checkpoint(TRUNCATE)", []);
        if (busy === 0) return;
        if (performance.now() > until) throw new InkstoneError("E_DATABASE_BUSY", { database: this.label, seconds: patience.seconds });
        await later(patience.pause);
      }
    });
  }

  async close(): Promise<void> {
    await this.#turn.catch(() => undefined);
    this.#statements.clear();
    this.#connection.close();
  }

  #rollback(): void {
    try {
      this.#connection.exec("ROLLBACK");
    } catch {
      // Some failures (a full disk) have rolled back already.
    }
  }

  // One piece of work at a time: a transaction is not mixed with what others ask meanwhile.
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work, work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  #all<Row extends object>(sql: string, values: readonly SqlValue[]): Promise<Row[]> {
    return this.#patiently(() => (this.#prepared(sql).all(...values) as Record<string, unknown>[]).map((row) => plainRow(row) as Row));
  }

  #run(sql: string, values: readonly SqlValue[]): Promise<number> {
    return this.#patiently(() => Number(this.#prepared(sql).run(...values).changes));
  }

  // Another process may hold the file: wait without holding the event loop.
  async #patiently<T>(work: () => T): Promise<T> {
    const until = performance.now() + patience.seconds * 1000;
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!isBusy(error) || performance.now() > until) throw named(this.label, error);
        await later(patience.pause);
      }
    }
  }

  #prepared(sql: string): Prepared {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const fresh = this.#connection.prepare(sql);
    if (this.#statements.size >= keptStatements) this.#statements.delete(this.#statements.keys().next().value as string);
    this.#statements.set(sql, fresh);
    return fresh;
  }
}

function plainRow(row: Record<string, unknown>): SqlRow {
  for (const [name, value] of Object.entries(row)) if (value instanceof ArrayBuffer) row[name] = new Uint8Array(value);
  return row as SqlRow;
}
