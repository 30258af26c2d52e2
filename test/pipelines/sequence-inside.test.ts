// Looking inside a translator: words, sentences, and why it wrote what it wrote, against finite differences. And attention inside a GPT.
import { beforeAll, describe, expect, it } from "vitest";
import { Gpt } from "#models";
import { Adam } from "#nn";
import { SequenceToSequence, type TextPair } from "#pipelines";
import { maskOf, noGrad, tensor, withRandom } from "#tensor";
import { WordTokenizer } from "#text";

const pairs: TextPair[] = [
  ["I like apples", "我喜欢苹果"],
  ["I like tea", "我喜欢茶"],
  ["you like tea", "你喜欢茶"],
  ["you drink tea", "你喝茶"],
];
const source = WordTokenizer.train(pairs.map(([english]) => english));
const target = WordTokenizer.train(
  pairs.map(([, chinese]) => chinese),
  { by: "characters" },
);

describe.each(["lstm", "transformer"] as const)("a translator with %s", (encoder) => {
  const translator = new SequenceToSequence({ encoder, units: 16, layers: 2, heads: 2, dropout: 0.1, source, target });
  beforeAll(() => translator.fit(pairs, { epochs: 40, verbose: 0, optimizer: new Adam({ learningRate: 0.02 }) }));

  it("has vectors of the words of each side, and of sentences", async () => {
    expect(translator.wordVectors().names).toEqual(source.toJSON().tokens);
    const { sourceEmbedding, targetEmbedding } = translator.model;
    const row = (table: typeof sourceEmbedding, id: number) => table.forward(tensor(Int32Array.of(id))).dataSync();
    expect(translator.wordVectors().vector("tea")).toEqual(row(sourceEmbedding, 3 + (source.idOf("tea") as number)));
    expect(translator.wordVectors("target").vector("茶")).toEqual(row(targetEmbedding, 3 + (target.idOf("茶") as number)));
    const sentences = await translator.sentenceVectors(["I like tea", "you like tea", "I like apples"]);
    expect(sentences.similarity("I like tea", "I like tea")).toBeCloseTo(1, 6);
    expect(sentences.vector("I like tea")).toHaveLength(16);
    await expect(translator.sentenceVectors([""])).rejects.toMatchObject({ code: "E_OPTION" });
  });

  it("says of each written token what scaling each read vector does to its logit", async () => {
    const { model } = translator;
    const { source: read, target: written, weights } = await translator.gradientTimesInput("you like tea");
    expect(read).toEqual(["you", "like", "tea", "</s>"]);
    expect([written.length, weights.length]).toEqual([(await translator.predict("you like tea")).length + 1, written.length]);
    const sourceIds = [...source.encode("you like tea").map((id) => id + 3), 2];
    const said = [...target.encode(written.slice(0, -1).join("")).map((id) => id + 3), 2];
    const ids = tensor(Int32Array.from(sourceIds), [1, 4]);
    const before = tensor(Int32Array.of(1, ...said.slice(0, -1)), [1, said.length]);
    const vectors = model.sourceEmbedding.forward(ids).dataSync();
    const logits = (scaled: number, factor: number) => {
      const values = Float32Array.from(vectors, (value, i) => (Math.floor(i / 16) === scaled ? value * factor : value));
      const logit = noGrad(() => model.decode(before, model.read(tensor(values, [1, 4, 16]), maskOf(ids))));
      const all = logit.dataSync();
      return said.map((id, t) => all[t * logit.shape[2] + id]);
    };
    const step = 1e-2;
    for (let s = 0; s < 4; s++) {
      const [up, down] = [logits(s, 1 + step), logits(s, 1 - step)];
      for (let t = 0; t < said.length; t++) {
        const expected = (up[t] - down[t]) / (2 * step);
        expect(Math.abs(weights[t][s] - expected)).toBeLessThan(0.01 + 0.01 * Math.abs(expected));
      }
    }
  });

  it("says the same of one token alone, and refuses one that was not written", async () => {
    const all = await translator.gradientTimesInput("I like apples");
    const one = await translator.gradientTimesInput("I like apples", { token: 1 });
    expect(one.target).toEqual([all.target[1]]);
    for (const [i, value] of one.weights[0].entries()) expect(value).toBeCloseTo(all.weights[1][i], 4);
    await expect(translator.gradientTimesInput("I like apples", { token: 99 })).rejects.toMatchObject({ code: "E_OPTION" });
  });
});

describe("attention of a GPT", () => {
  const gpt = withRandom({ seed: 1, step: 0 }, () => new Gpt({ vocabularySize: 11, contextLength: 8, layers: 2, heads: 2, width: 8 }));
  const of = (ids: readonly number[]) =>
    gpt.attentionWeights(tensor(Int32Array.from(ids), [1, ids.length])).map((layer) => ({ shape: layer.shape, values: layer.dataSync() }));

  it("is a distribution over what came before, in each head of each layer, and does not know what comes", () => {
    const layers = of([1, 5, 3, 2]);
    expect(layers.map(({ shape }) => shape)).toEqual([
      [1, 2, 4, 4],
      [1, 2, 4, 4],
    ]);
    for (const { values } of layers) {
      for (let row = 0; row < 8; row++) {
        const weights = [...values.subarray(row * 4, row * 4 + 4)];
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
        expect(weights.slice((row % 4) + 1).every((weight) => weight === 0)).toBe(true);
      }
    }
    const changed = of([1, 5, 3, 9]);
    for (const [i, { values }] of layers.entries()) expect(changed[i].values.subarray(0, 12)).toEqual(values.subarray(0, 12));
  });

  it("mixes values as the layer itself does", () => {
    const ids = tensor(Int32Array.of(1, 5, 3, 2), [1, 4]);
    const { attention, attentionNorm } = gpt.decoder.layers[0];
    const places = tensor(Int32Array.of(0, 1, 2, 3));
    const token = gpt.decoder.embedding.forward(ids.reshape([4])).dataSync();
    const place = (gpt.decoder.positions as typeof gpt.decoder.embedding).forward(places).dataSync();
    const x = attentionNorm.forward(
      tensor(
        Float32Array.from(token, (value, i) => value + place[i]),
        [4, 8],
      ),
    );
    const v = attention.value.forward(x).dataSync();
    const [{ values: weights }] = of([1, 5, 3, 2]);
    const mixed = Float32Array.from({ length: 32 }, (_, i) => {
      const [t, c] = [Math.floor(i / 8), i % 8];
      return [0, 1, 2, 3].reduce((sum, s) => sum + weights[(Math.floor(c / 4) * 4 + t) * 4 + s] * v[s * 8 + c], 0);
    });
    const expected = attention.forward(x, { batch: 1, length: 4 }).dataSync();
    for (const [i, value] of attention.output
      .forward(tensor(mixed, [4, 8]))
      .dataSync()
      .entries())
      expect(value).toBeCloseTo(expected[i], 5);
  });
});
