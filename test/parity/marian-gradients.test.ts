// The Transformer in Marian's form beside transformers: logits, the loss with label smoothing, every gradient.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TransformerEncoderDecoder } from "#models";
import { type Tensor, tensor } from "#tensor";

const expected = JSON.parse(readFileSync(new URL("fixtures/marian-gradients.json", import.meta.url), "utf8")) as {
  readonly source: number[][];
  readonly target: number[][];
  readonly answers: number[][];
  readonly loss: number;
  readonly logits: number[];
  readonly weights: Record<string, number[]>;
  readonly gradients: Record<string, number[]>;
};
const rows = (ids: readonly number[][]) => tensor(Int32Array.from(ids.flat()), [ids.length, ids[0].length]);
const farthest = (found: ArrayLike<number>, wanted: readonly number[]) =>
  wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i])), Math.abs(found.length - wanted.length));

describe("the Transformer in Marian's form", () => {
  it("has transformers' logits, loss and gradients", () => {
    const model = new TransformerEncoderDecoder({
      ...{ sourceVocabulary: 14, targetVocabulary: 14, width: 8, heads: 2, layers: 1, mlpWidth: 12, contextLength: 16 },
      ...{ shared: true, activation: "gelu", norm: "post", lastNorm: false, sines: "half" },
    });
    model.loadStateDict(expected.weights);
    const [source, target, answers] = [expected.source, expected.target, expected.answers].map(rows);
    const logits = model.forward(source, target).dataSync();
    // Behind the end of the shorter text there is padding on both sides: what stands there nobody reads.
    const counted = [...logits].filter((_, i) => expected.answers.flat()[Math.floor(i / 14)] !== 0);
    const theirs = expected.logits.filter((_, i) => expected.answers.flat()[Math.floor(i / 14)] !== 0);
    expect(farthest(counted, theirs)).toBeLessThan(1e-4);
    const loss = model.loss(source, target, answers, { labelSmoothing: 0.1 });
    expect(loss.dataSync()[0]).toBeCloseTo(expected.loss, 5);
    loss.backward();
    const wrong = Object.entries(expected.gradients).flatMap(([name, wanted]) => {
      const gradient = (model.stateDict().get(name) as Tensor).grad;
      const off = gradient ? farthest(gradient.dataSync(), wanted) : Number.POSITIVE_INFINITY;
      return off < 1e-4 ? [] : [[name, off]];
    });
    expect(wrong).toEqual([]);
    model.dispose();
  });
});
