// GPT from nothing: causality, learning, recomputation, what is refused.
import { describe, expect, it } from "vitest";
import { type GenerateIdsOptions, Gpt, type GptConfig, Llama } from "#models";
import { AdamW } from "#nn";
import { cpu, gradients, manualSeed, record, tensor, tidy, withRandom } from "#tensor";

const config: GptConfig = { vocabularySize: 17, contextLength: 12, layers: 2, heads: 2, width: 16 };
const make = (more: Partial<GptConfig> = {}) => withRandom({ seed: 3, step: 0 }, () => new Gpt({ ...config, ...more }));
const row = (ids: readonly number[]) => tensor(Int32Array.from(ids), [1, ids.length]);

describe("what generate writes", () => {
  const ids = () => tensor(Int32Array.of(1, 5, 2, 9), [2, 2]);
  const written = async (gpt: Gpt | Llama, count: number, options?: GenerateIdsOptions) =>
    Array.from((await gpt.generate(ids(), count, options)).dataSync());

  it("is the likeliest id behind what is seen, by each model, and goes on beyond the context", async () => {
    const llama = withRandom({ seed: 3, step: 0 }, () => new Llama(config));
    for (const model of [make(), llama]) {
      const all = await written(model, 14, { temperature: 0 });
      expect(all).toHaveLength(32);
      for (const row of [0, 1]) {
        const one = all.slice(16 * row, 16 * row + 16);
        expect(one.slice(0, 2)).toEqual([...ids().dataSync()].slice(2 * row, 2 * row + 2));
        for (const at of [2, 9, 15]) {
          const seen = one.slice(Math.max(0, at - 12), at);
          const logits = Array.from(model.forward(tensor(Int32Array.from(seen), [1, seen.length])).dataSync()).slice(-17);
          expect(one[at]).toBe(logits.indexOf(Math.max(...logits)));
        }
      }
    }
  });

  it("is the same for the same seed, another for another, and by manualSeed where none is given", async () => {
    const gpt = make();
    const options = { temperature: 1.5, topK: 9 };
    expect(await written(gpt, 10, { ...options, seed: 1 })).toEqual(await written(gpt, 10, { ...options, seed: 1 }));
    expect(await written(gpt, 10, { ...options, seed: 1 })).not.toEqual(await written(gpt, 10, { ...options, seed: 2 }));
    manualSeed(4);
    const first = await written(gpt, 10);
    expect(await written(gpt, 10)).not.toEqual(first);
    manualSeed(4);
    expect(await written(gpt, 10)).toEqual(first);
  });

  it("comes from the likeliest alone where topK says so", async () => {
    const gpt = make();
    expect(await written(gpt, 8, { topK: 1, temperature: 3, seed: 5 })).toEqual(await written(gpt, 8, { temperature: 0 }));
  });

  it("is refused without ids, without a count, with options that there are not; a signal ends it", async () => {
    const gpt = make();
    await expect(gpt.generate([[1, 2]] as never, 3)).rejects.toMatchObject({ code: "E_SHAPE", parameters: { operation: "generate" } });
    await expect(gpt.generate(tensor(new Int32Array(0), [1, 0]), 3)).rejects.toMatchObject({ code: "E_SHAPE" });
    await expect(gpt.generate(ids(), 0)).rejects.toMatchObject({ code: "E_OPTION", parameters: { option: "count" } });
    await expect(gpt.generate(ids(), 3, { top_k: 4 } as never)).rejects.toMatchObject({ code: "E_OPTION_UNKNOWN", parameters: { option: "top_k" } });
    const over = new Error("over");
    await expect(gpt.generate(ids(), 3, { signal: AbortSignal.abort(over) })).rejects.toBe(over);
  });
});

describe("Gpt", () => {
  it("sees no later id, and tells places apart", () => {
    const gpt = make();
    const [a, b] = [gpt.forward(row([1, 2, 3, 4])), gpt.forward(row([1, 2, 3, 9]))].map((logits) => logits.dataSync());
    expect(a.slice(0, 3 * 17)).toEqual(b.slice(0, 3 * 17));
    expect(a.slice(3 * 17)).not.toEqual(b.slice(3 * 17));
    const same = gpt.forward(row([5, 5])).dataSync();
    expect(same.slice(0, 17)).not.toEqual(same.slice(17));
  });

  it("begins near the logarithm of its vocabulary and learns a sequence by heart", () => {
    const gpt = make();
    const [ids, targets] = [row([1, 5, 2, 9, 3, 7]), row([5, 2, 9, 3, 7, 16])];
    const optimizer = new AdamW(gpt.trainableParameters(), { learningRate: 0.01 });
    const losses = Array.from({ length: 60 }, () =>
      tidy(() => {
        optimizer.zeroGrad();
        const loss = gpt.loss(ids, targets);
        loss.backward();
        optimizer.step();
        return loss.dataSync()[0];
      }),
    );
    expect(losses[0]).toBeCloseTo(Math.log(17), 1);
    expect(losses[59]).toBeLessThan(0.05);
  });

  it("has the same gradients in less memory when its blocks are computed again", () => {
    const many = () =>
      tensor(
        Int32Array.from({ length: 32 * 12 }, (_, i) => (7 * i) % 17),
        [32, 12],
      );
    const [ids, targets] = [many(), many()];
    const steps = [false, true].map((recompute) => {
      const gpt = make({ recompute, layers: 4 });
      const recording = record(cpu(), () => {
        const loss = gpt.loss(ids, targets);
        return gradients(loss, gpt.trainableParameters());
      });
      recording.run();
      return { bytes: recording.arenaBytes, values: recording.outputs.map((gradient) => [...gradient.dataSync()]) };
    });
    expect(steps[1].values).toEqual(steps[0].values);
    expect(steps[1].bytes).toBeLessThan(0.6 * steps[0].bytes);
  });

  it("refuses sizes that are none or missing, and options by the nearest name", () => {
    const sizes = { vocabularySize: 8, contextLength: 4, layers: 1, heads: 2, width: 8 };
    const any = Gpt as unknown as new (config?: unknown) => Gpt;
    expect(() => new any({ ...sizes, vocab_size: 8 })).toThrow(/Did you mean "vocabularySize"/);
    expect(() => new any({ ...sizes, layers: "2" })).toThrow(/"layers" cannot be "2"/);
    for (const name of Object.keys(sizes)) expect(() => new any({ ...sizes, [name]: undefined })).toThrow(new RegExp(`"${name}"`));
    expect(() => new any()).toThrow(/vocabularySize/);
  });

  it("refuses heads that do not divide its width, and more ids than its context", () => {
    expect(() => make({ heads: 3 })).toThrow(expect.objectContaining({ code: "E_SHAPE" }));
    expect(() => make().forward(row(new Array(13).fill(1)))).toThrow(expect.objectContaining({ code: "E_SHAPE" }));
    expect(() => make().forward(row([17]))).toThrow(expect.objectContaining({ code: "E_KERNEL" }));
  });
});
