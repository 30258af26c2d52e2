// Linear-chain conditional random field: a label for each token of a sequence, from features that are strings, as CRFsuite has it.
// Likelihood and gradient are the "crf" service, the search is L-BFGS. Knows no words.
import { InkstoneError, refuseUnknown, type SparseMatrix } from "../core/index.ts";
import { crfMethods, type Executor, packCrf } from "../native/index.ts";
import { checkedNumber } from "./checks.ts";
import { minimise } from "./lbfgs.ts";
import { fitted } from "./linear.ts";
import { throwIfCancelled, withService } from "./long.ts";
import { packNumbers, readModel, unpackNumbers } from "./saved.ts";
import type { FitOptions, SavedModel } from "./types.ts";
import { marginals, viterbi } from "./viterbi.ts";

/** Features of each token of a sequence. */
export type TokenFeatures = readonly (readonly string[])[];

/** Names and defaults are CRFsuite's. */
export interface CrfOptions {
  /** Price of the squares of weights. Default 1. */
  readonly c2?: number;
  /** Most steps. Default 200. */
  readonly maxIterations?: number;
  /** Stops where ten steps lower the loss by less than this share. Default 1e-5. */
  readonly delta?: number;
  /** Weights also for features that never meet a label in the training data. Default false. */
  readonly allPossibleStates?: boolean;
  /** Weights also for transitions that are not in the training data. Default false. */
  readonly allPossibleTransitions?: boolean;
  readonly executor?: Executor;
}

/** One feature's say in a label. */
export interface CrfContribution {
  readonly feature: string;
  readonly weight: number;
}

interface CrfWeights {
  readonly labels: readonly string[];
  readonly features: ReadonlyMap<string, number>;
  /** For each feature a value a label. */
  readonly states: Float64Array;
  /** From label to label. */
  readonly transitions: Float64Array;
}

const MEMORY = 6;
const PERIOD = 10;

/**
 * Tags sequences: P(labels | features) ∝ exp(Σ weights of features and labels + Σ weights of transitions), weights minimising −log P + c2 |w|².
 * The best labels by Viterbi. The optimum is CRFsuite's with the same features.
 *
 * Defaults: `CrfOptions`. Errors: `E_FIT_EMPTY`, `E_FIT_LABELS`, `E_FIT_SEQUENCE` (naming the sequence), `E_FIT_ONE_CLASS`, `E_NOT_FITTED`, `E_CANCELLED`, `E_OPTION`.
 * Source: Lafferty, McCallum & Pereira 2001; Okazaki 2007 (CRFsuite).
 *
 * @example
 * const features = (words) => words.map((word, i) => [`word=${word}`, `before=${words[i - 1] ?? ""}`]);
 * const train = [["in", "Paris"], ["to", "Rome"], ["in", "time"]].map(features);
 * const tagger = await new CrfTagger({ c2: 0.01 }).fit(train, [["O", "B-place"], ["O", "B-place"], ["O", "O"]]);
 * tagger.predict([["to", "Paris"]].map(features)); // [["O", "B-place"]]
 */
export class CrfTagger {
  readonly #options: CrfOptions;
  #weights: CrfWeights | undefined;

  constructor(options: CrfOptions = {}) {
    refuseUnknown<CrfOptions>("CrfTagger", options, {
      c2: true,
      maxIterations: true,
      delta: true,
      allPossibleStates: true,
      allPossibleTransitions: true,
      executor: true,
    });
    checkedNumber("c2", options.c2 ?? 1);
    checkedNumber("maxIterations", options.maxIterations ?? 200, { least: 1, most: 1e9, whole: true });
    checkedNumber("delta", options.delta ?? 1e-5);
    this.#options = options;
  }

  /** Labels in order of code points. Errors: `E_NOT_FITTED`. */
  get labels(): readonly string[] {
    return this.#fitted().labels;
  }

  /** Learns from sequences and a label for each of their tokens. */
  async fit(sequences: readonly TokenFeatures[], labels: readonly (readonly string[])[], options: FitOptions = {}): Promise<this> {
    throwIfCancelled(options.signal);
    const known = labelsOf(sequences, labels);
    const features = new Map<string, number>();
    const tokens = tokenRows(sequences, (feature) => numberOf(features, feature));
    const golds = Uint32Array.from(labels.flat(), (label) => known.get(label) ?? 0);
    const ends = Uint32Array.from([0, ...runningTotals(sequences.map(({ length }) => length))]);
    const states = tokens.columns * known.size;
    const free = this.#free(tokens, golds, ends, known.size);
    const configuration = packCrf({ tokens, sequences: ends, golds, labels: known.size });
    const point = await withService("crf", configuration, this.#options.executor, async (call) => {
      const evaluate = (input: Uint8Array) => call(crfMethods.evaluate, input, 8 * (free.length + 1), { signal: options.signal });
      return this.#search(evaluate, free, options);
    });
    this.#weights = { labels: [...known.keys()], features, states: point.slice(0, states), transitions: point.slice(states) };
    return this;
  }

  // Which weights may move: those of features that meet a label, and of transitions that are there.
  #free(tokens: SparseMatrix, golds: Uint32Array, ends: Uint32Array, labels: number): Uint8Array {
    const { allPossibleStates = false, allPossibleTransitions = false } = this.#options;
    const states = tokens.columns * labels;
    const free = new Uint8Array(states + labels * labels);
    if (allPossibleStates) free.fill(1, 0, states);
    if (allPossibleTransitions) free.fill(1, states);
    const begins = new Set(ends);
    for (let t = 0; t < golds.length; t++) {
      for (let at = tokens.starts[t]; at < tokens.starts[t + 1]; at++) free[tokens.indices[at] * labels + golds[t]] = 1;
      if (!begins.has(t)) free[states + golds[t - 1] * labels + golds[t]] = 1;
    }
    return free;
  }

  // Only weights that may move are searched for.
  async #search(evaluate: (input: Uint8Array) => Promise<Uint8Array>, free: Uint8Array, { signal, onProgress }: FitOptions): Promise<Float64Array> {
    const { c2 = 1, maxIterations = 200, delta = 1e-5 } = this.#options;
    const places = Int32Array.from([...free.keys()].filter((i) => free[i] === 1));
    const all = new Float64Array(free.length);
    const spread = (point: Float64Array) => {
      for (let i = 0; i < places.length; i++) all[places[i]] = point[i];
      return all;
    };
    const penalised = async (point: Float64Array) => {
      const output = await evaluate(new Uint8Array(spread(point).buffer));
      const numbers = new Float64Array(output.buffer, output.byteOffset, output.byteLength / 8);
      const gradient = new Float64Array(places.length);
      let squares = 0;
      for (let i = 0; i < places.length; i++) {
        squares += point[i] * point[i];
        gradient[i] = numbers[places[i] + 1] + 2 * c2 * point[i];
      }
      return { value: numbers[0] + c2 * squares, gradient };
    };
    const onStep = onProgress && ((done: number) => onProgress({ done }));
    const limits = { memory: MEMORY, tolerance: 1e-6, mostSteps: maxIterations, flat: delta, period: PERIOD, signal, onStep };
    return spread((await minimise(penalised, new Float64Array(places.length), limits)).point);
  }

  /** The likeliest labels of each sequence. */
  predict(sequences: readonly TokenFeatures[]): string[][] {
    const { labels, transitions } = this.#fitted();
    return sequences.map((sequence) => viterbi(this.#scores(sequence), labels.length, transitions).map((label) => labels[label]));
  }

  /** P(label) of each token of a sequence, in the order of `labels`. */
  marginals(sequence: TokenFeatures): Float64Array[] {
    const { labels, transitions } = this.#fitted();
    return marginals(this.#scores(sequence), labels.length, transitions);
  }

  /** The features of a token that speak loudest for or against a label, loudest first. Errors: `E_OPTION` for a label that is none. */
  contributions(token: readonly string[], label: string, { most = 10 }: { readonly most?: number } = {}): CrfContribution[] {
    const { features, labels, states } = this.#fitted();
    const index = labels.indexOf(label);
    if (index < 0) throw new InkstoneError("E_OPTION", { option: "label", value: label, allowed: labels });
    const weightOf = (feature: string) => states[(features.get(feature) ?? 0) * labels.length + index];
    const found = [...new Set(token)].filter((feature) => features.has(feature)).map((feature) => ({ feature, weight: weightOf(feature) }));
    return found.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, most);
  }

  /** Weight of going from a label to another. Errors: `E_NOT_FITTED`; NaN for labels that are none. */
  transition(from: string, to: string): number {
    const { labels, transitions } = this.#fitted();
    return transitions[labels.indexOf(from) * labels.length + labels.indexOf(to)] ?? Number.NaN;
  }

  toJSON(): SavedModel {
    const { labels, features, states, transitions } = this.#fitted();
    const { executor: _, ...options } = this.#options;
    const numbers = { states: packNumbers(states), transitions: packNumbers(transitions) };
    return { formatVersion: 1, type: "CrfTagger", options, labels, features: [...features.keys()], ...numbers };
  }

  /** Reads what `toJSON` gave. Errors: `E_SAVED_MODEL`. */
  static fromJSON(saved: unknown): CrfTagger {
    const model = readModel(saved, "CrfTagger");
    const [labels, names] = [model.strings("labels"), model.strings("features")];
    const made = new CrfTagger(model.options());
    const features = new Map(names.map((name, i) => [name, i]));
    if (features.size !== names.length) model.refuse("features");
    const states = unpackNumbers(model, "states", names.length * labels.length);
    made.#weights = { labels, features, states, transitions: unpackNumbers(model, "transitions", labels.length ** 2) };
    return made;
  }

  #scores(sequence: TokenFeatures): Float64Array {
    const { labels, features, states } = this.#fitted();
    const scores = new Float64Array(sequence.length * labels.length);
    for (const [t, token] of sequence.entries()) {
      for (const feature of new Set(token)) {
        const number = features.get(feature);
        if (number === undefined) continue;
        for (let i = 0; i < labels.length; i++) scores[t * labels.length + i] += states[number * labels.length + i];
      }
    }
    return scores;
  }

  #fitted(): CrfWeights {
    return fitted(this.#weights, "CrfTagger");
  }
}

function labelsOf(sequences: readonly TokenFeatures[], labels: readonly (readonly string[])[]): Map<string, number> {
  if (sequences.length !== labels.length) throw new InkstoneError("E_FIT_LABELS", { rows: sequences.length, labels: labels.length });
  const found = new Set<string>();
  for (const [row, sequence] of sequences.entries()) {
    if (sequence.length !== labels[row].length)
      throw new InkstoneError("E_FIT_SEQUENCE", { row, tokens: sequence.length, labels: labels[row].length });
    for (const label of labels[row]) {
      if (typeof label !== "string") throw new InkstoneError("E_FIT_LABEL", { row, label: String(label) });
      found.add(label);
    }
  }
  if (found.size === 0) throw new InkstoneError("E_FIT_EMPTY", { what: { en: "the sequences have no tokens", zh: "序列中没有词元" } });
  if (found.size === 1) throw new InkstoneError("E_FIT_ONE_CLASS", { label: [...found][0] });
  const order = [...found].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return new Map(order.map((label, i) => [label, i]));
}

function numberOf(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  numbers.set(name, numbers.size);
  return numbers.size - 1;
}

// A row a token; a feature that a token names twice counts once.
function tokenRows(sequences: readonly TokenFeatures[], numberOf: (feature: string) => number): SparseMatrix {
  const starts = [0];
  const indices: number[] = [];
  let columns = 0;
  for (const sequence of sequences) {
    for (const token of sequence) {
      const row = [...new Set(token)].map(numberOf).sort((a, b) => a - b);
      for (const column of row) {
        indices.push(column);
        columns = Math.max(columns, column + 1);
      }
      starts.push(indices.length);
    }
  }
  const values = new Float64Array(indices.length).fill(1);
  return { rows: starts.length - 1, columns, starts: Int32Array.from(starts), indices: Int32Array.from(indices), values };
}

function runningTotals(values: readonly number[]): number[] {
  let total = 0;
  return values.map((value) => (total += value));
}
