// How much better a classifier becomes with more examples: the same kind trained on growing parts, scored on one part that none of them sees.
import { refuseUnknown } from "../core/index.ts";
import { stratifiedSplit } from "../data/index.ts";
import { f1 } from "../metrics/index.ts";
import type { TextClassifier } from "./text-classifier.ts";
import type { TextExample } from "./text-example.ts";

/** How a curve is taken. */
export interface LearningCurveOptions {
  /** Shares of the training part, rising. Default 0.1, 0.25, 0.5, 0.75, 1. */
  readonly shares?: readonly number[];
  /** Default 0. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, all: number) => void;
}

/** A point: macro F1 on the held-out part after learning from so many examples. */
export interface LearningPoint {
  readonly examples: number;
  readonly macroF1: number;
}

/**
 * The learning curve of a classifier's kind. A fifth of the examples, stratified, is held out; parts that have fewer than two labels are left out.
 *
 * Errors: those of `TextClassifier.fit`; the signal's reason.
 *
 * @example
 * const examples = Array.from({ length: 40 }, (_, i) => ({ text: i % 2 ? `good ${i}` : `bad ${i}`, label: i % 2 ? "+" : "-" }));
 * const classifier = await new TextClassifier().fit(examples.map(({ text }) => text), examples.map(({ label }) => label));
 * (await learningCurveOf(classifier, examples, { shares: [1] }))[0]; // { examples: 32, macroF1: 1 }
 */
export async function learningCurveOf(
  classifier: TextClassifier,
  examples: readonly TextExample[],
  options: LearningCurveOptions = {},
): Promise<LearningPoint[]> {
  refuseUnknown<LearningCurveOptions>("learningCurveOf", options, { shares: true, seed: true, signal: true, onProgress: true });
  const { shares = [0.1, 0.25, 0.5, 0.75, 1], seed = 0, signal, onProgress } = options;
  const { learn, test } = stratifiedSplit(
    examples.map(({ label }) => label),
    { shares: { learn: 0.8, test: 0.2 }, seed },
  );
  const truth = test.map((row) => examples[row].label);
  // Rows of a split are in order; taken by stride, each part holds what the whole does.
  const order = spread(learn);
  const points: LearningPoint[] = [];
  for (const [i, share] of shares.entries()) {
    signal?.throwIfAborted();
    const part = order.slice(0, Math.round(share * order.length)).map((row) => examples[row]);
    if (new Set(part.map(({ label }) => label)).size > 1) {
      const labels = part.map(({ label }) => label);
      const learner = await classifier.anew(seed).fit(
        part.map(({ text }) => text),
        labels,
        { signal },
      );
      const predictions = await learner.predict(
        test.map((row) => examples[row].text),
        { signal },
      );
      points.push({ examples: part.length, macroF1: f1(truth, predictions, { average: "macro" }) });
    }
    onProgress?.(i + 1, shares.length);
  }
  return points;
}

// 0, n/2, n/4, 3n/4 …: every beginning is spread over the whole (van der Corput).
function spread(rows: readonly number[]): number[] {
  const bits = Math.max(1, Math.ceil(Math.log2(Math.max(2, rows.length))));
  const out: number[] = [];
  for (let i = 0; i < 2 ** bits; i++) {
    let turned = 0;
    for (let bit = 0; bit < bits; bit++) if (i & (1 << bit)) turned |= 1 << (bits - 1 - bit);
    if (turned < rows.length) out.push(rows[turned]);
  }
  return out;
}
