// What the rest of the store asks of a database, whichever it is: statements with `?` for values, transactions, nothing else. Knows no tables.

/** A value in a statement or a row. Numbers are whole up to 2^53; bytes come back as Uint8Array. */
export type SqlValue = string | number | null | Uint8Array;

/** A row as a statement names its columns. */
export type SqlRow = Record<string, SqlValue>;

/** What runs statements: the database, or a transaction of it. */
export interface Statements {
  /** The rows of a statement. `?` stands for the values in order. */
  all<Row extends object = SqlRow>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /** Runs a statement; gives how many rows it changed. */
  run(sql: string, values?: readonly SqlValue[]): Promise<number>;
}

/** A database: SQLite's file or a PostgreSQL server, behind one interface. */
export interface Database extends Statements {
  /** What a person would call it: a path, or a server without its password. */
  readonly label: string;
  readonly dialect: Dialect;
  /** Runs work as one: all of it is kept or nothing. One at a time in SQLite; a failed one leaves no trace and rethrows. */
  transaction<T>(work: (inside: Statements) => Promise<T>): Promise<T>;
  /** Takes what was deleted from tables out of the files (SQLite: deleted bytes are zeros already, the log is emptied; PostgreSQL: VACUUM FULL of the tables). */
  erase(tables: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Words in which the two databases differ. */
export interface Dialect {
  readonly name: "sqlite" | "postgres";
  /** A column that numbers its rows in the order in which they came. */
  readonly sequence: string;
  readonly integer: string;
  readonly real: string;
  readonly bytes: string;
}

/** SQLite's words. */
export const sqliteDialect: Dialect = {
  name: "sqlite",
  sequence: "INTEGER PRIMARY KEY AUTOINCREMENT",
  integer: "INTEGER",
  real: "REAL",
  bytes: "BLOB",
};

/** PostgreSQL's words. */
export const postgresDialect: Dialect = {
  name: "postgres",
  sequence: "BIGSERIAL PRIMARY KEY",
  integer: "BIGINT",
  real: "DOUBLE PRECISION",
  bytes: "BYTEA",
};

/**
 * `?, ?, ?`: places for n values.
 *
 * @example
 * places(3); // "?, ?, ?"
 */
export function places(count: number): string {
  return Array.from({ length: count }, () => "?").join(", ");
}
