// The runs of a folder: what each of them is and where it stands; trainings that this server began, a process each. Knows no HTTP.
import { type ChildProcess, fork } from "node:child_process";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InkstoneError } from "../../core/index.ts";
import { writeFileDurably } from "../../formats/index.ts";
import { type LogEntry, type Recipe, RunFolder, recipeOf, runFiles } from "../../train/index.ts";
import { refuseForeignFiles } from "./readable.ts";
import type { ToldError } from "./told.ts";

/** Where a run stands. */
export type RunStanding = "running" | "finished" | "stopped" | "failed";

/** A run in short. */
export interface RunStatus {
  readonly name: string;
  readonly state: RunStanding;
  /** Steps that were made, and those of the recipe. */
  readonly step: number;
  readonly steps: number;
  readonly loss?: number;
  readonly validationLoss?: number;
  readonly bitsPerByte?: number;
  readonly tokensPerSecond?: number;
  /** Of training, over all its parts. */
  readonly seconds: number;
  /** Milliseconds since 1970 of the last step. */
  readonly updated: number;
  /** Why it failed. */
  readonly why?: ToldError;
}

/** A run as it is looked at: its recipe, its log from a step on, its newest sample. */
export interface RunView extends RunStatus {
  readonly recipe: Recipe;
  readonly log: readonly LogEntry[];
  readonly sample: string;
}

/** What a training learns from: a text that came with it, and folders whose files it may name. */
export interface RunSource {
  readonly text?: string;
  readonly folders: readonly string[];
}

/** A run that was written to so many milliseconds ago is being trained, by whomever. */
const FRESH_MS = 20_000;
/** Most entries of a log that are told at once; longer ones are thinned, looks at validation data never. */
const mostEntries = 2000;
const namePattern = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u;

/** The runs of a folder. */
export class Runs {
  readonly folder: string;
  readonly #going = new Map<string, ChildProcess>();
  readonly #failed = new Map<string, ToldError>();
  // Of those that this server began it knows when they end, and need not guess.
  readonly #wasOurs = new Set<string>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Every run, the newest first. */
  async list(): Promise<RunStatus[]> {
    const names = await readdir(this.folder, { withFileTypes: true }).catch(() => []);
    const all = await Promise.all(names.filter((entry) => entry.isDirectory()).map(({ name }) => this.#status(name).catch(() => undefined)));
    return all.filter((one) => one !== undefined).sort((a, b) => b.updated - a.updated);
  }

  /** A run, with its log behind a step. Errors: E_RECORD_UNKNOWN. */
  async show(name: string, since: number = -1): Promise<RunView> {
    const folder = this.#folder(name);
    const recipe = await folder.recipe().catch(() => undefined);
    if (recipe === undefined) throw new InkstoneError("E_RECORD_UNKNOWN", { kind: { en: "run", zh: "运行" }, id: name.slice(0, 100) });
    const log = await folder.log();
    const sample = await readFile(folder.at(runFiles.samples), "utf8").catch(() => "");
    return {
      ...(await this.#standing(name, recipe, log)),
      recipe,
      log: thinned(log.filter(({ step }) => step > since)),
      sample: sample.slice(-20_000),
    };
  }

  /** Begins a training in a process of its own. Errors: E_OPTION for a file outside of the folders; E_RECIPE, E_RUN_THERE, E_RUN_BUSY, E_OPTION for a name that can be no folder's. */
  async start(name: string, plain: unknown, { text, folders }: RunSource): Promise<RunStatus> {
    const folder = this.#folder(name);
    if ((await folder.recipe().catch(() => undefined)) !== undefined) throw new InkstoneError("E_RUN_THERE", { run: name });
    const given = typeof plain === "object" && plain !== null ? { ...plain, name } : plain;
    const file = folder.at("input.txt");
    const data = text === undefined ? {} : { data: { ...((given as { data?: object }).data ?? {}), files: file } };
    const recipe = recipeOf({ ...(given as object), ...data }); // before anything is written
    await refuseForeignFiles(text === undefined ? recipe : { ...recipe, data: { ...recipe.data, files: [] } }, folders);
    await mkdir(folder.path, { recursive: true });
    if (text === undefined) return this.#begin(name, recipe, false);
    await writeFileDurably(file, text);
    return this.#begin(name, recipe, false);
  }

  /** Goes on with a run that was stopped. Errors: E_RECORD_UNKNOWN, E_RUN_BUSY. */
  async resume(name: string): Promise<RunStatus> {
    const { recipe } = await this.show(name);
    return this.#begin(name, recipe, true);
  }

  /** Ends a training that this server began; it saves first. Errors: E_RUN_BUSY for one that somebody else trains. */
  async stop(name: string): Promise<RunStatus> {
    const child = this.#going.get(name);
    if (child === undefined) {
      const { state } = await this.show(name);
      if (state === "running") throw new InkstoneError("E_RUN_BUSY", { run: name, pid: await this.#folder(name).holder() });
    } else {
      const gone = new Promise((done) => child.once("exit", done));
      child.send({ stop: true });
      await gone;
    }
    return this.#status(name) as Promise<RunStatus>;
  }

  /** Stops what this server began, each saved. */
  async close(): Promise<void> {
    await Promise.all([...this.#going.keys()].map((name) => this.stop(name).catch(() => undefined)));
  }

  #folder(name: string): RunFolder {
    if (!namePattern.test(name))
      throw new InkstoneError("E_OPTION", {
        option: "name",
        value: name.slice(0, 100),
        allowed: { en: "letters, digits, dots and hyphens, up to 64", zh: "字母、数字、点与连字符，最多 64 个字符" },
      });
    return new RunFolder(join(this.folder, name));
  }

  async #begin(name: string, recipe: Recipe, resume: boolean): Promise<RunStatus> {
    if (this.#going.has(name)) throw new InkstoneError("E_RUN_BUSY", { run: name, pid: await this.#folder(name).holder() });
    const child = fork(fileURLToPath(new URL("./run-process.js", import.meta.url)), [], {
      execArgv: [],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#going.set(name, child);
    this.#failed.delete(name);
    const begun = new Promise<void>((done, fail) => {
      child.on("message", (message: { alive?: true; ended?: string; why?: ToldError }) => {
        if (message.ended === "failed" && message.why !== undefined) this.#failed.set(name, message.why);
        done();
      });
      child.once("error", fail);
      child.once("exit", () => {
        this.#going.delete(name);
        done();
      });
    });
    child.send({ recipe, output: this.#folder(name).path, resume });
    // What is wrong with the data is known before the first step; the first step itself may take a while.
    await Promise.race([begun, new Promise((done) => setTimeout(done, 3000).unref())]);
    return (
      (await this.#status(name)) ?? {
        name,
        state: this.#failed.has(name) ? "failed" : "running",
        step: 0,
        steps: recipe.budget.steps,
        seconds: 0,
        updated: Date.now(),
        why: this.#failed.get(name),
      }
    );
  }

  async #status(name: string): Promise<RunStatus | undefined> {
    const folder = this.#folder(name);
    const recipe = await folder.recipe().catch(() => undefined);
    return recipe === undefined ? undefined : this.#standing(name, recipe, await folder.log());
  }

  async #standing(name: string, recipe: Recipe, log: readonly LogEntry[]): Promise<RunStatus> {
    const folder = this.#folder(name);
    const [at, finished] = await Promise.all([
      stat(folder.at(runFiles.log)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
      readFile(join(folder.at(runFiles.last), "state.json"), "utf8").then(
        (text) => (JSON.parse(text) as { finished?: boolean }).finished === true,
        () => false,
      ),
    ]);
    const why = this.#failed.get(name);
    const going = this.#going.has(name) || (!finished && why === undefined && Date.now() - at < FRESH_MS && !this.#wasOurs.has(name));
    if (this.#going.has(name)) this.#wasOurs.add(name);
    const last = log.findLast(({ loss }) => loss !== undefined);
    const looked = log.findLast(({ validationLoss }) => validationLoss !== undefined);
    return {
      name,
      state: going ? "running" : finished ? "finished" : why === undefined ? "stopped" : "failed",
      step: log.at(-1)?.step ?? 0,
      steps: recipe.budget.steps,
      loss: last?.loss,
      validationLoss: looked?.validationLoss,
      bitsPerByte: looked?.bitsPerByte,
      tokensPerSecond: last?.tokensPerSecond,
      seconds: log.findLast(({ seconds }) => seconds !== undefined)?.seconds ?? 0,
      updated: at,
      why,
    };
  }
}

function thinned(log: readonly LogEntry[]): LogEntry[] {
  if (log.length <= mostEntries) return [...log];
  const every = Math.ceil(log.length / mostEntries);
  return log.filter(({ validationLoss }, i) => validationLoss !== undefined || i % every === 0 || i === log.length - 1);
}
