// The evaluations of the server: begun, watched, stopped, forgotten. Knows no components.
import { type Failure, failureOf, get, send } from "../../api/http.ts";

export interface TaskFacts {
  name: string;
  title: { en: string; zh: string };
  language: "en" | "zh";
  available: boolean;
}
export interface Metric {
  value: number;
  stderr: number;
  interval: [number, number];
}
export interface TaskResult {
  samples: number;
  fewShot: number;
  metric: string;
  metrics: Record<string, Metric>;
  groups?: Record<string, { samples: number; value: number }>;
}
export interface Evaluation {
  id: string;
  state: "running" | "finished" | "stopped" | "failed";
  wish: { model: string; tasks: string[]; limit?: number; adapter?: string };
  created: number;
  progress?: { task: string; done: number; total: number };
  evaluation?: { seconds: number; results: Record<string, TaskResult> };
  why?: { en: string; zh: string };
}
export interface Change {
  task: string;
  metric: string;
  before: number;
  now: number;
  drop: number;
  isWithin: boolean;
}
export interface Comparison {
  changes: Change[];
  passed: boolean;
}

const at = (id: string) => `./v1/evaluations/${encodeURIComponent(id)}`;

export class Evaluations {
  list: Evaluation[] = $state.raw([]);
  tasks: TaskFacts[] = $state.raw([]);
  asked = $state(false);
  failure: Failure | undefined = $state.raw();

  async open(): Promise<void> {
    await this.#try(async () => {
      this.tasks = (await get<{ data: TaskFacts[] }>("./v1/evaluations/tasks")).data;
    });
  }

  async refresh(signal?: AbortSignal): Promise<void> {
    await this.#try(async () => {
      this.list = (await get<{ data: Evaluation[] }>("./v1/evaluations", signal)).data;
      this.asked = true;
    }, signal);
  }

  begin(wish: object): Promise<Evaluation> {
    return send<Evaluation>("./v1/evaluations", wish);
  }

  async stop(id: string): Promise<void> {
    await this.#try(() => send(`${at(id)}/stop`, undefined));
    await this.refresh();
  }

  async remove(id: string): Promise<void> {
    await this.#try(() => send(at(id), undefined, { method: "DELETE" }));
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

/** What an evaluation is called in a list: its model, with the adapter where one was named. */
export const nameOf = ({ wish }: Evaluation): string => (wish.adapter ? `${wish.model} + ${wish.adapter}` : wish.model);

/** A comparison as a table in Markdown. */
export function comparisonAsMarkdown({ changes }: Comparison, head: readonly string[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rows = changes.map(({ task, metric, before, now, drop }) => [task, metric, before.toFixed(4), now.toFixed(4), (-drop).toFixed(2)]);
  return `${[line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n")}\n`;
}
