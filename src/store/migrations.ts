// The tables of the store, version by version. A version that has been released is never edited: a change is a version more. Knows no databases beyond their words.
import { InkstoneError } from "../core/index.ts";
import type { Database, Dialect } from "./database.ts";

type Migration = (words: Dialect) => readonly string[];

// Times are milliseconds since 1970; texts that say `body` are JSON.
const first: Migration = ({ integer, sequence }) => [
  `CREATE TABLE access_keys (
    id TEXT PRIMARY KEY, number ${integer} NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL UNIQUE, body TEXT NOT NULL,
    created ${integer} NOT NULL, revoked ${integer}, used ${integer})`,
  `CREATE TABLE key_use (key_id TEXT NOT NULL, day TEXT NOT NULL, requests ${integer} NOT NULL, tokens ${integer} NOT NULL, PRIMARY KEY (key_id, day))`,
  `CREATE TABLE jobs (
    number ${sequence}, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, owner TEXT NOT NULL, state TEXT NOT NULL, input TEXT NOT NULL, output TEXT, failure TEXT,
    done ${integer} NOT NULL, total ${integer} NOT NULL, attempts ${integer} NOT NULL, worker TEXT, lease ${integer}, created ${integer} NOT NULL, updated ${integer} NOT NULL)`,
  "CREATE INDEX jobs_waiting ON jobs (state, kind, number)",
  `CREATE TABLE job_parts (job_id TEXT NOT NULL, part ${integer} NOT NULL, body TEXT NOT NULL, PRIMARY KEY (job_id, part))`,
  `CREATE TABLE records (
    number ${sequence}, kind TEXT NOT NULL, owner TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, created ${integer} NOT NULL, updated ${integer} NOT NULL,
    expires ${integer}, UNIQUE (kind, owner, id))`,
  "CREATE INDEX records_expiring ON records (expires)",
  `CREATE TABLE audit (
    number ${sequence}, time ${integer} NOT NULL, subject TEXT NOT NULL, action TEXT NOT NULL, body TEXT NOT NULL)`,
  "CREATE INDEX audit_subjects ON audit (subject, number)",
];

// Knowledge bases: documents in chunks, and what finds them, a segment of chunks a row.
const second: Migration = ({ integer, sequence, bytes }) => [
  `CREATE TABLE knowledge_bases (
    number ${sequence}, owner TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, version ${integer} NOT NULL, created ${integer} NOT NULL, UNIQUE (owner, name))`,
  `CREATE TABLE knowledge_documents (
    number ${sequence}, base ${integer} NOT NULL, path TEXT NOT NULL, digest TEXT NOT NULL, body TEXT NOT NULL, chunks ${integer} NOT NULL, added ${integer} NOT NULL,
    UNIQUE (base, path))`,
  `CREATE TABLE knowledge_chunks (
    document ${integer} NOT NULL, ordinal ${integer} NOT NULL, page ${integer}, first ${integer} NOT NULL, behind ${integer} NOT NULL, heading TEXT NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (document, ordinal))`,
  `CREATE TABLE knowledge_segments (
    document ${integer} NOT NULL, segment ${integer} NOT NULL, chunks ${integer} NOT NULL, terms ${bytes} NOT NULL, vectors ${bytes}, PRIMARY KEY (document, segment))`,
];

const migrations: readonly Migration[] = [first, second];

/** The version that this code writes. */
export const storeVersion: number = migrations.length;

// Any constant: who holds it migrates alone.
const lockOfMigrations = 7_011_984;

/**
 * Brings a database to this code's version: what is missing is made, in one transaction; two processes do it once.
 *
 * Errors: E_DATABASE_VERSION when it is newer than this code.
 */
export async function migrate(database: Database): Promise<void> {
  const { dialect, label } = database;
  await database.transaction(async (inside) => {
    if (dialect.name === "postgres") await inside.all("SELECT pg_advisory_xact_lock(?)", [lockOfMigrations]);
    await inside.run(`CREATE TABLE IF NOT EXISTS inkstone_store (name TEXT PRIMARY KEY, version ${dialect.integer} NOT NULL)`);
    const [{ version } = { version: 0 }] = await inside.all<{ version: number }>("SELECT version FROM inkstone_store WHERE name = 'store'");
    if (version > storeVersion) throw new InkstoneError("E_DATABASE_VERSION", { database: label, found: version, known: storeVersion });
    for (const migration of migrations.slice(version)) for (const statement of migration(dialect)) await inside.run(statement);
    await inside.run("INSERT INTO inkstone_store (name, version) VALUES ('store', ?) ON CONFLICT (name) DO UPDATE SET version = excluded.version", [
      storeVersion,
    ]);
  });
}
