// GPT from nothing: causality, learning, recomputation, what is refused.
import { describe, expect, it } from "vitest";
import { Gpt, type GptConfig } from "#models";
import { AdamW } from "#nn";
import { cpu, gradients, record, tensor, tidy, withRandom } from "#tensor";

const config: GptConfig = { vocabularySize: 17, contextLength: 12, layers: 2, heads: 2, width: 16 };
const make = (more: Partial<GptConfig> = {}) => withRandom({ seed: 3, step: 0 }, () => new Gpt({ ...config, ...more }));
const row = (ids: readonly number[]) => tensor(Int32Array.from(ids), [1, ids.length]);

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
