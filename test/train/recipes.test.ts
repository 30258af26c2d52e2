// Recipes of every architecture: what is derived, what goes on to the bit, mixtures, documents apart, policies for losses, what is found in the data, searches.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSafetensors } from "#formats";
import { LanguageModel } from "#generate";
import { Bert, Llama } from "#models";
import { SGD } from "#nn";
import { cpu, multiply, noGrad, sum, tensor, withRandom } from "#tensor";
import { ChatTemplate, chatTemplateOfFolder, chatTokens, loadTokenizer } from "#text";
import {
  estimateRun,
  exportRun,
  type LogEntry,
  modelOfRun,
  openRun,
  type Recipe,
  RunFolder,
  readRecipe,
  recipeOf,
  TrainingLoop,
  type TrainingTask,
  tomlRecipe,
  trainRun,
  tune,
  usualRecipe,
  valuesColumn,
} from "#train";
import { recipeSchema } from "../../dist/train/recipe/schema.js";
import { fieldWords } from "../../dist/train/recipe/words.js";
import { inkLines } from "../support/ink-lines.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "inkstone-recipes-"));
  writeFileSync(join(folder, "text.txt"), inkLines(300));
  const pairs = Array.from({ length: 120 }, (_, i) => JSON.stringify({ source: `${i} ink`, target: `knI ${i}` }));
  writeFileSync(join(folder, "pairs.jsonl"), pairs.join("\n"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Changes = { readonly [part: string]: Record<string, unknown> };

function tiny({ data, model, evaluation, ...changes }: Changes = {}): Recipe {
  return recipeOf({
    name: "tiny",
    data: { files: join(folder, "text.txt"), validation: 0.1, ...data },
    model: { depth: 1, width: 16, heads: 2, contextLength: 16, ...model },
    batch: { rows: 4 },
    budget: { steps: 14 },
    evaluation: { every: 6, batches: 2, sample: 4, ...evaluation },
    optimizer: { warmup: 2 },
    ...changes,
  });
}

const numbers = (log: readonly LogEntry[]) => log.map(({ step, loss, validationLoss, note }) => ({ step, loss, validationLoss, note }));
const weightsOf = (path: string) => readFileSync(join(path, "checkpoints", "last", "model.safetensors")).toString("base64");
const logOf = (path: string) => new RunFolder(path).log();

// Every field, as a path.
function fieldsOf(schema: unknown, path = ""): string[] {
  type Node = { def: { type: string; innerType?: Node; shape?: Record<string, Node>; options?: Node[]; element?: Node } };
  let at = schema as Node;
  while (at.def.innerType !== undefined) at = at.def.innerType;
  const { shape, options, element } = at.def;
  if (shape !== undefined) return Object.entries(shape).flatMap(([name, inner]) => fieldsOf(inner, path === "" ? name : `${path}.${name}`));
  const inside = [...(options ?? []), ...(element === undefined ? [] : [element])].flatMap((one) => fieldsOf(one, path));
  return [...new Set([path, ...inside])];
}

describe("the usual recipe", () => {
  it("is a language model's of texts, a translator's of pairs, and none of data that are not there", async () => {
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const architecture = async (files: string) => (await usualRecipe({ name: "x", files, depth: 3 })).model.architecture;
    expect(await architecture(write("a.txt", "source\ttarget\n"))).toBe("gpt2");
    expect(await architecture(write("rows.jsonl", '{"text":"a","source":"b","target":"c"}\n'))).toBe("gpt2");
    expect(await architecture(write("pairs.jsonl", '{"source":"b","target":"c"}\n'))).toBe("encoder-decoder");
    await expect(usualRecipe({ name: "x", files: join(folder, "none"), depth: 3 })).rejects.toMatchObject({ code: "E_FORMAT_NO_FILE" });
  });
});

describe("words of a recipe", () => {
  it("say of every field what it is, and of nothing else", () => {
    expect(Object.keys(fieldWords).sort()).toEqual(fieldsOf(recipeSchema).sort());
  });

  it("stand above each field of a recipe that is written, which reads as before", async () => {
    const recipe = recipeOf({ data: { files: [{ files: "a", weight: 2 }] }, tokenizer: { train: { size: 300 } }, budget: { minutes: 3 } });
    const path = join(folder, "words.toml");
    for (const language of ["en", "zh"] as const) {
      const text = tomlRecipe(recipe, { language });
      const lines = text.split("\n");
      for (const [i, line] of lines.entries()) if (/^\w+ = /.test(line)) expect(lines[i - 1], line).toMatch(/^# \S/);
      writeFileSync(path, text);
      expect(await readRecipe(path)).toEqual(recipe);
    }
  });
});

describe("every architecture", () => {
  it.each<[string, Changes]>([
    ["llama with fewer heads of keys and values", { model: { architecture: "llama", keyValueHeads: 1 } }],
    ["llama on documents that are kept apart", { model: { architecture: "llama" }, data: { documents: "apart" } }],
    ["gpt2 on documents alone", { data: { documents: "alone" } }],
    ["bert", { model: { architecture: "bert" } }],
    ["encoder-decoder", { model: { architecture: "encoder-decoder" }, data: { files: "pairs" } }],
    ["a tokenizer that is learnt first", { tokenizer: { train: { size: 300 } } }],
  ])("%s: stopped and gone on with, every loss and the last weights are those of one run", async (_what, changes) => {
    const files = join(folder, changes.data?.files === "pairs" ? "pairs.jsonl" : "text.txt");
    const recipe = tiny({ ...changes, data: { ...changes.data, files } });
    const whole = await trainRun(recipe, { output: join(folder, "whole") });
    expect(whole.best?.loss).toBeGreaterThan(0);
    const output = join(folder, "parts");
    const controller = new AbortController();
    const onEntry = ({ step, loss }: LogEntry) => void (step === 9 && loss !== undefined && controller.abort());
    await expect(trainRun(recipe, { output, signal: controller.signal, onEntry })).rejects.toMatchObject({ code: "E_CANCELLED" });
    await trainRun(recipe, { output, resume: true });
    expect(numbers(await logOf(output))).toEqual(numbers(await logOf(join(folder, "whole"))));
    expect(weightsOf(output)).toBe(weightsOf(join(folder, "whole")));
    expect(typeof (await (await openRun(output)).write("ink [MASK]", 3))).toBe("string");
  });

  it("llama and bert are exported under the names of the hub", async () => {
    const names = { llama: "model.layers.0.mlp.gate_proj.weight", bert: "cls.predictions.transform.dense.weight" };
    for (const [architecture, name] of Object.entries(names)) {
      const output = join(folder, architecture);
      await trainRun(tiny({ model: { architecture } }), { output });
      await exportRun(await openRun(output), `${output}-hub`);
      expect((await openSafetensors(join(`${output}-hub`, "model.safetensors"))).tensors.has(name)).toBe(true);
      expect(await modelOfRun(output)).toBe(join(output, "hub"));
    }
  });

  it("a chat template goes with an export, so that what was trained talks, is tuned on chats and is refused where its tokens are missing", async () => {
    const special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];
    const output = join(folder, "talks");
    const changes = { model: { architecture: "llama", width: 32, contextLength: 64 }, tokenizer: { train: { size: 300, special } } };
    await trainRun(tiny(changes), { output });
    const hub = `${output}-hub`;
    await exportRun(await openRun(output), hub, { chatTemplate: "chatml" });
    const { eos_token_id } = JSON.parse(readFileSync(join(hub, "generation_config.json"), "utf8")) as { eos_token_id: number[] };
    expect(eos_token_id).toEqual([2, 0]);
    const model = await LanguageModel.open(hub);
    const talk = [{ role: "user" as const, content: "ink <|im_end|>" }];
    const ids = chatTokens(await loadTokenizer(hub), new ChatTemplate(chatTemplateOfFolder(hub) as string), talk, { addGenerationPrompt: true });
    expect(ids.filter((id) => id === 2)).toHaveLength(1);
    expect((await model.generate(talk, { maxTokens: 3 })).promptTokens).toBe(ids.length);
    await model.close();
    await expect(exportRun(await openRun(output), hub, { chatTemplate: "chat-ml" })).rejects.toMatchObject({ code: "E_OPTION" });
    await expect(exportRun(await openRun(output), hub, { chatTemplate: "{% for %}" })).rejects.toMatchObject({ code: "E_TEMPLATE_SYNTAX" });
    await trainRun(tiny({}), { output: join(folder, "plain") });
    const plain = await openRun(join(folder, "plain"));
    await expect(exportRun(plain, hub, { chatTemplate: "chatml" })).rejects.toMatchObject({ code: "E_RUN_FOLDER" });
    await exportRun(plain, `${hub}-own`, { chatTemplate: "{% for m in messages %}{{ m.content }}{% endfor %}" });
    expect(chatTemplateOfFolder(`${hub}-own`)).toContain("m.content");
  });

  it("positions of a llama do not see across a segment, and a masked place of a bert is seen from both sides", () => {
    const llama = withRandom({ seed: 1, step: 0 }, () => new Llama({ vocabularySize: 9, contextLength: 8, layers: 2, heads: 2, width: 16 }));
    const row = (ids: number[]) => tensor(Int32Array.from(ids), [1, ids.length]);
    const segments = row([0, 0, 1, 1]);
    const last = (ids: number[]) => noGrad(() => [...llama.forward(row(ids), segments).dataSync()].slice(-9));
    expect(last([1, 2, 3, 4])).toEqual(last([5, 6, 3, 4]));
    expect(last([1, 2, 3, 4])).not.toEqual(last([1, 2, 5, 4]));
    const bert = withRandom({ seed: 1, step: 0 }, () => new Bert({ vocabularySize: 9, contextLength: 8, layers: 1, heads: 2, width: 16 }));
    const first = (ids: number[]) => noGrad(() => [...bert.forward(row(ids)).dataSync()].slice(0, 9));
    expect(first([1, 2, 3])).not.toEqual(first([1, 2, 4]));
  });
});

describe("what follows from the rest", () => {
  it("batch, rate and steps follow from the depth, the context and the tokens; what is given stays", () => {
    const data = { files: "x" };
    const made = recipeOf({ data, model: { depth: 16, contextLength: 256 }, budget: { tokens: 2_000_000 } });
    expect([made.batch.rows, made.optimizer.learningRate, made.budget.steps]).toEqual([64, 0.0005, 123]);
    expect(recipeOf({ data, batch: { rows: 3 }, optimizer: { name: "muon" } }).batch.rows).toBe(3);
  });

  it.each([
    [{ tokenizer: { file: "t.json", train: {} } }, "tokenizer"],
    [{ model: { keyValueHeads: 1 } }, "model.keyValueHeads"],
    [{ model: { architecture: "lstm" }, data: { files: "x", documents: "apart" } }, "data.documents"],
    [{ model: { architecture: "bert" }, data: { files: "x", documents: "alone" } }, "data.documents"],
  ])("%j is refused by its field", (changes, field) => {
    expect(() => recipeOf({ data: { files: "x" }, ...changes })).toThrow(
      expect.objectContaining({ code: "E_RECIPE", parameters: expect.objectContaining({ field }) }),
    );
  });

  it("documents alone can be estimated, too", async () => {
    const recipe = tiny({ data: { documents: "alone" } });
    expect((await estimateRun(recipe)).tokensPerStep).toBe(recipe.batch.rows * recipe.model.contextLength);
  });

  it("recipes are read from JavaScript and TypeScript", async () => {
    writeFileSync(join(folder, "recipe.mjs"), 'export default { data: { files: "x" }, seed: 3 };');
    writeFileSync(join(folder, "recipe.ts"), 'export default { data: { files: "x" as string }, seed: 4 } satisfies object;');
    expect((await readRecipe(join(folder, "recipe.mjs"))).seed).toBe(3);
    expect((await readRecipe(join(folder, "recipe.ts"))).seed).toBe(4);
  });
});

describe("data", () => {
  it("a part of a mixture that weighs more is read more often", async () => {
    writeFileSync(join(folder, "a.txt"), "a".repeat(4000));
    writeFileSync(join(folder, "b.csv"), `body\n${"b".repeat(40)}\n`.concat(`${"b".repeat(40)}\n`.repeat(99)));
    const files = [
      { files: join(folder, "a.txt"), weight: 1 },
      { files: join(folder, "b.csv"), weight: 9, column: "body" },
    ];
    const output = join(folder, "mixed");
    const recipe = tiny({ data: { files, check: false }, optimizer: { learningRate: 0.05, schedule: "constant", warmup: 0 } });
    await trainRun(recipe, { output });
    const facts = JSON.parse(readFileSync(join(output, "data", "shards.json"), "utf8")) as { train: { parts: { tokens: number; weight: number }[] } };
    expect(facts.train.parts.map(({ weight }) => weight)).toEqual([1, 9]);
    const { model, coder } = await openRun(output);
    const logits = noGrad(() => [...(model as Llama).forward(tensor(Int32Array.of(0), [1, 1])).dataSync()]);
    // The two letters, and the end of a line between the two files.
    expect([coder.size, logits.length]).toEqual([3, 3]);
  });

  it("duplicates and texts of tests among the training texts are told before the first step", async () => {
    const sentence =
      "The stone was washed before the ink was ground upon it, slowly and with little water, and the brush lay ready beside the paper while the rain fell outside the window.";
    const other = "Nobody knows how long the paper had been lying on the table by the window.";
    const rows = [sentence, sentence, sentence.replace("slowly", "gently"), other];
    writeFileSync(join(folder, "rows.jsonl"), rows.map((text) => JSON.stringify({ text })).join("\n"));
    writeFileSync(join(folder, "test.jsonl"), JSON.stringify({ text: other }));
    const output = join(folder, "checked");
    const found: unknown[] = [];
    const recipe = tiny({ data: { files: join(folder, "rows.jsonl"), tests: [join(folder, "test.jsonl")] } });
    await trainRun(recipe, { output, onData: ({ check }) => void found.push(check) });
    expect(found).toMatchObject([{ texts: 4, duplicates: 1, nearDuplicates: 1, leaks: 1, testTexts: 1 }]);
    expect(readFileSync(join(output, "report.md"), "utf8")).toContain("1 of 1 test text stands");
    expect(readFileSync(join(output, "report.html"), "utf8")).toContain("<svg");
  });
});

describe("a loss that jumps", () => {
  // The rate is far too high from the beginning: losses leave the measure behind.
  const wild = { optimizer: { learningRate: 30, schedule: "constant", warmup: 0, clip: 0, weightDecay: 0 }, budget: { steps: 60 } };
  const calm = { ...wild, optimizer: { ...wild.optimizer, learningRate: 1e-6 } };

  it("stops the run where the recipe says so, with its last checkpoint whole", async () => {
    const output = join(folder, "stopped");
    const spiky = tiny({ ...calm, evaluation: { spike: 0.5, onSpike: "stop" } });
    await expect(trainRun(spiky, { output })).rejects.toMatchObject({ code: "E_TRAINING_LOSS" });
    const last = await new RunFolder(output).open("checkpoints/last");
    expect(last?.checkpoint.step).toBeGreaterThan(0);
  });

  it.each([1, 2])("leaves the step out, all %i batches of it, and says so in the log", async (accumulate) => {
    const output = join(folder, `skipped-${accumulate}`);
    await trainRun(tiny({ ...calm, batch: { accumulate }, evaluation: { spike: 0.5, onSpike: "skip" } }), { output });
    const skipped = (await logOf(output)).filter(({ note }) => note === "skipped");
    expect(skipped.length).toBeGreaterThan(0);
    expect(skipped.every(({ gradientNorm }) => gradientNorm === undefined)).toBe(true);
  });

  it("leaves nothing of a batch that is no number in the sum of its step", async () => {
    const weight = tensor([2]).requireGrad();
    const task: TrainingTask = {
      name: "line",
      device: cpu(),
      precision: "f32",
      key: () => "",
      loss: ([x]) => ({ total: sum(multiply(x, weight)).reshape([1]), count: x.size }),
      train: () => undefined,
      trainableParameters: () => [weight],
      stateDict: () => new Map([["weight", weight]]),
    };
    const batches = [1, Number.NaN, 1, 3].map((value) => ({ rows: 1, columns: [valuesColumn("x", Float32Array.of(value), [1])] }));
    const source = { steps: 4, batches: () => batches };
    const loop = new TrainingLoop(task, source, { optimizer: new SGD({ learningRate: 0.5 }), accumulation: 2, acceptsNaN: true });
    const after: number[] = [];
    for await (const { updated } of loop.epoch(0)) if (updated) after.push(weight.dataSync()[0]);
    await loop.end();
    expect(after).toEqual([2, 1]);
  });

  it("goes back to the last checkpoint and on with other data, three times at most without a look between", async () => {
    const output = join(folder, "back");
    const spiky = tiny({ ...calm, evaluation: { every: 40, spike: 0.5, onSpike: "rollback" } });
    await expect(trainRun(spiky, { output })).rejects.toMatchObject({ code: "E_TRAINING_LOSS" });
    const last = await new RunFolder(output).open("checkpoints/last");
    expect(last?.checkpoint).toMatchObject({ attempt: 3 });
    expect((await logOf(output)).at(-1)?.step).toBeLessThanOrEqual(40);
  });
});

describe("a search", () => {
  it("tries a grid, goes on where it was stopped, writes a table and the best recipe", async () => {
    const output = join(folder, "search");
    const space = [{ field: "optimizer.learningRate", values: [0.0001, 0.01] }];
    const controller = new AbortController();
    const stopped = tune(tiny(), { output, space, method: "grid", signal: controller.signal, onTrial: () => controller.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "E_CANCELLED" });
    const before = readFileSync(join(output, "trials.jsonl"), "utf8");
    const found = await tune(tiny(), { output, space, method: "grid" });
    expect(readFileSync(join(output, "trials.jsonl"), "utf8").startsWith(before)).toBe(true);
    expect(found.trials.length).toBe(2);
    expect(found.best.values).toEqual({ "optimizer.learningRate": 0.01 });
    expect((await readRecipe(join(output, "best.toml"))).optimizer.learningRate).toBe(0.01);
    expect(existsSync(join(output, "table.md"))).toBe(true);
  });

  it("halves: the better third gets three times the steps", async () => {
    const space = [{ field: "optimizer.learningRate", from: 0.0001, to: 0.02, log: true }];
    const { trials } = await tune(tiny(), { output: join(folder, "halving"), space, method: "halving", trials: 3, firstSteps: 5 });
    expect(trials.map(({ steps }) => steps)).toEqual([5, 5, 5, 14]);
  });

  it("refuses fields that the recipe refuses, before the first trial", async () => {
    const asked = tune(tiny(), { output: join(folder, "none"), space: [{ field: "optimizer.rate", values: [1] }], method: "grid" });
    await expect(asked).rejects.toMatchObject({ code: "E_RECIPE" });
    expect(existsSync(join(folder, "none"))).toBe(false);
  });
});
