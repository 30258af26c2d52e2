// Every family of decoders from a folder of the hub: logits of tiny models beside transformers. Weights are made by the formula of generate/decoders/make.py.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openHubFolder, writeSafetensors } from "#formats";
import { loadModel } from "#models";
import { devices } from "../support/devices.ts";
import { formulaWeights } from "../support/formula-weights.ts";
import { logitsAfter, run } from "../support/models.ts";
import { expectBits } from "../support/numbers.ts";

interface Case {
  readonly label: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly ids: readonly number[];
  readonly logits: Readonly<Record<string, readonly number[]>>;
}

const { cases } = JSON.parse(readFileSync(new URL("fixtures/decoders.json", import.meta.url), "utf8")) as { cases: readonly Case[] };
const folder = mkdtempSync(join(tmpdir(), "inkstone-decoders-"));
afterAll(() => rmSync(folder, { recursive: true }));

function valuesOf(name: string, shape: readonly number[], kind: string): Float32Array {
  const isNorm = name.endsWith("weight") && (name.endsWith("norm.weight") || name.includes("layernorm") || name.includes(".ln_"));
  const plus = isNorm && !kind.startsWith("gemma") ? 1 : 0;
  return formulaWeights(name, shape, plus);
}

async function written({ label, config, shapes }: Case, change: object = {}): Promise<string> {
  const path = mkdtempSync(join(folder, `${label.replace(/\W+/g, "-")}-`));
  writeFileSync(join(path, "config.json"), JSON.stringify({ ...config, ...change }));
  const tensors = Object.entries(shapes).map(([name, shape]) => ({ name, shape, values: valuesOf(name, shape, String(config["model_type"])) }));
  await writeSafetensors(join(path, "model.safetensors"), tensors);
  return path;
}

async function loaded(path: string, device = devices[devices.length - 1].device, contextLength?: number) {
  const file = await openHubFolder(path);
  try {
    return await loadModel(file, device, { precision: "exact", contextLength });
  } finally {
    file.close();
  }
}

describe.each(cases)("$label", (one) => {
  it.each([devices[0], devices[devices.length - 1]])("has transformers' logits at every row on $name, in pieces too", async ({ device }) => {
    // Beyond the length it was trained for longrope has other factors: transformers looks at the text, here it is the context that is opened.
    const model = await loaded(await written(one), device);
    const [sequence] = model.openSequences(1, 64);
    for (const [row, expected] of Object.entries(one.logits)) {
      sequence.truncate(0);
      const found = run(model, sequence, one.ids.slice(0, Number(row) + 1));
      const most = expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - found[i])), 0);
      expect(most, `row ${row}`).toBeLessThan(2e-5 * Math.max(1, ...expected.map(Math.abs)));
    }
    const whole = run(model, model.openSequences(1, 64)[0], one.ids);
    expectBits(logitsAfter(model, model.openSequences(1, 64)[0], one.ids, [1, 7, 1, 8, 7]), whole);
    model.dispose();
  });
});

describe("a folder of the hub", () => {
  const [llama] = cases;

  it("with a key or a tensor that is not known is refused by its name", async () => {
    const code = (name: string, parameters: object) => expect.objectContaining({ code: name, parameters: expect.objectContaining(parameters) });
    await expect(written(llama, { attention_sinks: 4 }).then((path) => loaded(path))).rejects.toThrow(
      code("E_MODEL_CONFIG", { key: "attention_sinks" }),
    );
    const more = { ...llama, shapes: { ...llama.shapes, "model.layers.0.self_attn.sinks": [4] } };
    await expect(written(more).then((path) => loaded(path))).rejects.toThrow(
      code("E_MODEL_TENSORS", { problems: { en: "model.layers.0.self_attn.sinks is not known", zh: "model.layers.0.self_attn.sinks 未知" } }),
    );
    const less = { ...llama, shapes: Object.fromEntries(Object.entries(llama.shapes).filter(([name]) => name !== "model.norm.weight")) };
    await expect(written(less).then((path) => loaded(path))).rejects.toThrow(
      code("E_MODEL_TENSORS", { problems: { en: "model.norm.weight is missing", zh: "缺少 model.norm.weight" } }),
    );
    await expect(written(llama, { model_type: "mamba" }).then((path) => loaded(path))).rejects.toThrow(
      code("E_MODEL_ARCHITECTURE", { architecture: "mamba" }),
    );
  });

  it("in several files is opened by its index, which names files of the folder only", async () => {
    const path = await written(llama);
    const entries = Object.entries(llama.shapes).map(([name, shape]) => ({ name, shape, values: valuesOf(name, shape, "llama") }));
    await writeSafetensors(join(path, "a.safetensors"), entries.slice(0, 5));
    await writeSafetensors(join(path, "b.safetensors"), entries.slice(5));
    const index = (file: (i: number) => string) =>
      writeFileSync(
        join(path, "model.safetensors.index.json"),
        JSON.stringify({ weight_map: Object.fromEntries(entries.map(({ name }, i) => [name, file(i)])) }),
      );
    const whole = await loaded(path);
    index((i) => (i < 5 ? "a.safetensors" : "b.safetensors"));
    rmSync(join(path, "model.safetensors"));
    const split = await loaded(path);
    const logits = [whole, split].map((model) => run(model, model.openSequences(1, 64)[0], llama.ids));
    expectBits(logits[1], logits[0]);
    index(() => "../b.safetensors");
    await expect(loaded(path)).rejects.toThrow(expect.objectContaining({ code: "E_MODEL_FOLDER" }));
  });
});
