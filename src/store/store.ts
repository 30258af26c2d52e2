// The store: one door to everything that must outlive a process. Opens the database that the settings name. Knows no SQL of its own.
import { join } from "node:path";
import { dataFolder } from "../core/index.ts";
import { Audit } from "./audit.ts";
import type { Database } from "./database.ts";
import { Feedback } from "./feedback.ts";
import { Jobs } from "./jobs.ts";
import { Keys } from "./keys.ts";
import { Knowledge } from "./knowledge.ts";
import { migrate } from "./migrations.ts";
import { openPostgres } from "./postgres.ts";
import { Records } from "./records.ts";
import { openSqlite } from "./sqlite.ts";

/** Which database. Nothing said: DATABASE_URL, else `inkstone.db` in the data folder. */
export interface StoreOptions {
  /** A file of SQLite, or `:memory:`. */
  readonly file?: string;
  /** A PostgreSQL server: `postgres://user:password@host/database`. */
  readonly url?: string;
}

/** Everything that outlives a process. */
export interface Store extends AsyncDisposable {
  /** What a person would call the database: a path, or a server without its password. */
  readonly label: string;
  readonly keys: Keys;
  readonly jobs: Jobs;
  readonly audit: Audit;
  readonly knowledge: Knowledge;
  readonly feedback: Feedback;
  /** JSON of one kind by owner and name. */
  records<Body>(kind: string): Records<Body>;
  close(): Promise<void>;
}

/**
 * Opens the store, and brings its tables to this version.
 *
 * Errors: E_PACKAGE_MISSING (libsql, or pg for a server), E_DATABASE (a file that cannot be opened), E_DATABASE_REACH (a server that cannot be reached),
 * E_DATABASE_VERSION (written by a newer version).
 *
 * @example
 * const store = await openStore({ file: ":memory:" });
 * const { secret } = await store.keys.create("desk");
 * (await store.keys.check(secret))?.name; // "desk"
 * await store.close();
 */
export async function openStore({ file, url }: StoreOptions = {}): Promise<Store> {
  const server = url ?? (file === undefined ? process.env.DATABASE_URL || undefined : undefined);
  const database = server === undefined ? await openSqlite(file ?? join(dataFolder(), "inkstone.db")) : await openPostgres(server);
  try {
    await migrate(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return storeOn(database);
}

function storeOn(database: Database): Store {
  return {
    label: database.label,
    keys: new Keys(database),
    jobs: new Jobs(database),
    audit: new Audit(database),
    knowledge: new Knowledge(database),
    feedback: new Feedback(new Records(database, "feedback")),
    records: (kind) => new Records(database, kind),
    close: () => database.close(),
    [Symbol.asyncDispose]: () => database.close(),
  };
}
