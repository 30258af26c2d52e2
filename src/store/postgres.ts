// A PostgreSQL server as a Database, by the package pg. Knows no tables.
import type { Pool, PoolClient } from "pg";
import { InkstoneError } from "../core/index.ts";
import { optionalPackage } from "../formats/index.ts";
import { type Database, postgresDialect, type SqlRow, type SqlValue, type Statements } from "./database.ts";

// Commits that collide are begun again, as the server's manual asks: serialization_failure, deadlock_detected.
const collisions = new Set(["40001", "40P01"]);
const attempts = 5;
const wideInteger = 20; // the object id of int8

/**
 * Connects to a PostgreSQL server by its address (`postgres://user:password@host/database`).
 *
 * Errors: E_PACKAGE_MISSING without pg, E_DATABASE_REACH when no connection can be had, with what the server said.
 *
 * @example
 * await openPostgres("postgres://nobody@127.0.0.1:1/nothing"); // throws E_DATABASE_REACH
 */
export async function openPostgres(url: string): Promise<Database> {
  const label = shown(url);
  const { default: pg } = await optionalPackage("pg@8.23.1", { en: "PostgreSQL", zh: "PostgreSQL" }, () => import("pg"));
  const pool = new pg.Pool({
    connectionString: url,
    max: 8,
    connectionTimeoutMillis: 5000,
    types: { getTypeParser: (id, format) => (id === wideInteger ? Number : pg.types.getTypeParser(id, format)) },
  });
  pool.on("error", () => undefined); // an idle connection broke: the pool drops it, the next statement opens another
  try {
    await pool.query("SELECT 1");
  } catch (cause) {
    await pool.end();
    throw new InkstoneError("E_DATABASE_REACH", { database: label, why: [facts(cause).message] }, { cause });
  }
  return new PostgresDatabase(label, pool);
}

// The address without its password.
function shown(url: string): string {
  if (!URL.canParse(url)) return "DATABASE_URL";
  const { protocol, username, host, pathname } = new URL(url);
  return `${protocol}//${username === "" ? "" : `${username}@`}${host}${pathname}`;
}

function facts(error: unknown): { code: string; message: string } {
  const { code = "", message = "", errors = [] } = (error ?? {}) as { code?: string; message?: string; errors?: Error[] };
  return { code, message: message || errors.map((one) => one.message).join(", ") || code || String(error) };
}

// `?` -> `$1`, `$2` …; our statements have no `?` in texts.
const numbered = (sql: string): string => {
  let n = 0;
  return sql.replace(/\?/g, () => `$${++n}`);
};

class PostgresDatabase implements Database {
  readonly dialect: Database["dialect"] = postgresDialect;
  readonly label: string;
  readonly #pool: Pool;

  constructor(label: string, pool: Pool) {
    this.label = label;
    this.#pool = pool;
  }

  async all<Row extends object = SqlRow>(sql: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    return (await this.#ask(this.#pool, sql, values)).rows as Row[];
  }

  async run(sql: string, values: readonly SqlValue[] = []): Promise<number> {
    return (await this.#ask(this.#pool, sql, values)).count;
  }

  async transaction<T>(work: (inside: Statements) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const client = await this.#pool.connect().catch((cause: unknown) => {
        throw new InkstoneError("E_DATABASE_REACH", { database: this.label, why: [facts(cause).message] }, { cause });
      });
      try {
        await client.query("BEGIN");
        const result = await work(this.#inside(client));
        await client.query("COMMIT");
        return result;
      } catch (error) {
        await client.query("ROLLBACK").catch(() => undefined);
        const { code } = facts(error instanceof InkstoneError ? error.cause : error);
        if (!collisions.has(code) || attempt === attempts) throw error instanceof InkstoneError ? error : this.#named(error);
      } finally {
        client.release();
      }
    }
  }

  async erase(tables: readonly string[]): Promise<void> {
    await this.#ask(this.#pool, `VACUUM FULL ${tables.join(", ")}`, []);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  #inside(client: PoolClient): Statements {
    return {
      all: async <Row extends object = SqlRow>(sql: string, values: readonly SqlValue[] = []) => (await this.#ask(client, sql, values)).rows as Row[],
      run: async (sql, values = []) => (await this.#ask(client, sql, values)).count,
    };
  }

  async #ask(to: Pool | PoolClient, sql: string, values: readonly SqlValue[]): Promise<{ rows: unknown[]; count: number }> {
    try {
      const { rows, rowCount } = await to.query(
        numbered(sql),
        values.map((value) => (value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value)),
      );
      return { rows, count: rowCount ?? 0 };
    } catch (error) {
      throw this.#named(error);
    }
  }

  #named(cause: unknown): InkstoneError {
    const { code, message } = facts(cause);
    if (code === "53100") return new InkstoneError("E_DATABASE_FULL", { database: this.label }, { cause });
    const unreachable = /^(ECONN|EPIPE|ETIMEDOUT|57P0|08)/.test(code) || /Connection terminated|timeout exceeded/.test(message);
    return new InkstoneError(unreachable ? "E_DATABASE_REACH" : "E_DATABASE", { database: this.label, why: [message] }, { cause });
  }
}
