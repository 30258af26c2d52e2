// What a person sees of a training: Keras's lines with a bar, the pace, the metrics and the time left; without a terminal a line an epoch.
import type { Callback, Logs, TrainedModel, TrainingPlan } from "../callbacks/callback.ts";
import { shown } from "../history.ts";
import type { Output } from "./output.ts";

const BAR = 20;
const EVERY_MS = 50;

/** Writes progress. `now` in milliseconds. */
export class Progress implements Callback {
  readonly adds: readonly string[] = [];
  readonly #output: Output;
  readonly #now: () => number;
  #plan: Pick<TrainingPlan, "epochs" | "steps" | "verbose"> = { epochs: 1, steps: 1, verbose: 1 };
  #batches = 0;
  #epochStart = 0;
  #lastDrawn = 0;
  #epoch = 0;

  constructor(output: Output, now: () => number = () => performance.now()) {
    this.#output = output;
    this.#now = now;
  }

  setModel(_model: TrainedModel, plan: TrainingPlan): void {
    this.#plan = plan;
  }

  get #bar(): boolean {
    return this.#plan.verbose === 1 && this.#output.isTTY === true;
  }

  onEpochBegin(epoch: number): void {
    this.#epoch = epoch;
    this.#epochStart = this.#now();
    this.#lastDrawn = 0;
    if (this.#bar) this.#output.write(`Epoch ${epoch + 1}/${this.#plan.epochs}\n`);
  }

  onTrainBatchEnd(batch: number, logs: Logs): void {
    const now = this.#now();
    this.#batches = batch + 1;
    if (!this.#bar || now - this.#lastDrawn < EVERY_MS) return;
    this.#lastDrawn = now;
    this.#draw(batch + 1, now - this.#epochStart, logs, false);
  }

  onEpochEnd(_epoch: number, logs: Logs): void {
    const elapsed = this.#now() - this.#epochStart;
    if (this.#bar) this.#draw(this.#batches, elapsed, logs, true);
    else if (this.#plan.verbose > 0)
      this.#output.write(
        `Epoch ${this.#epoch + 1}/${this.#plan.epochs} - ${duration(elapsed)} - ${paceOf(elapsed, this.#batches)} - ${listed(logs)}\n`,
      );
  }

  #draw(done: number, elapsed: number, logs: Logs, end: boolean): void {
    const steps = this.#plan.steps ?? (end ? done : 2 * done);
    const filled = Math.round((done / steps) * BAR);
    const bar = `${"━".repeat(filled)}${"─".repeat(BAR - filled)}`;
    const time = end ? duration(elapsed) : duration((elapsed / done) * (steps - done));
    const line = `${String(done).padStart(String(steps).length)}/${steps} ${bar} ${time} ${paceOf(elapsed, done)} - ${listed(logs)}`;
    const width = (this.#output.columns ?? 120) - 1;
    const fits = end || line.length <= width;
    // Back to the start of the line, and what was there is cleared. Only the line that stays may take two.
    this.#output.write(`\r\u001b[K${fits ? line : `${line.slice(0, width - 1)}…`}${end ? "\n" : ""}`);
  }
}

const listed = (logs: Logs): string =>
  Object.entries(logs)
    .map(([name, value]) => `${name}: ${shown(value)}`)
    .join(" - ");

/** The pace as Keras writes it: s, ms or us a step. */
export function paceOf(milliseconds: number, steps: number): string {
  const each = milliseconds / Math.max(1, steps);
  if (each >= 1000) return `${(each / 1000).toFixed(1)}s/step`;
  return each >= 1 ? `${Math.round(each)}ms/step` : `${Math.round(each * 1000)}us/step`;
}

/**
 * A time as Keras writes it: `45s`, `3:05`, `1:02:07`.
 *
 * @example
 * duration(185_000); // "3:05"
 */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds}s`;
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
