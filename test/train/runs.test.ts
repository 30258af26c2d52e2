// Runs of training: whatever stops them, they go on to the bit; what they refuse; what they leave behind.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSafetensors } from "#formats";
import type { Tensor } from "#tensor";
import { estimateRun, exportRun, type LogEntry, openRun, type Recipe, RunFolder, readRecipe, recipeOf, tomlRecipe, trainRun } from "#train";
import { inkLines } from "../support/ink-lines.ts";
import { root } from "../support/processes.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "inkstone-runs-"));
  writeFileSync(join(folder, "text.txt"), inkLines(400));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tiny = (changes: Record<string, unknown> = {}): Recipe =>
  recipeOf({
    name: "tiny",
    data: { files: join(folder, "text.txt"), validation: 0.1 },
    model: { depth: 1, width: 16, heads: 2, contextLength: 16 },
    batch: { rows: 4 },
    budget: { steps: 24 },
    evaluation: { every: 10, batches: 2, sample: 8 },
    optimizer: { warmup: 4 },
    ...changes,
  });

// What training is: everything of the log but times.
const numbers = (log: readonly LogEntry[]) => log.map(({ seconds: _seconds, tokensPerSecond: _pace, megabytes: _memory, ...rest }) => rest);
const weightsOf = (path: string) => readFileSync(join(path, "checkpoints", "last", "model.safetensors")).toString("base64");

describe("a run that was stopped goes on as if it had not been", () => {
  it.each<[string, Record<string, unknown>]>([
    ["gpt2 with AdamW", {}],
    ["several batches a step, an average of the weights", { batch: { rows: 2, accumulate: 3 }, optimizer: { warmup: 4, average: 0.9 } }],
    ["Muon", { optimizer: { name: "muon", warmup: 2 } }],
    ["lstm", { model: { architecture: "lstm", depth: 2, width: 12, contextLength: 16 } }],
  ])("%s: every loss and the last weights", async (_what, changes) => {
    const recipe = tiny(changes);
    await trainRun(recipe, { output: join(folder, "whole") });
    const output = join(folder, "parts");
    for (const stopAt of [3, 10, 17]) {
      const controller = new AbortController();
      const onEntry = ({ step, loss }: LogEntry) => void (step === stopAt && loss !== undefined && controller.abort());
      await expect(trainRun(recipe, { output, resume: true, signal: controller.signal, onEntry })).rejects.toMatchObject({ code: "E_CANCELLED" });
    }
    await trainRun(recipe, { output, resume: true });
    expect(numbers(await new RunFolder(output).log())).toEqual(numbers(await new RunFolder(join(folder, "whole")).log()));
    expect(weightsOf(output)).toBe(weightsOf(join(folder, "whole")));
  });

  it("a longer budget goes on where a shorter one ended, the rest of a look first", async () => {
    const constant = { optimizer: { schedule: "constant", warmup: 0 } };
    await trainRun(tiny({ ...constant, budget: { steps: 25 } }), { output: join(folder, "whole") });
    await trainRun(tiny({ ...constant, budget: { steps: 13 } }), { output: join(folder, "grown") });
    await trainRun(tiny({ ...constant, budget: { steps: 25 } }), { output: join(folder, "grown"), resume: true });
    expect(weightsOf(join(folder, "grown"))).toBe(weightsOf(join(folder, "whole")));
  });

  it("killed at any time, in a process of its own", async () => {
    const recipe = tiny({ budget: { steps: 60 }, evaluation: { every: 5, batches: 1, sample: 0 } });
    writeFileSync(join(folder, "r.toml"), tomlRecipe(recipe));
    const run = (after: number | undefined, output: string): Promise<number | null> =>
      new Promise((done) => {
        const child = spawn(process.execPath, [join(root, "dist/cli/main.js"), "train", join(folder, "r.toml"), "--output", output, "--resume"]);
        let looks = 0;
        child.stderr.on("data", (text: Buffer) => {
          looks += text
            .toString()
            .split("\n")
            .filter((line) => /step|步/.test(line)).length;
          if (after !== undefined && looks >= after) child.kill("SIGKILL");
        });
        child.on("exit", done);
      });
    expect(await run(undefined, join(folder, "whole"))).toBe(0);
    const parts = join(folder, "parts");
    for (const after of [1, 2, 3]) await run(after, parts);
    expect(await run(undefined, parts)).toBe(0);
    expect(numbers(await new RunFolder(parts).log())).toEqual(numbers(await new RunFolder(join(folder, "whole")).log()));
    expect(weightsOf(parts)).toBe(weightsOf(join(folder, "whole")));
  });

  it("SIGTERM saves and exits 143", async () => {
    writeFileSync(join(folder, "r.toml"), tomlRecipe(tiny({ budget: { steps: 100_000 }, evaluation: { every: 50, batches: 1, sample: 0 } })));
    const child = spawn(process.execPath, [join(root, "dist/cli/main.js"), "train", join(folder, "r.toml"), "--output", join(folder, "run")]);
    const code = new Promise((done) => child.on("exit", done));
    child.stderr.once("data", () => child.kill("SIGTERM"));
    expect(await code).toBe(143);
    const opened = await new RunFolder(join(folder, "run")).open("checkpoints/last");
    expect(opened?.checkpoint.step).toBe((await new RunFolder(join(folder, "run")).log()).at(-1)?.step);
  });
});

describe("what a run refuses", () => {
  it("a folder with a run, a changed recipe (with the fields), a second trainer", async () => {
    const output = join(folder, "run");
    await trainRun(tiny({ budget: { steps: 2 } }), { output });
    await expect(trainRun(tiny(), { output })).rejects.toMatchObject({ code: "E_RUN_THERE" });
    const changed = trainRun(tiny({ seed: 5, optimizer: { learningRate: 0.5 } }), { output, resume: true });
    await expect(changed).rejects.toMatchObject({
      code: "E_RUN_CHANGED",
      message: expect.stringMatching(/seed: 0 -> 5.*optimizer\.learningRate: 0\.002 -> 0\.5/),
    });
    const controller = new AbortController();
    let begun: () => void = () => undefined;
    const under = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const first = trainRun(tiny({ budget: { steps: 50_000 } }), { output, resume: true, signal: controller.signal, onEntry: () => begun() });
    await under;
    const second = trainRun(tiny({ budget: { steps: 50_000 } }), { output, resume: true });
    await expect(second).rejects.toMatchObject({ code: "E_RUN_BUSY" });
    controller.abort();
    await expect(first).rejects.toMatchObject({ code: "E_CANCELLED" });
    expect(existsSync(join(output, ".lock"))).toBe(false);
  });

  it("other data than the checkpoint learned from, unless that is allowed; then the log says so", async () => {
    const output = join(folder, "run");
    await trainRun(tiny({ budget: { steps: 2 } }), { output });
    rmSync(join(output, "data"), { recursive: true });
    writeFileSync(join(folder, "text.txt"), "quite another text, with other letters: xyz.\n".repeat(40));
    const more = tiny({ budget: { steps: 4 } });
    await expect(trainRun(more, { output, resume: true })).rejects.toMatchObject({
      code: "E_RUN_CHANGED",
      message: expect.stringContaining("data: "),
    });
    rmSync(output, { recursive: true });
    await trainRun(tiny({ budget: { steps: 2 } }), { output });
    await trainRun(tiny({ seed: 3, budget: { steps: 4 } }), { output, resume: true, allowMismatch: true });
    const notes = (await new RunFolder(output).log()).flatMap(({ note }) => note ?? []);
    expect(notes).toEqual([expect.stringContaining("seed: 0 -> 3")]);
  });

  it.each([
    [{ data: { files: "x" }, bugdet: {} }, /bugdet.*did you mean "budget"/],
    [{ data: { files: "x" }, optimizer: { learning_rate: 1 } }, /optimizer: .*learning_rate.*did you mean "learningRate"/],
    [{ data: { files: "x" }, budget: { minuts: 1 } }, /did you mean "minutes"/],
    [{ data: { files: "x" }, model: { depth: 0 } }, /model\.depth/],
    [{}, /data/],
  ])("a recipe with %o", (plain, message) => {
    expect(() => recipeOf(plain)).toThrow(expect.objectContaining({ code: "E_RECIPE", message: expect.stringMatching(message) }));
  });

  it("data that is not there, and too little of it", async () => {
    await expect(trainRun(tiny({ data: { files: join(folder, "none") } }), { output: join(folder, "a") })).rejects.toMatchObject({
      code: "E_FORMAT_NO_FILE",
    });
    writeFileSync(join(folder, "short.txt"), "abc");
    await expect(trainRun(tiny({ data: { files: join(folder, "short.txt") } }), { output: join(folder, "b") })).rejects.toMatchObject({
      code: "E_DATA_SHORT",
    });
  });
});

describe("recipes", () => {
  it("are read from TOML, YAML and JSON, with changes", async () => {
    const plain = { data: { files: "texts" }, optimizer: { learningRate: 0.01 } };
    writeFileSync(join(folder, "r.toml"), tomlRecipe(recipeOf(plain)));
    writeFileSync(join(folder, "r.json"), JSON.stringify(plain));
    writeFileSync(join(folder, "r.yaml"), "data:\n  files: texts\noptimizer:\n  learningRate: 0.01\n");
    for (const file of ["r.toml", "r.json", "r.yaml"])
      expect(await readRecipe(join(folder, file), ["budget.steps=7", "name=other"])).toEqual(
        recipeOf({ ...plain, name: "other", budget: { steps: 7 } }),
      );
    writeFileSync(join(folder, "bad.toml"), "= 3");
    await expect(readRecipe(join(folder, "bad.toml"))).rejects.toMatchObject({ code: "E_RECIPE" });
  });
});

describe("what a run leaves", () => {
  it("shards, log, events, plot, card, samples; and a model that writes", async () => {
    const output = join(folder, "run");
    const run = await trainRun(tiny(), { output });
    const wanted = ["README.md", "checkpoints", "data", "loss.svg", "log.jsonl", "machine.json", "recipe.json", "samples.txt", "tokenizer.json"];
    expect(readdirSync(output)).toEqual(expect.arrayContaining(wanted));
    expect(readFileSync(join(output, "README.md"), "utf8")).toContain(run.parameters.toLocaleString("en-US"));
    expect(readFileSync(join(output, "loss.svg"), "utf8")).toMatch(/^<svg/);
    const opened = await openRun(output);
    expect(opened.coder.decode(opened.coder.encode("the 砚"))).toBe("the 砚");
    expect((await opened.write("the ", 5)).length).toBe(9);
    expect(await opened.write("the ", 5, { seed: 1 })).toBe(await opened.write("the ", 5, { seed: 1 }));
    expect(await opened.write("the ", 5, { seed: 1, temperature: 0 })).toBe(await opened.write("the ", 5, { seed: 2, temperature: 0 }));
    await expect(opened.write("the ", 5, { temperature: -1 })).rejects.toMatchObject({ code: "E_OPTION" });
  });

  it("the log says of each step the rate that it was made with, over a stop too", async () => {
    const output = join(folder, "run");
    const recipe = tiny({ optimizer: { learningRate: 0.01, warmup: 4, schedule: "constant" }, budget: { steps: 7 } });
    const controller = new AbortController();
    const onEntry = ({ step, loss }: LogEntry) => void (step === 2 && loss !== undefined && controller.abort());
    await expect(trainRun(recipe, { output, signal: controller.signal, onEntry })).rejects.toMatchObject({ code: "E_CANCELLED" });
    await trainRun(recipe, { output, resume: true });
    const rates = (await new RunFolder(output).log()).flatMap(({ learningRate }) => learningRate ?? []);
    expect(rates.map((rate) => Number(rate.toFixed(6)))).toEqual([0.0025, 0.004375, 0.00625, 0.008125, 0.01, 0.01, 0.01]);
  });

  it("a Hub directory has GPT-2's names and layout; an lstm has no such form", async () => {
    await trainRun(tiny({ budget: { steps: 2 } }), { output: join(folder, "run") });
    const run = await openRun(join(folder, "run"));
    await exportRun(run, join(folder, "hub"));
    const file = await openSafetensors(join(folder, "hub", "model.safetensors"));
    const values = (name: string) => file.values(name) as Float32Array;
    expect(file.tensors.get("transformer.h.0.attn.c_attn.weight")?.shape).toEqual([16, 48]);
    // Row i, column 16 + j of the joined matrix is row j, column i of the key's.
    const key = (run.model.stateDict().get("decoder.layers.0.attention.key.weight") as Tensor).dataSync();
    expect(values("transformer.h.0.attn.c_attn.weight")[3 * 48 + 16 + 5]).toBe(key[5 * 16 + 3]);
    expect([...values("transformer.h.0.ln_1.bias")]).toEqual(new Array(16).fill(0));
    file.close();
    expect(JSON.parse(readFileSync(join(folder, "hub", "config.json"), "utf8"))).toMatchObject({
      model_type: "gpt2",
      n_embd: 16,
      n_positions: 16,
      tie_word_embeddings: true,
    });
    await trainRun(tiny({ budget: { steps: 1 }, model: { architecture: "lstm", depth: 1, width: 8, contextLength: 16 } }), {
      output: join(folder, "lstm"),
    });
    await expect(exportRun(await openRun(join(folder, "lstm")), join(folder, "no"))).rejects.toMatchObject({
      code: "E_RUN_FOLDER",
      message: expect.stringContaining("runs sample"),
    });
  });

  it("one bit of a checkpoint is seen before it is gone on with", async () => {
    const output = join(folder, "run");
    await trainRun(tiny({ budget: { steps: 4 } }), { output });
    const file = join(output, "checkpoints", "last", "model.safetensors");
    const bytes = readFileSync(file);
    bytes[bytes.length - 2] ^= 4;
    writeFileSync(file, bytes);
    await expect(trainRun(tiny(), { output, resume: true })).rejects.toMatchObject({ code: "E_FORMAT_CHECKSUM" });
  });

  it("where the last checkpoint is damaged, the one before it is gone on with, and that is said", async () => {
    const [output, whole] = ["run", "whole"].map((name) => join(folder, name));
    await trainRun(tiny(), { output: whole });
    const controller = new AbortController();
    const onEntry = ({ step, loss }: LogEntry) => void (step === 22 && loss !== undefined && controller.abort());
    await expect(trainRun(tiny(), { output, signal: controller.signal, onEntry })).rejects.toMatchObject({ code: "E_CANCELLED" });
    const file = join(output, "checkpoints", "last", "optimizer.safetensors");
    writeFileSync(file, readFileSync(file).subarray(0, -100));
    await trainRun(tiny(), { output, resume: true });
    const log = await new RunFolder(output).log();
    expect(log.filter(({ note }) => note !== undefined)).toMatchObject([{ step: 20, note: expect.stringContaining("optimizer.safetensors") }]);
    expect(numbers(log.filter(({ note }) => note === undefined))).toEqual(numbers(await new RunFolder(whole).log()));
    expect(weightsOf(output)).toBe(weightsOf(whole));
  });

  it("by hash, whole documents are kept for validation, the same ones each time", async () => {
    const lines = Array.from({ length: 300 }, (_, i) => JSON.stringify({ text: `document ${i} ${"x".repeat(i % 7)}` }));
    writeFileSync(join(folder, "d.jsonl"), lines.join("\n"));
    const recipe = tiny({ data: { files: join(folder, "d.jsonl"), by: "hash", validation: 0.2 }, budget: { steps: 1 } });
    for (const name of ["a", "b"]) await trainRun(recipe, { output: join(folder, name) });
    const [a, b] = ["a", "b"].map((name) => readFileSync(join(folder, name, "data", "shards.json"), "utf8"));
    expect(a).toBe(b);
    const { train, validation } = JSON.parse(a);
    expect(validation.tokens / (train.tokens + validation.tokens)).toBeGreaterThan(0.1);
    expect(validation.tokens / (train.tokens + validation.tokens)).toBeLessThan(0.3);
  });

  it("an estimate writes nothing", async () => {
    const before = readdirSync(folder);
    const found = await estimateRun(tiny());
    expect(found.tokensPerStep).toBe(64);
    expect(found.seconds).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual(before);
  });
});
