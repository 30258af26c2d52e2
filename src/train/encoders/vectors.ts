// Vectors of texts: those that belong together come closer than all others of their batch, or as near as a score says.
import { spearman } from "../../metrics/index.ts";
import type { EncoderInput, Pooling, TrainableEncoder } from "../../models/index.ts";
import { add, cpu, crossEntropy, divide, matmul, multiply, scale, shift, sqrt, square, subtract, sum, type Tensor } from "../../tensor/index.ts";
import { type BatchColumn, checkSignal, RecordedFunction, valuesColumn } from "../loop/index.ts";
import { type BatchPlace, type Judge, type Objective, rowsColumn } from "./objective.ts";
import { type PlacedText, packTexts } from "./packing.ts";

/** A text, one that belongs to it, and some that look as if they did. */
export interface NearExample {
  readonly anchor: EncoderInput;
  readonly near: EncoderInput;
  /** As many in every example. Default: none. */
  readonly far?: readonly EncoderInput[];
  /** What makes texts of a batch the same: equal ones are no negatives of each other. */
  readonly group: string;
}

/** Two texts, and how alike they are: from 0 to 1. */
export interface ScoredExample {
  readonly first: EncoderInput;
  readonly second: EncoderInput;
  readonly score: number;
}

/** How rows become a vector. */
export interface VectorSettings {
  readonly pooling: Pooling;
  /** Cosines are multiplied by this before the softmax. Default 20. */
  readonly sharpness?: number;
}

const HIDDEN = -1e9;

// What a text's rows weigh in its vector: [texts, T].
function poolingColumn(places: readonly PlacedText[], rows: number, pooling: Pooling): BatchColumn {
  const shares = new Float32Array(places.length * rows);
  for (const [i, { first, length }] of places.entries()) {
    if (pooling === "cls") shares[i * rows + first] = 1;
    else shares.fill(1 / length, i * rows + first, i * rows + first + length);
  }
  return valuesColumn("pooling", shares, [places.length, rows]);
}

// Of length 1.
function unitRows(x: Tensor): Tensor {
  return divide(x, sqrt(shift(sum(square(x), { axis: 1, keepDimensions: true }), 1e-12)));
}

/**
 * Contrastive: of all texts of the batch an anchor's own is to be the nearest. loss = -ln softmax(sharpness · cos(anchor, ·))[own].
 *
 * Source: Henderson et al. 2017, arXiv:1705.00652, section 4.2 (multiple negatives); Reimers & Gurevych 2019, arXiv:1908.10084.
 *
 * @example
 * nearObjective({ pooling: "mean" }).head; // "none"
 */
export function nearObjective({ pooling, sharpness = 20 }: VectorSettings): Objective<NearExample> {
  return {
    head: "none",
    outputs: 0,
    // All anchors, then all that belong to them, then the others: their vectors lie in blocks.
    texts: ({ anchor, near, far = [] }) => [anchor, near, ...far],
    columns(examples, place) {
      const each = place.places.length / examples.length;
      const order = [...Array(each).keys()].flatMap((kind) => examples.map((_, i) => place.places[i * each + kind]));
      const count = examples.length;
      const hidden = new Float32Array(count * count * (each - 1));
      for (let i = 0; i < count; i++)
        for (let j = 0; j < count; j++) if (i !== j && examples[i].group === examples[j].group) hidden[i * count * (each - 1) + j] = HIDDEN;
      return [
        poolingColumn(order, place.rows, pooling),
        valuesColumn("hidden", hidden, [count, count * (each - 1)]),
        rowsColumn(
          "own",
          examples.map((_, i) => i),
        ),
      ];
    },
    loss(states, _head, [shares, hidden, own]) {
      const count = own.size;
      const vectors = unitRows(matmul(shares, states));
      const [anchors, others] = [vectors.rows(0, count), vectors.rows(count, vectors.shape[0] - count)];
      const scores = add(scale(matmul(anchors, others, { transposeB: true }), sharpness), hidden);
      return { total: crossEntropy(scores, own, { reduction: "sum" }), count, scores };
    },
    judge: () => new NearJudge(),
  };
}

// The share of anchors whose own text is the nearest of its batch.
class NearJudge implements Judge<NearExample> {
  #right = 0;
  #all = 0;

  take(examples: readonly NearExample[], scores: Float32Array): void {
    const width = scores.length / examples.length;
    for (const i of examples.keys()) {
      const row = scores.subarray(i * width, (i + 1) * width);
      this.#right += row.every((value, at) => at === i || value <= row[i]) ? 1 : 0;
      this.#all++;
    }
  }

  metrics(): Record<string, number> {
    return { nearest: this.#right / (this.#all || 1) };
  }
}

/**
 * As near as scores say: the square of cos(first, second) - score. Source: Reimers & Gurevych 2019, arXiv:1908.10084, section 3 (regression objective).
 *
 * @example
 * scoredObjective({ pooling: "cls" }).outputs; // 0
 */
export function scoredObjective({ pooling }: VectorSettings): Objective<ScoredExample> {
  return {
    head: "none",
    outputs: 0,
    texts: ({ first, second }) => [first, second],
    columns(examples, { places, rows }: BatchPlace) {
      const order = [0, 1].flatMap((side) => examples.map((_, i) => places[2 * i + side]));
      const scores = Float32Array.from(examples, ({ score }) => score);
      return [poolingColumn(order, rows, pooling), valuesColumn("scores", scores, [examples.length])];
    },
    loss(states, _head, [shares, wanted]) {
      const count = wanted.size;
      const vectors = unitRows(matmul(shares, states));
      const scores = sum(multiply(vectors.rows(0, count), vectors.rows(count, count)), { axis: 1 });
      return { total: sum(square(subtract(scores, wanted))), count, scores };
    },
    judge: () => new ScoredJudge(),
  };
}

/** How vectors are made. */
export interface VectorsOptions {
  readonly pooling: Pooling;
  readonly signal?: AbortSignal | undefined;
}

const AT_ONCE = 32;

/** Vectors of length 1 of a trunk that is being tuned, as it is. Errors: those of a step; the signal's reason. */
export async function vectorsOf(
  model: TrainableEncoder,
  inputs: readonly EncoderInput[],
  { pooling, signal }: VectorsOptions,
): Promise<Float32Array[]> {
  const device = cpu();
  const recorded = new RecordedFunction<Tensor>(model);
  const vectors: Float32Array[] = [];
  model.train(false);
  try {
    for (let from = 0; from < inputs.length; from += AT_ONCE) {
      checkSignal(signal, "evaluate");
      const { columns, places, rows } = packTexts(inputs.slice(from, from + AT_ONCE), model.config);
      const batch = { rows: places.length, columns: [...columns, poolingColumn(places, rows, pooling)] };
      const compute = ([ids, positions, types, segments, shares]: readonly Tensor[]) =>
        unitRows(matmul(shares, model.encoder.forward({ ids, positions, types, segments })));
      const read = (result: Tensor) => Float32Array.from(result.dataSync());
      const values = await recorded.run(device, batch, "vectors", compute, read, signal);
      const width = values.length / places.length;
      for (let i = 0; i < places.length; i++) vectors.push(values.slice(i * width, (i + 1) * width));
    }
  } finally {
    await recorded.release();
  }
  return vectors;
}

class ScoredJudge implements Judge<ScoredExample> {
  readonly #truth: number[] = [];
  readonly #said: number[] = [];

  take(examples: readonly ScoredExample[], scores: Float32Array): void {
    this.#truth.push(...examples.map(({ score }) => score));
    this.#said.push(...scores.subarray(0, examples.length));
  }

  metrics(): Record<string, number> {
    const order = spearman(this.#truth, this.#said);
    return { spearman: Number.isFinite(order) ? order : 0 };
  }
}
