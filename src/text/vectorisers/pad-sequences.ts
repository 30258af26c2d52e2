// Sequences of ids as one matrix: Keras's pad_sequences. Knows no texts.
import { InkstoneError, type Phrase, refuseUnknown } from "../../core/index.ts";

/** Ids, row after row. */
export interface IdMatrix {
  readonly rows: number;
  readonly columns: number;
  /** rows · columns ids: that of row i, column j is ids[i · columns + j]. */
  readonly ids: Int32Array;
}

/** How sequences are brought to one length: names and defaults are Keras's. */
export interface PadOptions {
  /** Columns. Default: the length of the longest sequence. */
  readonly maxlen?: number;
  /** Where the filling goes. Default "pre". */
  readonly padding?: "pre" | "post";
  /** Where too long sequences are cut. Default "pre". */
  readonly truncating?: "pre" | "post";
  /** What fills. Default 0. */
  readonly value?: number;
}

/**
 * Sequences of different lengths as rows of one length.
 *
 * Errors: `E_OPTION` for a length that is none, an end that is neither "pre" nor "post", or an id that is no 32-bit whole number.
 *
 * @example
 * padSequences([[7], [1, 2, 3]], { maxlen: 2 }).ids; // [0, 7, 2, 3]
 */
export function padSequences(sequences: readonly (readonly number[])[], options: PadOptions = {}): IdMatrix {
  refuseUnknown<PadOptions>("padSequences", options, { maxlen: true, padding: true, truncating: true, value: true });
  const { padding = "pre", truncating = "pre", value = 0 } = options;
  const columns = options.maxlen ?? sequences.reduce((most, { length }) => Math.max(most, length), 0);
  if (!(Number.isInteger(columns) && columns >= 0)) throw misfit("maxlen", columns, { en: "a whole number", zh: "整数" });
  for (const [option, end] of Object.entries({ padding, truncating }))
    if (end !== "pre" && end !== "post") throw misfit(option, end, ["pre", "post"]);
  const ids = new Int32Array(sequences.length * columns).fill(whole("value", value));
  for (const [row, sequence] of sequences.entries()) {
    const kept = Math.min(sequence.length, columns);
    const from = truncating === "pre" ? sequence.length - kept : 0;
    const to = row * columns + (padding === "pre" ? columns - kept : 0);
    for (let i = 0; i < kept; i++) ids[to + i] = whole(`sequences[${row}][${from + i}]`, sequence[from + i]);
  }
  return { rows: sequences.length, columns, ids };
}

function whole(option: string, value: number): number {
  if ((value | 0) !== value) throw misfit(option, value, { en: "32-bit whole numbers", zh: "32 位整数" });
  return value;
}

function misfit(option: string, value: unknown, allowed: Phrase): InkstoneError {
  return new InkstoneError("E_OPTION", { option, value, allowed });
}
