// The trainings and fine-tunings of the server, and those that are looked at: their logs grow while they go. Knows no components.
import { type Failure, failureOf, get, send } from "./http.ts";

export interface LogEntry {
  step: number;
  loss?: number;
  gradientNorm?: number;
  learningRate?: number;
  tokensPerSecond?: number;
  validationLoss?: number;
  bitsPerByte?: number;
  seconds?: number;
}
export interface RunStatus {
  name: string;
  kind: "train" | "finetune";
  state: "running" | "finished" | "stopped" | "failed";
  step: number;
  steps: number;
  loss?: number;
  validationLoss?: number;
  bitsPerByte?: number;
  tokensPerSecond?: number;
  seconds: number;
  updated: number;
  /** Of a fine-tuning: what is tuned, how, and what came of it. */
  model?: string;
  method?: string;
  result?: "adapter" | "model";
  why?: { en: string; zh: string };
}
export interface RunView extends RunStatus {
  recipe?: Record<string, unknown>;
  tuning?: Record<string, unknown>;
  log: LogEntry[];
  sample: string;
}

const at = (name: string) => `./v1/runs/${encodeURIComponent(name)}`;
const most = 6;

export class Trainings {
  list: RunStatus[] = $state.raw([]);
  serving = $state(true);
  asked = $state(false);
  failure: Failure | undefined = $state.raw();
  /** Those that are drawn. */
  shown: Record<string, RunView> = $state.raw({});
  busy: string | undefined = $state();
  readonly #kind: RunStatus["kind"] | undefined;

  /** `kind`: only those of one kind. */
  constructor(kind?: RunStatus["kind"]) {
    this.#kind = kind;
  }

  async refresh(signal?: AbortSignal): Promise<void> {
    await this.#try(async () => {
      const { runs: all, serving } = await get<{ runs: RunStatus[]; serving: boolean }>("./v1/runs", signal);
      const runs = all.filter(({ kind }) => this.#kind === undefined || kind === this.#kind);
      [this.list, this.serving, this.asked] = [runs, serving, true];
      if (Object.keys(this.shown).length === 0 && runs.length > 0) await this.show(runs[0].name);
      for (const { name, step, state } of runs) {
        const drawn = this.shown[name];
        if (drawn !== undefined && (drawn.step !== step || drawn.state !== state)) await this.show(name);
      }
    }, signal);
  }

  /** Draws a run, or what came to it since. */
  async show(name: string): Promise<void> {
    await this.#try(async () => {
      const before = this.shown[name];
      const since = before?.log.at(-1)?.step ?? -1;
      const now = await get<RunView>(`${at(name)}?since=${since}`);
      const kept = Object.fromEntries(Object.entries(this.shown).slice(-(most - 1)));
      this.shown = { ...kept, [name]: { ...now, log: [...(before?.log ?? []), ...now.log] } };
    });
  }

  hide(name: string): void {
    this.shown = Object.fromEntries(Object.entries(this.shown).filter(([one]) => one !== name));
  }

  async turn(name: string, what: "stop" | "resume"): Promise<void> {
    this.busy = name;
    await this.#try(() => send(`${at(name)}/${what}`, undefined, { method: "POST" }));
    this.busy = undefined;
    await this.refresh();
  }

  async #try(work: () => Promise<unknown>, signal?: AbortSignal): Promise<void> {
    try {
      await work();
      this.failure = undefined;
    } catch (error) {
      if (!signal?.aborted) this.failure = failureOf(error);
    }
  }
}

/** An exponential average; 0 leaves the values as they are. Values that are not there are left out. */
export function smoothed(values: readonly (number | undefined)[], strength: number): (number | undefined)[] {
  let mean: number | undefined;
  let weight = 0;
  return values.map((value) => {
    if (value === undefined) return undefined;
    mean = strength * (mean ?? 0) + (1 - strength) * value;
    weight = strength * weight + (1 - strength);
    return mean / weight;
  });
}
