// k-means: scikit-learn's KMeans with Lloyd's rounds and greedy k-means++. Runs in short pieces on the event loop.
import { InkstoneError, refuseUnknown, type SparseMatrix, uniform } from "../core/index.ts";
import { checkedNumber, checkedSeed, checkMatrix } from "./checks.ts";
import { fitted } from "./linear.ts";
import { packNumbers, readModel, unpackNumbers } from "./saved.ts";
import { Turns } from "./turns.ts";
import type { FitOptions, SavedModel } from "./types.ts";

/** Names and defaults are scikit-learn's. */
export interface KMeansOptions {
  /** Default 8. */
  readonly nClusters?: number;
  /** Rows to begin from, or "k-means++" (default). */
  readonly init?: "k-means++" | readonly number[];
  /** Most rounds. Default 300. */
  readonly maxIter?: number;
  /** Stops where all centres together move by less than this share of the mean variance. Default 1e-4. */
  readonly tol?: number;
  /** Default 0. */
  readonly seed?: number;
}

interface Clusters {
  readonly columns: number;
  /** For each column a value a cluster. */
  readonly centres: Float64Array;
  readonly count: number;
}

/**
 * Groups rows around k centres: the sum of squared distances to the nearest centre falls until nothing moves.
 *
 * Shapes: n rows; labels n; centres k · columns. Defaults: `KMeansOptions`. Errors: `E_FIT_EMPTY`, `E_FIT_VALUE`, `E_FIT_WIDTH`, `E_NOT_FITTED`, `E_CANCELLED`,
 * `E_OPTION` for more clusters than rows. Source: Lloyd 1982; Arthur & Vassilvitskii 2007 (k-means++).
 *
 * @example
 * const x = sparseMatrix([[[0, 1]], [[0, 1.2]], [[1, 5]], [[1, 5.2]]], 2);
 * const model = await new KMeans({ nClusters: 2 }).fit(x);
 * model.labels[0] === model.labels[1] && model.labels[2] === model.labels[3]; // true
 * model.inertia; // 0.04
 */
export class KMeans {
  readonly #options: KMeansOptions;
  #clusters: Clusters | undefined;
  #labels: Int32Array = new Int32Array(0);
  #inertia: number = 0;

  constructor(options: KMeansOptions = {}) {
    refuseUnknown<KMeansOptions>("KMeans", options, { nClusters: true, init: true, maxIter: true, tol: true, seed: true });
    checkedNumber("nClusters", options.nClusters ?? 8, { least: 1, whole: true });
    checkedNumber("maxIter", options.maxIter ?? 300, { least: 1, whole: true });
    checkedNumber("tol", options.tol ?? 1e-4);
    checkedSeed(options.seed);
    this.#options = options;
  }

  /** Cluster of each fitted row. */
  get labels(): Int32Array {
    this.#fitted();
    return this.#labels;
  }

  /** Sum of squared distances of the fitted rows to their centres. */
  get inertia(): number {
    this.#fitted();
    return this.#inertia;
  }

  /** Centre of a cluster, a value a column. */
  centre(cluster: number): Float64Array {
    const { centres, columns, count } = this.#fitted();
    return Float64Array.from({ length: columns }, (_, column) => centres[column * count + cluster]);
  }

  /** Learns the centres. */
  async fit(x: SparseMatrix, options: FitOptions = {}): Promise<this> {
    refuseUnknown<FitOptions>("fit", options, { signal: true, onProgress: true });
    const turns = new Turns(options.signal);
    checkMatrix(x, { fitting: true });
    const { nClusters = 8, maxIter = 300, tol = 1e-4, init = "k-means++", seed = 0 } = this.#options;
    if (nClusters > x.rows)
      throw new InkstoneError("E_OPTION", {
        option: "nClusters",
        value: nClusters,
        allowed: { en: `1 to ${x.rows}, the rows`, zh: `1 到 ${x.rows}（行数）` },
      });
    const begin = init === "k-means++" ? await plusPlus(x, nClusters, seed, turns) : checkedRows(init, nClusters, x.rows);
    let clusters = centresOf(x, begin);
    const enough = tol * meanVariance(x);
    let found = await assign(x, clusters, turns);
    for (let round = 1; round <= maxIter; round++) {
      const next = means(x, found, clusters);
      const shift = clusters.centres.reduce((sum, value, i) => sum + (value - next.centres[i]) ** 2, 0);
      const again = await assign(x, next, turns);
      const isSame = again.labels.every((label, i) => label === found.labels[i]);
      [clusters, found] = [next, again];
      options.onProgress?.({ done: round });
      if (isSame || shift <= enough) break;
    }
    this.#clusters = clusters;
    this.#labels = found.labels;
    this.#inertia = found.distances.reduce((sum, distance) => sum + distance, 0);
    return this;
  }

  /** The nearest centre of each row. */
  async predict(x: SparseMatrix, { signal }: FitOptions = {}): Promise<Int32Array> {
    const clusters = this.#fitted();
    checkMatrix(x, { columns: clusters.columns });
    return (await assign(x, clusters, new Turns(signal))).labels;
  }

  toJSON(): SavedModel {
    const { columns, centres, count } = this.#fitted();
    return { formatVersion: 1, type: "KMeans", options: this.#options, columns, count, centres: packNumbers(centres), inertia: this.#inertia };
  }

  /** Reads what `toJSON` gave; the labels of the fitted rows are not saved. Errors: `E_SAVED_MODEL`. */
  static fromJSON(saved: unknown): KMeans {
    const model = readModel(saved, "KMeans");
    const made = new KMeans(model.options());
    const [columns, count] = [model.count("columns"), model.count("count")];
    made.#clusters = { columns, count, centres: unpackNumbers(model, "centres", columns * count) };
    const inertia = model.field("inertia");
    made.#inertia = typeof inertia === "number" ? inertia : model.refuse("inertia");
    return made;
  }

  #fitted(): Clusters {
    return fitted(this.#clusters, "KMeans");
  }
}

function checkedRows(rows: readonly number[], count: number, most: number): readonly number[] {
  const isGood = rows.length === count && rows.every((row) => Number.isInteger(row) && row >= 0 && row < most);
  if (!isGood)
    throw new InkstoneError("E_OPTION", {
      option: "init",
      value: rows,
      allowed: { en: `${count} rows from 0 to ${most - 1}`, zh: `0 到 ${most - 1} 之间的 ${count} 行` },
    });
  return rows;
}

function centresOf(x: SparseMatrix, rows: readonly number[]): Clusters {
  const centres = new Float64Array(x.columns * rows.length);
  for (const [cluster, row] of rows.entries()) {
    for (let at = x.starts[row]; at < x.starts[row + 1]; at++) centres[x.indices[at] * rows.length + cluster] = x.values[at];
  }
  return { columns: x.columns, centres, count: rows.length };
}

interface Assignment {
  readonly labels: Int32Array;
  readonly distances: Float64Array;
}

async function assign(x: SparseMatrix, { centres, count }: Clusters, turns: Turns): Promise<Assignment> {
  const lengths = new Float64Array(count);
  for (let i = 0; i < centres.length; i++) lengths[i % count] += centres[i] * centres[i];
  const [labels, distances] = [new Int32Array(x.rows), new Float64Array(x.rows)];
  const products = new Float64Array(count);
  for (let row = 0; row < x.rows; row++) {
    products.fill(0);
    let square = 0;
    for (let at = x.starts[row]; at < x.starts[row + 1]; at++) {
      const [from, value] = [x.indices[at] * count, x.values[at]];
      square += value * value;
      for (let i = 0; i < count; i++) products[i] += centres[from + i] * value;
    }
    let best = 0;
    for (let i = 1; i < count; i++) if (lengths[i] - 2 * products[i] < lengths[best] - 2 * products[best]) best = i;
    labels[row] = best;
    distances[row] = Math.max(0, square + lengths[best] - 2 * products[best]);
    await turns.pass(count * (x.starts[row + 1] - x.starts[row]));
  }
  return { labels, distances };
}

// A cluster that lost its rows begins again at the row that is farthest from its centre.
function means(x: SparseMatrix, { labels, distances }: Assignment, { columns, count }: Clusters): Clusters {
  const owners = labels.slice();
  const sizes = new Float64Array(count);
  for (const label of owners) sizes[label]++;
  const far = Array.from({ length: x.rows }, (_, row) => row).sort((a, b) => distances[b] - distances[a] || a - b);
  for (let cluster = 0, next = 0; cluster < count; cluster++) {
    if (sizes[cluster] > 0) continue;
    while (next < far.length - 1 && sizes[owners[far[next]]] < 2) next++;
    sizes[owners[far[next]]]--;
    owners[far[next++]] = cluster;
    sizes[cluster] = 1;
  }
  const centres = new Float64Array(columns * count);
  for (let row = 0; row < x.rows; row++) {
    for (let at = x.starts[row]; at < x.starts[row + 1]; at++) centres[x.indices[at] * count + owners[row]] += x.values[at];
  }
  for (let i = 0; i < centres.length; i++) centres[i] /= sizes[i % count];
  return { columns, centres, count };
}

// Greedy: of 2 + ln k rows drawn by their squared distance to the nearest centre, the one that lowers the sum most.
async function plusPlus(x: SparseMatrix, count: number, seed: number, turns: Turns): Promise<number[]> {
  const trials = 2 + Math.floor(Math.log(count));
  const chosen = [Math.floor(uniform(seed, 0, 0, 0) * x.rows)];
  let { distances } = await assign(x, centresOf(x, chosen), turns);
  while (chosen.length < count) {
    let best: { row: number; near: Float64Array; sum: number } | undefined;
    for (let trial = 0; trial < trials; trial++) {
      const row = drawn(distances, uniform(seed, chosen.length, 1, trial));
      const other = (await assign(x, centresOf(x, [row]), turns)).distances;
      const near = distances.map((distance, i) => Math.min(distance, other[i]));
      const sum = near.reduce((total, distance) => total + distance, 0);
      if (best === undefined || sum < best.sum) best = { row, near, sum };
    }
    if (best === undefined) break;
    chosen.push(best.row);
    distances = best.near;
  }
  return chosen;
}

function drawn(weights: Float64Array, at: number): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let left = at * total;
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return weights.length - 1;
}

function meanVariance({ rows, columns, indices, values }: SparseMatrix): number {
  const [sums, squares] = [new Float64Array(columns), new Float64Array(columns)];
  for (let i = 0; i < values.length; i++) {
    sums[indices[i]] += values[i];
    squares[indices[i]] += values[i] * values[i];
  }
  return squares.reduce((total, square, i) => total + square / rows - (sums[i] / rows) ** 2, 0) / columns;
}
