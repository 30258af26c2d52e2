// k nearest neighbours: scikit-learn's KNeighborsClassifier, by brute force over an inverted index. Keeps its rows.
import { InkstoneError, refuseUnknown, type SparseMatrix } from "../core/index.ts";
import { checkedNumber, checkMatrix, classesOf } from "./checks.ts";
import { fitted, highest } from "./linear.ts";
import { packNumbers, readModel, type SavedFields, unpackNumbers } from "./saved.ts";
import { Turns } from "./turns.ts";
import type { FitOptions, Label, ProbabilisticClassifier, SavedModel } from "./types.ts";

/** Names and defaults are scikit-learn's. */
export interface KNeighborsOptions {
  /** Default 5. */
  readonly nNeighbors?: number;
  /** Default "euclidean". */
  readonly metric?: "euclidean" | "cosine";
  /** Votes count alike (default), or by 1 / distance. */
  readonly weights?: "uniform" | "distance";
}

/** A row near another. */
export interface Neighbour {
  /** Row of the fitted matrix. */
  readonly row: number;
  readonly distance: number;
}

interface Memory {
  readonly x: SparseMatrix;
  readonly classes: readonly Label[];
  readonly numbers: Uint32Array;
  readonly squares: Float64Array;
  /** Rows and values of each column. */
  readonly columnStarts: Int32Array;
  readonly rows: Int32Array;
  readonly values: Float64Array;
}

/**
 * The class of most of the k nearest rows. Of rows at the same distance the earlier is nearer. Equal to scikit-learn's KNeighborsClassifier where distances differ.
 *
 * Shapes: n rows and n labels; probabilities n · classes. Defaults: `KNeighborsOptions`. Errors: those of `Classifier`; `E_OPTION` for more neighbours than rows.
 *
 * @example
 * const x = sparseMatrix([[[0, 1]], [[0, 2]], [[1, 1]]], 2);
 * const model = await new KNeighborsClassifier({ nNeighbors: 1, metric: "cosine" }).fit(x, ["a", "a", "b"]);
 * model.predict(sparseMatrix([[[1, 5], [0, 1]]], 2)); // ["b"]
 */
export class KNeighborsClassifier implements ProbabilisticClassifier {
  readonly #options: KNeighborsOptions;
  #memory: Memory | undefined;

  constructor(options: KNeighborsOptions = {}) {
    refuseUnknown<KNeighborsOptions>("KNeighborsClassifier", options, { nNeighbors: true, metric: true, weights: true });
    checkedNumber("nNeighbors", options.nNeighbors ?? 5, { least: 1, whole: true });
    const { metric = "euclidean", weights = "uniform" } = options;
    if (metric !== "euclidean" && metric !== "cosine")
      throw new InkstoneError("E_OPTION", { option: "metric", value: metric, allowed: ["euclidean", "cosine"] });
    if (weights !== "uniform" && weights !== "distance")
      throw new InkstoneError("E_OPTION", { option: "weights", value: weights, allowed: ["uniform", "distance"] });
    this.#options = options;
  }

  get classes(): readonly Label[] {
    return this.#fitted().classes;
  }

  async fit(x: SparseMatrix, y: readonly Label[], { signal }: FitOptions = {}): Promise<this> {
    const turns = new Turns(signal);
    checkMatrix(x, { fitting: true });
    const { classes, numbers } = classesOf(y, x.rows);
    const { nNeighbors = 5 } = this.#options;
    if (nNeighbors > x.rows)
      throw new InkstoneError("E_OPTION", {
        option: "nNeighbors",
        value: nNeighbors,
        allowed: { en: `1 to ${x.rows}, the rows`, zh: `1 到 ${x.rows}（行数）` },
      });
    await turns.pass(x.values.length);
    this.#memory = remember(x, classes, numbers);
    return this;
  }

  /** The k nearest rows of each row, nearest first. */
  neighbours(x: SparseMatrix): Neighbour[][] {
    const memory = this.#fitted();
    checkMatrix(x, { columns: memory.x.columns });
    const { nNeighbors = 5, metric = "euclidean" } = this.#options;
    return Array.from({ length: x.rows }, (_, row) => {
      return nearest(distancesTo(memory, x, row, metric), nNeighbors);
    });
  }

  probabilities(x: SparseMatrix): Float64Array[] {
    const { classes, numbers } = this.#fitted();
    return this.neighbours(x).map((near) => {
      const isByDistance = this.#options.weights === "distance";
      const touching = near.some(({ distance }) => distance === 0);
      const voteOf = (distance: number) => (!isByDistance ? 1 : touching ? (distance === 0 ? 1 : 0) : 1 / distance);
      const votes = new Float64Array(classes.length);
      for (const { row, distance } of near) votes[numbers[row]] += voteOf(distance);
      const total = votes.reduce((sum, vote) => sum + vote, 0);
      return votes.map((vote) => vote / total);
    });
  }

  scores(x: SparseMatrix): Float64Array[] {
    return this.probabilities(x);
  }

  predict(x: SparseMatrix): Label[] {
    return highest(this.scores(x), this.classes);
  }

  toJSON(): SavedModel {
    const { x, classes, numbers } = this.#fitted();
    const words = {
      starts: packNumbers(Float64Array.from(x.starts)),
      indices: packNumbers(Float64Array.from(x.indices)),
      values: packNumbers(x.values),
    };
    const labels = packNumbers(Float64Array.from(numbers));
    return { formatVersion: 1, type: "KNeighborsClassifier", options: this.#options, classes, columns: x.columns, ...words, labels };
  }

  /** Reads what `toJSON` gave. Errors: `E_SAVED_MODEL`. */
  static fromJSON(saved: unknown): KNeighborsClassifier {
    const model = readModel(saved, "KNeighborsClassifier");
    const made = new KNeighborsClassifier(model.options());
    const x = savedMatrix(model);
    const classes = model.labels("classes");
    const numbers = unpackNumbers(model, "labels", x.rows);
    if (!numbers.every((number) => Number.isInteger(number) && number >= 0 && number < classes.length)) model.refuse("labels");
    made.#memory = remember(x, classes, Uint32Array.from(numbers));
    return made;
  }

  #fitted(): Memory {
    return fitted(this.#memory, "KNeighborsClassifier");
  }
}

function nearest(distances: Float64Array, count: number): Neighbour[] {
  const found: Neighbour[] = [];
  for (const [row, distance] of distances.entries()) {
    if (found.length === count && distance >= found[count - 1].distance) continue;
    let at = found.length;
    while (at > 0 && found[at - 1].distance > distance) at--;
    found.splice(at, 0, { row, distance });
    if (found.length > count) found.pop();
  }
  return found;
}

function savedMatrix(model: SavedFields): SparseMatrix {
  const columns = model.count("columns");
  const [starts, values] = [unpackNumbers(model, "starts"), unpackNumbers(model, "values")];
  const indices = unpackNumbers(model, "indices", values.length);
  const isRising = starts[0] === 0 && starts.every((start, i) => Number.isInteger(start) && (i === 0 || start >= starts[i - 1]));
  if (!isRising || starts[starts.length - 1] !== values.length) model.refuse("starts");
  if (!indices.every((column) => Number.isInteger(column) && column >= 0 && column < columns)) model.refuse("indices");
  return { rows: starts.length - 1, columns, starts: Int32Array.from(starts), indices: Int32Array.from(indices), values };
}

function squaresOf({ rows, starts, values }: SparseMatrix): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let at = starts[row]; at < starts[row + 1]; at++) sum += values[at] * values[at];
    return sum;
  });
}

function remember(x: SparseMatrix, classes: readonly Label[], numbers: Uint32Array): Memory {
  const columnStarts = new Int32Array(x.columns + 1);
  for (const column of x.indices) columnStarts[column + 1]++;
  for (let column = 0; column < x.columns; column++) columnStarts[column + 1] += columnStarts[column];
  const [next, rows, values] = [columnStarts.slice(), new Int32Array(x.indices.length), new Float64Array(x.indices.length)];
  for (let row = 0; row < x.rows; row++) {
    for (let at = x.starts[row]; at < x.starts[row + 1]; at++) {
      const place = next[x.indices[at]]++;
      [rows[place], values[place]] = [row, x.values[at]];
    }
  }
  return { x, classes, numbers, squares: squaresOf(x), columnStarts, rows, values };
}

function distancesTo(memory: Memory, x: SparseMatrix, row: number, metric: "euclidean" | "cosine"): Float64Array {
  const products = new Float64Array(memory.x.rows);
  let square = 0;
  for (let at = x.starts[row]; at < x.starts[row + 1]; at++) {
    const [column, value] = [x.indices[at], x.values[at]];
    square += value * value;
    for (let i = memory.columnStarts[column]; i < memory.columnStarts[column + 1]; i++) products[memory.rows[i]] += value * memory.values[i];
  }
  const { squares } = memory;
  if (metric === "euclidean") return products.map((product, i) => Math.sqrt(Math.max(0, square + squares[i] - 2 * product)));
  return products.map((product, i) => (square > 0 && squares[i] > 0 ? Math.max(0, 1 - product / Math.sqrt(square * squares[i])) : 1));
}
