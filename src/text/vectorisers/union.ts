// Several vectorisers side by side: scikit-learn's FeatureUnion. Knows no counting.
import { InkstoneError, Pieces, type SparseMatrix } from "../../core/index.ts";
import { CountVectorizer } from "./count-vectorizer.ts";
import { HashingVectorizer } from "./hashing-vectorizer.ts";
import { readSaved } from "./saved.ts";
import { TfidfVectorizer } from "./tfidf-vectorizer.ts";
import type { LongOptions, SavedVectoriser, Unsaved, Vectoriser } from "./types.ts";

/** Rows that are joined between two looks at the clock. */
const ROWS = 256;

/** A matrix beside another, and so on: as many rows, the columns of all. */
function emptyBeside(parts: readonly SparseMatrix[]): SparseMatrix {
  const [{ rows }] = parts;
  const total = parts.reduce((sum, part) => sum + part.values.length, 0);
  const columns = parts.reduce((sum, part) => sum + part.columns, 0);
  return { rows, columns, starts: new Int32Array(rows + 1), indices: new Int32Array(total), values: new Float64Array(total) };
}

// Fills the rows from `first` to before `end`; the rows before them are filled. Gives how many values it wrote.
function fillBeside({ starts, indices, values }: SparseMatrix, parts: readonly SparseMatrix[], first: number, end: number): number {
  let at = starts[first];
  for (let row = first; row < end; row++) {
    let before = 0;
    for (const part of parts) {
      const [from, to] = [part.starts[row], part.starts[row + 1]];
      values.set(part.values.subarray(from, to), at);
      for (let i = from; i < to; i++) indices[at++] = part.indices[i] + before;
      before += part.columns;
    }
    starts[row + 1] = at;
  }
  return at - starts[first];
}

/**
 * The columns of several vectorisers, one after another: words and characters together, for example. Names carry the name of their vectoriser: `words__red`.
 * One that has no names (hashing) gives the numbers of its columns: `hashed__0`, ….
 *
 * Errors: `E_OPTION` where there is no vectoriser; those of the vectorisers.
 *
 * @example
 * const both = new VectorizerUnion({ words: new CountVectorizer(), pairs: new CountVectorizer({ analyzer: "char", ngramRange: [2, 2] }) });
 * both.fitTransform(["oh no"]).values; // [1, 1, 1, 1, 1, 1]
 * both.featureNames(); // ["words__no", "words__oh", "pairs__ n", "pairs__h ", "pairs__no", "pairs__oh"]
 */
export class VectorizerUnion implements Vectoriser {
  readonly #parts: readonly (readonly [name: string, vectoriser: Vectoriser])[];
  #widths: readonly number[] = [];

  constructor(vectorisers: Readonly<Record<string, Vectoriser>>) {
    this.#parts = Object.entries(vectorisers);
    if (this.#parts.length === 0)
      throw new InkstoneError("E_OPTION", { option: "vectorisers", value: {}, allowed: { en: "at least one", zh: "至少一个" } });
  }

  fit(texts: Iterable<string>): this {
    const all = listed(texts);
    for (const [, part] of this.#parts) part.fit(all);
    return this;
  }

  fitTransform(texts: Iterable<string>): SparseMatrix {
    const all = listed(texts);
    return this.#joined((part) => part.fitTransform(all));
  }

  transform(texts: Iterable<string>): SparseMatrix {
    const all = listed(texts);
    return this.#joined((part) => part.transform(all));
  }

  async fitTransformAsync(texts: Iterable<string>, { signal }: LongOptions = {}): Promise<SparseMatrix> {
    const all = listed(texts);
    return this.#joinedAsync((part) => part.fitTransformAsync(all, { signal }), signal);
  }

  async transformAsync(texts: Iterable<string>, { signal }: LongOptions = {}): Promise<SparseMatrix> {
    const all = listed(texts);
    return this.#joinedAsync((part) => part.transformAsync(all, { signal }), signal);
  }

  featureNames(): readonly string[] {
    const names = this.#parts.map(([name, part], i) => {
      const own = part.featureNames();
      return own.length > 0 ? own.map((one) => `${name}__${one}`) : Array.from({ length: this.#widths[i] ?? 0 }, (_, column) => `${name}__${column}`);
    });
    return names.flat();
  }

  toJSON(): SavedVectoriser {
    return { formatVersion: 1, type: "VectorizerUnion", parts: Object.fromEntries(this.#parts.map(([name, part]) => [name, part.toJSON()])) };
  }

  /** Reads what `toJSON` gave. `functions`: by the name of the part that needs them. Errors: `E_SAVED_MODEL`. */
  static fromJSON(saved: unknown, functions: Readonly<Record<string, Unsaved>> = {}): VectorizerUnion {
    const { parts } = readSaved(saved, "VectorizerUnion");
    const entries = Object.entries((typeof parts === "object" && parts !== null ? parts : {}) as Record<string, unknown>);
    if (entries.length === 0)
      throw new InkstoneError("E_SAVED_MODEL", { what: "VectorizerUnion", why: { en: "it has no parts", zh: "没有组成部分" } });
    return new VectorizerUnion(Object.fromEntries(entries.map(([name, part]) => [name, vectoriserFromJSON(part, functions[name])])));
  }

  #joined(matrixOf: (part: Vectoriser) => SparseMatrix): SparseMatrix {
    const matrices = this.#parts.map(([, part]) => matrixOf(part));
    this.#widths = matrices.map(({ columns }) => columns);
    const joined = emptyBeside(matrices);
    fillBeside(joined, matrices, 0, joined.rows);
    return joined;
  }

  async #joinedAsync(matrixOf: (part: Vectoriser) => Promise<SparseMatrix>, signal: AbortSignal | undefined): Promise<SparseMatrix> {
    const matrices: SparseMatrix[] = [];
    for (const [, part] of this.#parts) matrices.push(await matrixOf(part));
    this.#widths = matrices.map(({ columns }) => columns);
    const joined = emptyBeside(matrices);
    const pieces = new Pieces(signal);
    for (let row = 0; row < joined.rows; row += ROWS) await pieces.pass(fillBeside(joined, matrices, row, Math.min(joined.rows, row + ROWS)));
    return joined;
  }
}

// A text alone would be taken for a list of its characters: the parts refuse it.
function listed(texts: Iterable<string>): Iterable<string> {
  return typeof texts === "string" ? texts : [...texts];
}

/**
 * Reads any saved vectoriser by its type.
 *
 * Errors: `E_SAVED_MODEL` for a type that is none of CountVectorizer, TfidfVectorizer, HashingVectorizer, VectorizerUnion, or for broken fields.
 *
 * @example
 * const saved = new CountVectorizer().fit(["red wine"]).toJSON();
 * vectoriserFromJSON(JSON.parse(JSON.stringify(saved))).featureNames(); // ["red", "wine"]
 */
export function vectoriserFromJSON(saved: unknown, functions?: Unsaved): Vectoriser {
  const type = (saved as { type?: unknown } | null | undefined)?.type;
  if (type === "CountVectorizer") return CountVectorizer.fromJSON(saved, functions);
  if (type === "TfidfVectorizer") return TfidfVectorizer.fromJSON(saved, functions);
  if (type === "HashingVectorizer") return HashingVectorizer.fromJSON(saved, functions);
  if (type === "VectorizerUnion") return VectorizerUnion.fromJSON(saved);
  const got = JSON.stringify(type) ?? "missing";
  throw new InkstoneError("E_SAVED_MODEL", { what: "vectoriser", why: { en: `its type is ${got}`, zh: `其类型为 ${got}` } });
}
