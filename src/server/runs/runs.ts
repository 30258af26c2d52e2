// The runs of a folder: what each of them is and where it stands; trainings and fine-tunings that this server began, a process each. Knows no HTTP.
import type { ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { writeFileDurably } from "../../formats/index.ts";
import { type FinetuneForecast, finetuneSettings, type LogEntry, RunFolder, recipeOf, runFiles } from "../../train/index.ts";
import { childProcess } from "./child.ts";
import type { Asked, Told, TuneAsked } from "./messages.ts";
import { refuseForeignFiles } from "./readable.ts";
import { type KeptTuning, type RunFacts, resultOf, runFacts, settingsAgain } from "./run-facts.ts";
import type { ToldError } from "./told.ts";

/** Where a run stands. */
export type RunStanding = "running" | "finished" | "stopped" | "failed";

/** A run in short. */
export interface RunStatus {
  readonly name: string;
  /** A training by a recipe, or a fine-tuning. */
  readonly kind: RunFacts["kind"];
  readonly state: RunStanding;
  /** Steps that were made, and those that are planned; 0 where that is not known yet. */
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
  /** Of a fine-tuning: what is tuned, how, and what came of it. */
  readonly model?: string;
  readonly method?: string;
  readonly result?: "adapter" | "model";
  /** Why it failed. */
  readonly why?: ToldError;
}

/** A run as it is looked at: what it is, its log from a step on, its newest sample. */
export type RunView = RunStatus & { readonly log: readonly LogEntry[]; readonly sample: string } & Partial<
    Pick<Extract<RunFacts, { kind: "train" }>, "recipe"> & Pick<Extract<RunFacts, { kind: "finetune" }>, "tuning" | "plan">
  >;

/** Data that comes with a request: a text, and what its file is called (its ending says what rows are in it). */
export interface GivenData {
  readonly text: string;
  readonly file: string;
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
  // Names whose data are being written.
  readonly #given = new Set<string>();
  readonly #failed = new Map<string, ToldError>();
  // Those that were begun here: what is known of them before they write anything, and where they fail before that.
  readonly #begun = new Map<string, RunStatus>();
  // Of those that this server began it knows when they end, and need not guess.
  readonly #wasOurs = new Set<string>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Every run, the newest first. */
  async list(): Promise<RunStatus[]> {
    const entries = await readdir(this.folder, { withFileTypes: true }).catch(() => []);
    const all = await Promise.all(entries.filter((entry) => entry.isDirectory()).map(({ name }) => this.#status(name).catch(() => undefined)));
    const written = all.filter((one) => one !== undefined);
    const names = new Set(written.map(({ name }) => name));
    const others = [...this.#begun.keys()].filter((name) => !names.has(name)).map((name) => this.#unborn(name));
    return [...written, ...others].sort((a, b) => b.updated - a.updated);
  }

  /** A run, with its log behind a step. Errors: E_RECORD_UNKNOWN. */
  async show(name: string, since: number = -1): Promise<RunView> {
    const folder = this.#folder(name);
    if (this.#begun.has(name) && (await runFacts(folder)) === undefined) return { ...this.#unborn(name), log: [], sample: "" };
    const facts = await this.#facts(name);
    const log = await folder.log();
    const sample = await readFile(folder.at(runFiles.samples), "utf8").catch(() => "");
    const { kind: _kind, steps: _steps, ...more } = facts;
    return {
      ...(await this.#standing(name, facts, log)),
      ...more,
      log: thinned(log.filter(({ step }) => step > since)),
      sample: sample.slice(-20_000),
    };
  }

  /** The folder of a run that is there. Errors: E_RECORD_UNKNOWN. */
  async path(name: string): Promise<string> {
    await this.#facts(name);
    return this.#folder(name).path;
  }

  /** Begins a training in a process of its own. Errors: E_OPTION for a file outside of the folders; E_RECIPE, E_RUN_THERE, E_RUN_BUSY, E_OPTION for a name that can be no folder's. */
  start(name: string, plain: unknown, { text, folders }: RunSource): Promise<RunStatus> {
    return this.#inRoom(name, async (folder) => {
      const given = typeof plain === "object" && plain !== null ? { ...plain, name } : plain;
      const file = folder.at("input.txt");
      const data = { ...((given as { data?: object } | null)?.data ?? {}), files: file };
      const recipe = recipeOf(text === undefined ? given : { ...(given as object), data }); // before anything is written
      await refuseForeignFiles(text === undefined ? recipe : { ...recipe, data: { ...recipe.data, files: [] } }, folders);
      await mkdir(folder.path, { recursive: true });
      if (text !== undefined) await writeFileDurably(file, text);
      return this.#begin(name, { kind: "train", recipe, output: folder.path, resume: false });
    });
  }

  /** Begins a fine-tuning. Errors: E_OPTION, E_RUN_THERE, E_RUN_BUSY. */
  tune(name: string, { model, settings }: TuneAsked, { text, file }: GivenData): Promise<RunStatus> {
    return this.#inRoom(name, async (folder) => {
      finetuneSettings(settings); // before anything is written
      const data = folder.at(file);
      await mkdir(folder.path, { recursive: true });
      await writeFileDurably(data, text);
      return this.#begin(name, { kind: "finetune", model, settings, data, output: folder.path, resume: false });
    });
  }

  /** What a fine-tuning would find in its data, and cost; nothing is kept. Errors: those of `forecastFinetune`; the signal's reason. */
  async forecast({ model, settings }: TuneAsked, { text, file }: GivenData, signal: AbortSignal): Promise<FinetuneForecast> {
    finetuneSettings(settings);
    const room = await mkdtemp(join(tmpdir(), "inkstone-forecast-"));
    try {
      const data = join(room, file);
      await writeFileDurably(data, text);
      const child = runProcess();
      const leave = (): void => void child.kill();
      signal.addEventListener("abort", leave, { once: true });
      const told = new Promise<Told>((done, fail) => {
        child.on("message", (message: Told) => message.ended !== undefined && done(message));
        child.once("error", fail);
        child.once("exit", () => done({ ended: "stopped" }));
      });
      child.send({ kind: "forecast", model, settings, data } satisfies Asked);
      const { result, error } = await told.finally(() => signal.removeEventListener("abort", leave));
      signal.throwIfAborted();
      if (error !== undefined) throw InkstoneError.from(error);
      if (result === undefined) throw new InkstoneError("E_CANCELLED", { what: { en: "the forecast", zh: "预估" } });
      return result;
    } finally {
      await rm(room, { recursive: true, force: true });
    }
  }

  /** Goes on with a run that was stopped. Errors: E_RECORD_UNKNOWN, E_RUN_BUSY. */
  async resume(name: string): Promise<RunStatus> {
    const facts = await this.#facts(name);
    const output = this.#folder(name).path;
    if (facts.kind === "train") return this.#begin(name, { kind: "train", recipe: facts.recipe, output, resume: true });
    const { model, data, settings }: KeptTuning = facts.tuning;
    return this.#begin(name, { kind: "finetune", model, data, settings: settingsAgain(settings), output, resume: true });
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
    return (await this.#status(name)) ?? this.#unborn(name);
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

  // A folder in which no run is, and for which nobody else writes meanwhile. Errors: E_RUN_THERE.
  async #inRoom<T>(name: string, make: (folder: RunFolder) => Promise<T>): Promise<T> {
    const folder = this.#folder(name);
    if (this.#given.has(name) || this.#going.has(name)) throw new InkstoneError("E_RUN_THERE", { run: name });
    this.#given.add(name);
    try {
      if ((await runFacts(folder)) !== undefined) throw new InkstoneError("E_RUN_THERE", { run: name });
      return await make(folder);
    } finally {
      this.#given.delete(name);
    }
  }

  async #facts(name: string): Promise<RunFacts> {
    const facts = await runFacts(this.#folder(name));
    if (facts === undefined) throw new InkstoneError("E_RECORD_UNKNOWN", { kind: { en: "run", zh: "运行" }, id: name.slice(0, 100) });
    return facts;
  }

  async #begin(name: string, asked: Exclude<Asked, { kind: "forecast" }>): Promise<RunStatus> {
    if (this.#going.has(name)) throw new InkstoneError("E_RUN_BUSY", { run: name, pid: await this.#folder(name).holder() });
    const child = runProcess();
    this.#going.set(name, child);
    this.#failed.delete(name);
    const tuned = asked.kind === "finetune" ? { model: asked.model, method: asked.settings.method ?? "lora" } : {};
    this.#begun.set(name, { name, kind: asked.kind, state: "running", step: 0, steps: 0, seconds: 0, updated: Date.now(), ...tuned });
    const begun = new Promise<void>((done, fail) => {
      child.on("message", (message: Told) => {
        if (message.why !== undefined) this.#failed.set(name, message.why);
        done();
      });
      child.once("error", fail);
      child.once("exit", () => {
        this.#going.delete(name);
        done();
      });
    });
    child.send(asked);
    // What is wrong with the data is known before the first step; the first step itself may take a while.
    await Promise.race([begun, new Promise((done) => setTimeout(done, 3000).unref())]);
    return (await this.#status(name)) ?? this.#unborn(name);
  }

  // Of a run that has written nothing yet.
  #unborn(name: string): RunStatus {
    const begun: RunStatus = this.#begun.get(name) ?? { name, kind: "train", state: "stopped", step: 0, steps: 0, seconds: 0, updated: Date.now() };
    const why = this.#failed.get(name);
    return { ...begun, state: this.#going.has(name) ? "running" : why === undefined ? "stopped" : "failed", why };
  }

  async #status(name: string): Promise<RunStatus | undefined> {
    const folder = this.#folder(name);
    const facts = await runFacts(folder);
    return facts === undefined ? undefined : this.#standing(name, facts, await folder.log());
  }

  async #standing(name: string, facts: RunFacts, log: readonly LogEntry[]): Promise<RunStatus> {
    const folder = this.#folder(name);
    const [at, saved] = await Promise.all([
      stat(folder.at(runFiles.log)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
      readFile(join(folder.at(runFiles.last), "state.json"), "utf8").then(
        (text) => (JSON.parse(text) as { finished?: boolean }).finished === true,
        () => false,
      ),
    ]);
    const result = facts.kind === "finetune" && saved ? await resultOf(folder) : undefined;
    // What was tuned is written behind the last step.
    const finished = saved && (facts.kind === "train" || result !== undefined);
    const why = this.#failed.get(name);
    const going = this.#going.has(name) || (!finished && why === undefined && Date.now() - at < FRESH_MS && !this.#wasOurs.has(name));
    if (this.#going.has(name)) this.#wasOurs.add(name);
    const last = log.findLast(({ loss }) => loss !== undefined);
    const looked = log.findLast(({ validationLoss }) => validationLoss !== undefined);
    return {
      name,
      kind: facts.kind,
      state: going ? "running" : finished ? "finished" : why === undefined ? "stopped" : "failed",
      step: log.at(-1)?.step ?? 0,
      steps: facts.steps,
      loss: last?.loss,
      validationLoss: looked?.validationLoss,
      bitsPerByte: looked?.bitsPerByte,
      tokensPerSecond: last?.tokensPerSecond,
      seconds: log.findLast(({ seconds }) => seconds !== undefined)?.seconds ?? 0,
      updated: at,
      why,
      ...(facts.kind === "finetune" ? { model: facts.tuning.model, method: facts.tuning.settings.method, result } : {}),
    };
  }
}

const runProcess = (): ChildProcess => childProcess(new URL("./run-process.js", import.meta.url));

function thinned(log: readonly LogEntry[]): LogEntry[] {
  if (log.length <= mostEntries) return [...log];
  const every = Math.ceil(log.length / mostEntries);
  return log.filter(({ validationLoss }, i) => validationLoss !== undefined || i % every === 0 || i === log.length - 1);
}
