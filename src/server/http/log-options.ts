// What a server's log takes. Knows no framework: users' types rest on it.

/** How much is written. */
export type LogLevel = "silent" | "error" | "info";

/** Where lines go. */
export interface LogOptions {
  readonly level?: LogLevel;
  /** Default: standard error. */
  readonly stream?: { write(line: string): unknown };
}
