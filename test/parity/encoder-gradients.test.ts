// Losses and gradients of tuned heads beside transformers: tiny random encoders, rows end to end on our side, one by one on theirs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openTrainableEncoder } from "#models";
import { createReferenceExecutor, nativeStatus, openExecutor } from "#native";
import { cpu, gradients, scale, type Tensor, tensor, tidy } from "#tensor";
import { classObjective, type Objective, spanObjective, tagObjective } from "#train";
import { packTexts } from "../../dist/train/encoders/packing.js";

const folder = new URL("fixtures/encoders/", import.meta.url).pathname;
const rows = [
  [2, 7, 11, 39, 3],
  [2, 5, 3],
  [2, 9, 8, 7, 6, 5, 4, 12, 13, 14, 3],
];
const inputs = rows.map((ids) => ({ ids, types: ids.map(() => 0) }));
const expected = JSON.parse(readFileSync(join(folder, "gradients.json"), "utf8")) as Record<
  string,
  { loss: number; gradients: Record<string, number[]> }
>;

interface Case {
  readonly objective: Objective<never>;
  readonly examples: readonly object[];
}

const cases: Readonly<Record<string, Case>> = {
  "bert-classes": {
    objective: classObjective({ classes: 3, weights: [0.5, 1, 2] }) as Objective<never>,
    examples: inputs.map((input, i) => ({ input, labels: [[2, 0, 1][i]] })),
  },
  "roberta-tokens": {
    objective: tagObjective(["O", "B-A", "I-A", "B-B", "I-B"]) as Objective<never>,
    examples: inputs.map((input, i) => ({
      input,
      firsts: [1, i === 1 ? 1 : 2],
      tags: [
        [0, 1],
        [2, 2],
        [4, 3],
      ][i],
    })),
  },
  "distilbert-answers": {
    objective: spanObjective() as Objective<never>,
    examples: inputs.map((input, i) => ({
      input,
      answer: [
        [1, 3],
        [0, 0],
        [4, 6],
      ][i],
    })),
  },
};

describe.each([
  ["reference", () => createReferenceExecutor()],
  ...(nativeStatus().available ? [["native", () => openExecutor({ executor: "native", threads: 2 })] as const] : []),
] as const)("tuned heads on the %s executor", (_, open) => {
  it.each(Object.entries(cases))("%s: the loss and every gradient within 1e-4", async (name, { objective, examples }) => {
    const { config } = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as { config: Record<string, unknown> };
    const device = cpu(open());
    const { head, outputs } = objective;
    const model = await openTrainableEncoder(join(folder, `${name}.safetensors`), config, device, { head, outputs });
    const { columns, places, rows: room } = packTexts(inputs, model.config);
    const more = objective.columns(examples as never, { places, rows: room });
    const filled = [...columns, ...more].map((column) => {
      const values =
        column.type === "i32" ? new Int32Array(column.shape.reduce((a, b) => a * b, 1)) : new Float32Array(column.shape.reduce((a, b) => a * b, 1));
      column.fill(values);
      return tensor(values, [...column.shape], { device });
    });
    const [ids, positions, types, segments, ...others] = filled;
    const found = tidy(() => {
      const states = model.encoder.forward({ ids, positions, types, segments });
      const { total, count } = objective.loss(states, model.head, others as readonly Tensor[]);
      const loss = scale(total, 1 / (typeof count === "number" ? count : count.dataSync()[0]));
      const names = Object.keys(expected[name].gradients);
      const weights = names.map((each) => model.named.get(each) as Tensor);
      const made = gradients(loss.reshape([1]), weights);
      return { loss: loss.dataSync()[0], gradients: new Map(names.map((each, i) => [each, Float32Array.from(made[i].dataSync())])) };
    });
    expect(Math.abs(found.loss - expected[name].loss)).toBeLessThan(1e-4);
    for (const [each, [norm, ...firsts]] of Object.entries(expected[name].gradients)) {
      const got = found.gradients.get(each) as Float32Array;
      expect(Math.abs(Math.hypot(...got) - norm), each).toBeLessThan(1e-4 * Math.max(1, norm));
      for (const [i, value] of firsts.entries()) expect(Math.abs(got[i] - value), each).toBeLessThan(1e-4 * Math.max(1, norm));
    }
    model.dispose();
  });
});
