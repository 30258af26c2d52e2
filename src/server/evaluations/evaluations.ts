// Evaluations of served language models: begun, watched, stopped, kept by their owner, compared. Knows no HTTP.
import { randomBytes } from "node:crypto";
import { InkstoneError } from "../../core/index.ts";
import { evaluateLanguageModel, evaluationTask, type LanguageEvaluation, type LanguageEvaluationOptions } from "../../evaluate/index.ts";
import type { TextGenerator } from "../../generate/index.ts";
import type { Records, Store } from "../../store/index.ts";
import { describeError, knownError, type ToldError } from "../runs/told.ts";

/** What is to be measured. */
export interface EvaluationWish extends Pick<LanguageEvaluationOptions, "limit" | "fewShot" | "seed" | "chat" | "adapter"> {
  readonly model: string;
  readonly tasks: readonly string[];
}

/** Where an evaluation stands, and what came of it. Times in milliseconds since 1970. */
export interface EvaluationStatus {
  readonly id: string;
  readonly state: "running" | "finished" | "stopped" | "failed";
  readonly wish: EvaluationWish;
  readonly created: number;
  /** Of the task that is going on: questions answered, and all. */
  readonly progress?: { readonly task: string; readonly done: number; readonly total: number };
  readonly evaluation?: LanguageEvaluation;
  readonly why?: ToldError;
}

/** Reports that are kept of one owner; the oldest go. */
const MOST_KEPT = 200;
/** Questions asked at once: the chat has room beside them. */
const AT_ONCE = 4;
/** Evaluations of one owner that go on side by side. */
const MOST_GOING = 2;

interface Going {
  readonly owner: string;
  readonly stop: AbortController;
  status: EvaluationStatus;
  readonly over: Promise<void>;
}

/** All of a server. Reports are in the store where there is one, else they last as long as the server. */
export class Evaluations {
  readonly #going = new Map<string, Going>();
  readonly #records: Records<EvaluationStatus> | undefined;
  readonly #memory = new Map<string, EvaluationStatus & { readonly owner: string }>();

  constructor(store: Store | undefined) {
    this.#records = store?.records<EvaluationStatus>("evaluation");
  }

  /** Begins one. `use`: works with the model for as long as it takes. Errors: E_OPTION for an unknown task; E_QUEUE where as many go on already. */
  begin(
    owner: string,
    wish: EvaluationWish,
    use: (work: (model: TextGenerator) => Promise<LanguageEvaluation>, signal: AbortSignal) => Promise<LanguageEvaluation>,
  ): EvaluationStatus {
    const tasks = [...new Set(wish.tasks.map((name) => evaluationTask(name).name))];
    const going = [...this.#going.values()].filter((one) => one.owner === owner).length;
    if (going >= MOST_GOING) throw new InkstoneError("E_QUEUE", { waiting: going, limit: MOST_GOING });
    const id = `eval-${randomBytes(9).toString("base64url").replaceAll("_", "-")}`;
    const stop = new AbortController();
    const status: EvaluationStatus = { id, state: "running", wish: { ...wish, tasks }, created: Date.now() };
    const { model: _model, tasks: _tasks, ...options } = wish;
    const onProgress = (done: number, total: number, task: string): void => {
      one.status = { ...one.status, progress: { task, done, total } };
    };
    const asked = { ...options, parallel: AT_ONCE, signal: stop.signal, onProgress };
    const over = use((model) => evaluateLanguageModel(model, tasks, asked), stop.signal)
      .then(
        (evaluation): EvaluationStatus => ({ ...status, state: "finished", evaluation }),
        (error: unknown): EvaluationStatus =>
          stop.signal.aborted ? { ...status, state: "stopped" } : { ...status, state: "failed", why: describeError(knownError(error)) },
      )
      .then(async (ended) => {
        one.status = ended;
        await this.#keep(owner, ended).catch(() => undefined);
        this.#going.delete(id);
      });
    const one: Going = { owner, stop, status, over };
    this.#going.set(id, one);
    return one.status;
  }

  /** An owner's, the newest first. */
  async list(owner: string): Promise<EvaluationStatus[]> {
    const kept = this.#records
      ? (await this.#records.list(owner, { limit: MOST_KEPT })).map(({ body }) => body)
      : [...this.#memory.values()].filter((one) => one.owner === owner).map(({ owner: _owner, ...status }) => status);
    const going = [...this.#going.values()].filter((one) => one.owner === owner).map(({ status }) => status);
    const all = new Map([...kept, ...going].map((status) => [status.id, status]));
    return [...all.values()].sort((a, b) => b.created - a.created);
  }

  /** Errors: E_RECORD_UNKNOWN. */
  async get(owner: string, id: string): Promise<EvaluationStatus> {
    const found = (await this.list(owner)).find((status) => status.id === id);
    if (found === undefined) throw new InkstoneError("E_RECORD_UNKNOWN", { kind: { en: "evaluation", zh: "评估" }, id: id.slice(0, 100) });
    return found;
  }

  /** What one came to. Errors: E_RECORD_UNKNOWN; E_EVALUATION_BASELINE where it has not ended. */
  async report(owner: string, id: string): Promise<LanguageEvaluation> {
    const { evaluation } = await this.get(owner, id);
    if (evaluation === undefined)
      throw new InkstoneError("E_EVALUATION_BASELINE", { why: { en: "this evaluation has no result", zh: "此评测没有结果" } });
    return evaluation;
  }

  /** Ends one that goes on; one that has ended stays as it is. Errors: E_RECORD_UNKNOWN. */
  async stop(owner: string, id: string): Promise<EvaluationStatus> {
    const going = this.#going.get(id);
    if (going?.owner === owner) {
      going.stop.abort();
      await going.over;
    }
    return this.get(owner, id);
  }

  /** Ends it where it goes on, and forgets it. Errors: E_RECORD_UNKNOWN. */
  async remove(owner: string, id: string): Promise<void> {
    await this.stop(owner, id);
    if (this.#records) await this.#records.remove(owner, id);
    else this.#memory.delete(id);
  }

  async close(): Promise<void> {
    for (const { stop } of this.#going.values()) stop.abort();
    await Promise.all([...this.#going.values()].map(({ over }) => over));
  }

  async #keep(owner: string, status: EvaluationStatus): Promise<void> {
    if (this.#records === undefined) {
      this.#memory.set(status.id, { ...status, owner });
      const [oldest] = this.#memory.keys();
      if (this.#memory.size > MOST_KEPT) this.#memory.delete(oldest);
      return;
    }
    await this.#records.put(owner, status.id, status);
    await this.#records.keepLatest(owner, MOST_KEPT);
  }
}
