// Adapters and whole models in training beside peft and PyTorch: logits, gradients, losses of AdamW's steps; DPO and ORPO; folders of peft's both ways, merging.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openHubFolder, openSafetensors, writeFileDurably, writeSafetensors } from "#formats";
import {
  type AdapterMatrices,
  type AdapterSettings,
  adapterScale,
  loadModel,
  mergeAdapter,
  openTrainableDecoder,
  peftContent,
  readPeft,
  type TrainableDecoder,
  type Tuning,
} from "#models";
import { AdamW } from "#nn";
import { type Device, gradients, type Tensor, tensor } from "#tensor";
import { answersTask, finetuneSettings, PackedRows, PairBatches, preferenceTask, referenceMargins, type TokenRow, TrainingLoop } from "#train";
import { devices } from "../support/devices.ts";
import { formulaWeights } from "../support/formula-weights.ts";
import { run } from "../support/models.ts";
import { expectBits, expectNear } from "../support/numbers.ts";

interface Fixture {
  readonly config: Readonly<Record<string, number>>;
  readonly rate: number;
  readonly ids: readonly number[];
  readonly answers: number;
  readonly cases: readonly {
    readonly label: string;
    readonly settings: { readonly use_rslora?: boolean; readonly use_dora?: boolean };
    readonly logits: readonly number[];
    readonly losses: readonly number[];
    readonly gradients: Readonly<Record<string, readonly number[]>>;
  }[];
  readonly pairs: readonly (readonly [prompt: number[], chosen: number[], rejected: number[]])[];
  readonly preferences: readonly { readonly label: "dpo" | "orpo"; readonly losses: readonly number[]; readonly reference?: readonly number[] }[];
}

const fixture = JSON.parse(readFileSync(new URL("fixtures/adapters.json", import.meta.url), "utf8")) as Fixture;
const folder = mkdtempSync(join(tmpdir(), "inkstone-adapters-"));
afterAll(() => rmSync(folder, { recursive: true }));
const { device } = devices[devices.length - 1];

const modules: readonly (readonly [name: string, outputs: number, inputs: number])[] = [
  ["self_attn.q_proj", 64, 32],
  ["self_attn.k_proj", 32, 32],
  ["self_attn.v_proj", 32, 32],
  ["self_attn.o_proj", 32, 64],
  ["mlp.gate_proj", 48, 32],
  ["mlp.up_proj", 48, 32],
  ["mlp.down_proj", 32, 48],
];
const layered = [0, 1].flatMap((i) => modules.map(([name, outputs, inputs]) => [`model.layers.${i}.${name}`, outputs, inputs] as const));

async function base(name = "base"): Promise<string> {
  const path = join(folder, name);
  if (existsSync(join(path, "config.json"))) return path;
  const norms = ["model.norm", ...[0, 1].flatMap((i) => [`model.layers.${i}.input_layernorm`, `model.layers.${i}.post_attention_layernorm`])];

  mkdirSync(path, { recursive: true });
  await writeSafetensors(join(path, "model.safetensors"), [
    { name: "model.embed_tokens.weight", shape: [64, 32], values: formulaWeights("model.embed_tokens.weight", [64, 32]) },
    ...norms.map((norm) => ({ name: `${norm}.weight`, shape: [32], values: formulaWeights(`${norm}.weight`, [32], 1) })),
    ...layered.map(([module, outputs, inputs]) => ({
      name: `${module}.weight`,
      shape: [outputs, inputs],
      values: formulaWeights(`${module}.weight`, [outputs, inputs]),
    })),
  ]);
  writeFileSync(join(path, "config.json"), JSON.stringify(fixture.config));
  return path;
}

function settingsOf({ use_rslora = false, use_dora = false }: { use_rslora?: boolean; use_dora?: boolean } = {}): AdapterSettings {
  return { rank: 4, alpha: 8, dropout: 0, targets: "all-linear", rankStabilised: use_rslora, decomposed: use_dora };
}

// The matrices of the generator; magnitudes are those of the weight below, as when training begins.
function matricesOf(settings: AdapterSettings): Map<string, AdapterMatrices> {
  return new Map(
    layered.map(([module, outputs, inputs]) => {
      const weight = formulaWeights(`${module}.weight`, [outputs, inputs]);
      const magnitude = Float32Array.from({ length: outputs }, (_, o) => Math.hypot(...weight.subarray(o * inputs, (o + 1) * inputs)));
      const a = formulaWeights(`${module}.lora_A.weight`, [4, inputs]);
      const b = formulaWeights(`${module}.lora_B.weight`, [outputs, 4]).map((value) => Math.fround(value * Math.fround(0.3)));
      return [module, { rank: 4, scale: adapterScale(settings), a, b, ...(settings.decomposed ? { magnitude } : {}) }];
    }),
  );
}

async function opened(on: Device, label: string, fields: Parameters<typeof settingsOf>[0]): Promise<TrainableDecoder> {
  const file = await openHubFolder(await base());
  const settings = settingsOf(fields);
  const tuning: Tuning = label === "full" ? { kind: "full" } : { kind: "adapter", settings, values: matricesOf(settings) };
  try {
    return await openTrainableDecoder(file, on, { tuning });
  } finally {
    file.close();
  }
}

const row: TokenRow = {
  ids: Int32Array.from(fixture.ids),
  answer: Uint8Array.from(fixture.ids, (_, i) => (i >= fixture.answers ? 1 : 0)),
};

// The name of a trained tensor on the hub, as the generator has it.
function trainedByName(open: TrainableDecoder): Map<string, Tensor> {
  const found = new Map<string, Tensor>();
  for (const [module, { a, pieces }] of open.adapter?.sites ?? []) {
    found.set(`${module}.lora_A.weight`, a);
    found.set(`${module}.lora_B.weight`, pieces[0].weight.b);
    if (pieces[0].weight.magnitude) found.set(`${module}.lora_magnitude_vector.weight`, pieces[0].weight.magnitude);
  }
  const names: Readonly<Record<string, string>> = {
    "embedding.weight": "model.embed_tokens.weight",
    "norm.weight": "model.norm.weight",
    "layers.0.attention.key.weight": "model.layers.0.self_attn.k_proj.weight",
  };
  for (const { own, tensor: weight } of open.trained) if (names[own]) found.set(names[own], weight);
  return found;
}

describe.each(fixture.cases)("$label beside peft and PyTorch", ({ label, settings, logits, losses, gradients: expected }) => {
  it.each([devices[0], devices[devices.length - 1]])("logits and gradients on $name", async ({ device: on }) => {
    const open = await opened(on, label, settings);
    const length = fixture.ids.length;
    const ids = tensor(row.ids, undefined, { device: on });
    const hidden = open.decoder.hidden(ids, { batch: 1, length });
    expectNear(
      open.decoder
        .logits(hidden)
        .rows(length - 1, 1)
        .dataSync(),
      logits,
      1e-4,
    );
    const targets = Int32Array.from(fixture.ids, (_, i) => (i + 1 < length && i + 1 >= fixture.answers ? fixture.ids[i + 1] : -100));
    const loss = open.decoder.crossEntropy(open.decoder.norm.forward(hidden), tensor(targets, undefined, { device: on }));
    const names = Object.keys(expected);
    const trained = trainedByName(open);
    const found = gradients(
      loss,
      names.map((name) => trained.get(name) as Tensor),
    );
    for (const [i, name] of names.entries()) expectNear(found[i].dataSync(), expected[name], 1e-4, name);
    open.dispose();
  });

  it("losses of AdamW's steps", async () => {
    const open = await opened(device, label, settings);
    const source = new PackedRows([row], { batch: 1, length: 64, seed: 0 });
    const task = answersTask(open, finetuneSettings({ method: label === "full" ? "full" : "lora" }), { batch: 1, length: 64 });
    expectNear(await lossesOf(task, source, losses.length - 1), losses, 1e-4);
    open.dispose();
  });
});

async function lossesOf(task: ReturnType<typeof answersTask>, source: PackedRows | PairBatches, steps: number): Promise<number[]> {
  const optimizer = new AdamW(task.trainableParameters(), { learningRate: fixture.rate, weightDecay: 0 });
  const loop = new TrainingLoop(task, source, { optimizer });
  const found: number[] = [];
  for (let epoch = 0; epoch < steps; epoch++) for await (const { loss } of loop.epoch(epoch)) found.push(loss);
  found.push((await loop.evaluate(source.inOrder())).loss);
  await loop.end();
  return found;
}

describe.each(fixture.preferences)("$label beside PyTorch", ({ label, losses, reference }) => {
  it("references, and losses of AdamW's steps", async () => {
    const open = await opened(device, label, {});
    const answer = (prompt: readonly number[], ids: readonly number[]): TokenRow => ({
      ids: Int32Array.from([...prompt, ...ids]),
      answer: Uint8Array.from([...prompt.map(() => 0), ...ids.map(() => 1)]),
    });
    const rows = fixture.pairs.map(([prompt, chosen, rejected]) => {
      const [one, other] = [answer(prompt, chosen), answer(prompt, rejected)];
      return { chosen: one, rejected: other, ids: Int32Array.from([...one.ids, ...other.ids]) };
    });
    const sizes = { batch: 3, length: 64, seed: 0, answers: 128, means: label === "orpo" };
    const source = new PairBatches(rows, sizes);
    const settings = finetuneSettings({ method: label });
    if (label === "dpo") await referenceMargins(open, settings, [source], sizes);
    if (reference) expectNear(source.reference, reference, 1e-4);
    expectNear(await lossesOf(preferenceTask(open, settings, sizes), source, losses.length - 1), losses, 1e-4);
    open.dispose();
  });
});

describe("folders of peft's", () => {
  async function written(name: string, fields: Parameters<typeof settingsOf>[0] = {}): Promise<string> {
    const path = join(folder, name);

    mkdirSync(path, { recursive: true });
    const settings = settingsOf(fields);
    const facts = { settings, base: { reference: await base(), fingerprint: await fingerprint() }, transposed: false };
    for (const [file, content] of peftContent(matricesOf(settings), facts)) await writeFileDurably(join(path, file), content);
    return path;
  }

  async function fingerprint(): Promise<string> {
    const open = await opened(device, "lora", {});
    open.dispose();
    return open.fingerprint;
  }

  it("come back as they were written", async () => {
    const adapter = await readPeft(await written("round", { use_dora: true, use_rslora: true }));
    expect(adapter.settings).toMatchObject({ rank: 4, alpha: 8, rankStabilised: true, decomposed: true });
    for (const [module, matrices] of matricesOf(settingsOf({ use_dora: true, use_rslora: true }))) {
      const found = adapter.matrices.get(module);
      expect(found?.scale).toBe(4);
      for (const part of ["a", "b", "magnitude"] as const) expectBits(found?.[part] ?? [], matrices[part] ?? [], `${module} ${part}`);
    }
  });

  it.each(fixture.cases.filter(({ label }) => label !== "full"))(
    "$label: a model that runs with it, and one that it is merged into, has peft's logits",
    async ({ label, settings, logits }) => {
      const adapter = await readPeft(await written(label, settings));
      const file = await openHubFolder(await base());
      const model = await loadModel(file, device, { precision: "exact", adapters: [adapter] });
      const [sequence] = model.openSequences(1, 64);
      const [{ logits: found }] = model.step([{ sequence, ids: fixture.ids, want: { likeliest: 1 }, adapter: 1 }]);
      expectNear(found?.() ?? [], logits, 1e-4);
      model.dispose();
      const output = join(folder, `merged-${label}`);
      await mergeAdapter(device, { base: { folder: await base(), file }, adapter, output });
      file.close();
      const merged = await openHubFolder(output);
      const whole = await loadModel(merged, device, { precision: "exact" });
      expectNear(run(whole, whole.openSequences(1, 64)[0], fixture.ids), logits, 1e-4);
      whole.dispose();
      merged.close();
    },
  );

  it("of several adapters: each row has its own, with the bits that it has alone", async () => {
    const read = [
      await readPeft(await written("one")),
      await readPeft(await written("two", { use_dora: true })),
      await readPeft(await written("three", { use_rslora: true })),
    ];
    const file = await openHubFolder(await base());
    const model = await loadModel(file, device, { precision: "exact", adapters: read });
    const plain = await loadModel(file, device, { precision: "exact" });
    file.close();
    const sequences = model.openSequences(4, 64);
    const step = (numbers: readonly number[]) =>
      model.step(
        numbers.map((adapter) => ({ sequence: sequences[adapter], ids: fixture.ids.slice(adapter), want: { likeliest: 1 }, adapter })),
        {},
      );
    const alone = [0, 1, 2, 3].map((adapter) => {
      for (const sequence of sequences) sequence.truncate(0);
      return Float32Array.from(step([adapter])[0].logits?.() ?? []);
    });
    for (const sequence of sequences) sequence.truncate(0);
    for (const [i, { logits }] of step([2, 0, 3, 1]).entries()) expectBits(logits?.() ?? [], alone[[2, 0, 3, 1][i]], `adapter ${[2, 0, 3, 1][i]}`);
    expectBits(run(plain, plain.openSequences(1, 64)[0], fixture.ids), alone[0], "without an adapter");
    model.dispose();
    plain.dispose();
  });

  it("that belong to another base, are of another kind or would lose something are refused", async () => {
    const code = (name: string) => expect.objectContaining({ code: name });
    const path = await written("refused");
    const file = await openHubFolder(await base());
    const adapter = await readPeft(path);
    const other = { ...adapter, base: { ...adapter.base, fingerprint: "0".repeat(32) } };
    await expect(loadModel(file, device, { precision: "exact", adapters: [other] })).rejects.toMatchObject(code("E_ADAPTER_BASE"));
    const [first, ...rest] = [...adapter.matrices];
    const renamed = { ...adapter, matrices: new Map([[first[0].replace("layers.0", "layers.7"), first[1]], ...rest]) };
    await expect(loadModel(file, device, { precision: "exact", adapters: [renamed] })).rejects.toThrow(/layers\.7/);
    const wide = { ...adapter, matrices: new Map([[first[0], { ...first[1], a: new Float32Array(4 * 40) }], ...rest]) };
    await expect(loadModel(file, device, { precision: "exact", adapters: [wide] })).rejects.toMatchObject(code("E_ADAPTER_BASE"));
    const output = join(folder, "kept");
    await expect(mergeAdapter(device, { base: { folder: await base(), file }, adapter: other, output })).rejects.toMatchObject(
      code("E_ADAPTER_BASE"),
    );
    expect(existsSync(output)).toBe(false);
    file.close();
    const config = JSON.parse(readFileSync(join(path, "adapter_config.json"), "utf8")) as object;
    for (const change of [{ peft_type: "IA3" }, { bias: "all" }, { modules_to_save: ["lm_head"] }, { r: 0 }]) {
      writeFileSync(join(path, "adapter_config.json"), JSON.stringify({ ...config, ...change }));
      await expect(readPeft(path)).rejects.toMatchObject(code("E_ADAPTER"));
    }
    rmSync(join(path, "adapter_model.safetensors"));
    await expect(readPeft(path)).rejects.toThrow(/adapter_model/);
  });

  it("have peft's names", async () => {
    const file = await openSafetensors(join(await written("names", { use_dora: true }), "adapter_model.safetensors"));
    const names = [...file.tensors.keys()].filter((name) => name.includes("layers.0.self_attn.q_proj"));
    file.close();
    const at = "base_model.model.model.layers.0.self_attn.q_proj";
    expect(names.sort()).toEqual([`${at}.lora_A.weight`, `${at}.lora_B.weight`, `${at}.lora_magnitude_vector`]);
  });
});
