// Several processes train one model: the losses of one process with all of their rows; a rank that dies ends them all, and the run goes on, on any number of ranks.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cpu } from "#tensor";
import { type LogEntry, openWorld, type Recipe, RunFolder, ranksOf, recipeOf, tomlRecipe, trainRun } from "#train";
import { inkLines } from "../support/ink-lines.ts";
import { root } from "../support/processes.ts";
import { ranksHere } from "../support/ranks.ts";
import { until } from "../support/until.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "inkstone-ranks-"));
  writeFileSync(join(folder, "text.txt"), inkLines(400));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tiny = (changes: Record<string, unknown> = {}): Recipe =>
  recipeOf({
    name: "tiny",
    data: { files: join(folder, "text.txt"), validation: 0.1, check: false },
    model: { depth: 1, width: 16, heads: 2, contextLength: 16 },
    batch: { rows: 4 },
    budget: { steps: 50 },
    evaluation: { every: 25, batches: 0, sample: 0 },
    optimizer: { warmup: 4 },
    ...changes,
  });

const lossesOf = async (output: string) => (await new RunFolder(output).log()).flatMap(({ loss }) => loss ?? []);
const looksOf = async (output: string) => (await new RunFolder(output).log()).flatMap(({ validationLoss }) => validationLoss ?? []);
const widest = (a: readonly number[], b: readonly number[]) => Math.max(...a.map((value, i) => Math.abs(value - b[i])));
const trainTogether = (size: number, recipe: Recipe, output: string, more: { readonly resume?: boolean } = {}) =>
  Promise.all(ranksHere(size).map((world) => trainRun(recipe, { output, world, ...more })));

describe("ranks that train together", () => {
  it.each<[string, Record<string, unknown>]>([
    ["gpt2 with AdamW", {}],
    ["Muon, an average of the weights", { optimizer: { name: "muon", warmup: 4, average: 0.9 } }],
    [
      "bert, whose places are hidden by number",
      { model: { architecture: "bert", depth: 1, width: 16, heads: 2, contextLength: 16 }, tokenizer: { train: { kind: "wordpiece", size: 200 } } },
    ],
  ])("two have the losses of one with twice the rows, for 50 steps: %s", async (_what, changes) => {
    const output = join(folder, "two");
    await trainTogether(2, tiny(changes), output);
    await trainRun(tiny({ ...changes, batch: { rows: 8 } }), { output: join(folder, "one") });
    const [two, one] = [await lossesOf(output), await lossesOf(join(folder, "one"))];
    expect(two.length).toBe(50);
    expect(widest(two, one)).toBeLessThan(1e-6);
    expect(widest(await looksOf(output), await looksOf(join(folder, "one")))).toBeLessThan(1e-6);
  });

  it("three have the losses of one with three times the rows", async () => {
    await trainTogether(3, tiny(), join(folder, "three"));
    await trainRun(tiny({ batch: { rows: 12 } }), { output: join(folder, "one") });
    expect(widest(await lossesOf(join(folder, "three")), await lossesOf(join(folder, "one")))).toBeLessThan(1e-6);
  });

  it("a run goes on to the bit on as many ranks, and on another number of them, which it says", async () => {
    const constant = { optimizer: { schedule: "constant", warmup: 0 }, evaluation: { every: 10, batches: 0, sample: 0 } };
    const recipe = (steps: number) => tiny({ ...constant, budget: { steps } });
    await trainTogether(2, recipe(20), join(folder, "whole"));
    await trainTogether(2, recipe(10), join(folder, "parts"));
    await trainTogether(2, recipe(20), join(folder, "parts"), { resume: true });
    expect(await lossesOf(join(folder, "parts"))).toEqual(await lossesOf(join(folder, "whole")));
    await trainTogether(1, recipe(30), join(folder, "parts"), { resume: true });
    const log = await new RunFolder(join(folder, "parts")).log();
    expect(log.at(-1)?.step).toBe(30);
    expect(log.find(({ note }) => note?.includes("1 process in place of 2"))?.step).toBe(20);
  });

  it("what the first one cannot begin is told by it, and ends the others", async () => {
    const ended = await Promise.allSettled(
      ranksHere(2).map((world) => trainRun(tiny({ data: { files: join(folder, "nothing.txt") } }), { output: join(folder, "run"), world })),
    );
    expect(ended.map((one) => (one as PromiseRejectedResult).reason.code)).toEqual(["E_FORMAT_NO_FILE", "E_RANKS_FIRST"]);
  });

  it("a step whose loss is a spike is left out by all, where one process leaves it out", async () => {
    const spiky = { budget: { steps: 40 }, evaluation: { every: 20, batches: 0, sample: 0, spike: 0.95, onSpike: "skip" } };
    await trainTogether(2, tiny(spiky), join(folder, "two"));
    await trainRun(tiny({ ...spiky, batch: { rows: 8 } }), { output: join(folder, "one") });
    const skipped = async (output: string) => (await new RunFolder(output).log()).flatMap(({ step, note }) => (note === "skipped" ? step : []));
    expect((await skipped(join(folder, "two"))).length).toBeGreaterThan(0);
    expect(await skipped(join(folder, "two"))).toEqual(await skipped(join(folder, "one")));
    expect(widest(await lossesOf(join(folder, "two")), await lossesOf(join(folder, "one")))).toBeLessThan(1e-6);
  });

  it("a loss that is not finite ends all of them with the same error", async () => {
    const recipe = tiny({ optimizer: { learningRate: 1e30, warmup: 0, clip: 0 }, budget: { steps: 8 } });
    const ended = await Promise.allSettled(ranksHere(2).map((world) => trainRun(recipe, { output: join(folder, "run"), world })));
    const codes = ended.map((one) => (one as PromiseRejectedResult).reason?.code);
    expect(codes[0]).toMatch(/^E_TRAINING_LOSS$|^E_STEP$/);
    expect(codes[1]).toBe(codes[0]);
  });
});

describe("the processes of a launcher", () => {
  it("are as many as it says, and one where there is none", async () => {
    expect(ranksOf({})).toBe(1);
    expect(ranksOf({ OMPI_COMM_WORLD_SIZE: "4" })).toBe(4);
    expect(ranksOf({ PMIX_RANK: "0", SLURM_NTASKS: "3" })).toBe(3);
    expect(ranksOf({ SLURM_NTASKS: "3" })).toBe(1);
    expect(await openWorld({}, { executor: cpu().executor })).toBeUndefined();
  });

  it.runIf(cpu().executor.name === "native")("need the library: without it the error says which", async () => {
    const opened = openWorld({ OMPI_COMM_WORLD_SIZE: "2", INKSTONE_MPI: "no-such-library.so" }, { executor: cpu().executor });
    await expect(opened).rejects.toMatchObject({ code: "E_RANKS", message: expect.stringContaining("no-such-library.so") });
  });
});

const mpirun = spawnSync("mpirun", ["--version"]).status === 0;

// Starts `mpirun -n RANKS inkstone train …`; on a machine with few cores, as any user, too.
function launch(ranks: number, args: readonly string[], onText: (text: string) => void = () => {}) {
  const command = [
    "--allow-run-as-root",
    "--oversubscribe",
    "--bind-to",
    "none",
    "-n",
    String(ranks),
    process.execPath,
    join(root, "dist/cli/main.js"),
    "train",
  ];
  const child = spawn("mpirun", [...command, ...args], { env: { ...process.env, INKSTONE_THREADS: "1" } });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (bytes: Buffer) => {
      text += bytes;
      onText(text);
    });
  return new Promise<{ code: number | null; text: string }>((done) => child.on("exit", (code) => done({ code, text })));
}

// Processes of this machine whose command holds a text, other than mpirun.
function processesWith(text: string): number[] {
  const { stdout } = spawnSync("pgrep", ["-f", `dist/cli/main.js train .*${text}`]);
  return String(stdout)
    .split("\n")
    .filter(Boolean)
    .map(Number)
    .filter((pid) => readCommand(pid).startsWith(process.execPath));
}
function readCommand(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

describe.runIf(mpirun && cpu().executor.name === "native")("mpirun of Open MPI", () => {
  const written = (changes: Record<string, unknown> = {}, name = "recipe"): string => {
    const path = join(folder, `${name}.toml`);
    writeFileSync(path, tomlRecipe(tiny(changes)));
    return path;
  };

  it("two processes have the losses of one with twice the rows, and one of them tells", async () => {
    const recipe = written();
    const { code, text } = await launch(2, [recipe, "--output", join(folder, "two")]);
    expect(text.match(/step 50: validation/g), text).toHaveLength(1);
    expect(code).toBe(0);
    await trainRun(tiny({ batch: { rows: 8 } }), { output: join(folder, "one") });
    expect(widest(await lossesOf(join(folder, "two")), await lossesOf(join(folder, "one")))).toBeLessThan(1e-6);
    expect(JSON.parse(readFileSync(join(folder, "two/machine.json"), "utf8")).processes).toBe(2);
  });

  it("a rank that is killed ends all, with one error, and the run goes on from its checkpoint", async () => {
    const recipe = written({ budget: { steps: 100_000 }, evaluation: { every: 5, batches: 1, sample: 0 } });
    const output = join(folder, "killed");
    let killed = 0;
    const ended = await launch(2, [recipe, "--output", output], (text) => {
      if (killed > 0 || !text.includes("step 10: validation")) return;
      killed = performance.now();
      process.kill(processesWith(output)[1], "SIGKILL");
    });
    expect(performance.now() - killed).toBeLessThan(10_000);
    expect(ended.code).not.toBe(0);
    expect(ended.text.match(/exited on signal 9|inkstone: E_/g), ended.text).toHaveLength(1);
    await until(() => processesWith(output).length === 0);
    const before = JSON.parse(readFileSync(join(output, "checkpoints/last/state.json"), "utf8")).step;
    expect(before).toBeGreaterThanOrEqual(5);
    const { code } = await launch(2, [recipe, "--output", output, "--resume", "--set", `budget.steps=${before + 5}`]);
    expect(code).toBe(0);
    expect((await new RunFolder(output).log()).at(-1)).toMatchObject({ step: before + 5 } satisfies Partial<LogEntry>);
  });

  it("an error of all is told once", async () => {
    const { code, text } = await launch(2, [join(folder, "no-recipe.toml"), "--output", join(folder, "run")]);
    expect(code).not.toBe(0);
    expect(text.match(/inkstone: E_/g), text).toHaveLength(1);
  });
});
