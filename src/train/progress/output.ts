// Where progress is written to. Knows no training.

/** A stream of text, maybe a terminal: `process.stdout` is one. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}
