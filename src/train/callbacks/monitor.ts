// Watching a number of the logs for the better. Knows no callbacks.
import { aName, fromZero, InkstoneError, listed, oneOf, type Rules, type Words } from "../../core/index.ts";
import type { Logs, TrainingPlan } from "./callback.ts";

/** Which number, and what is better. */
export interface MonitorOptions {
  /** Default "val_loss". */
  readonly monitor?: string;
  /** "auto": what is better of a loss, of each metric of this library, and of a metric that says so. Of any other name the mode has to be said. Default "auto". */
  readonly mode?: "auto" | "min" | "max";
  /** Least change that counts. */
  readonly minDelta?: number;
}

/** What options of a monitor may be. */
export const monitorRules: Rules<MonitorOptions> = { monitor: aName, mode: oneOf(["auto", "min", "max"]), minDelta: fromZero };

/** A watched number, and the best of it so far. */
export class Monitor {
  readonly name: string;
  readonly #mode: "auto" | "min" | "max";
  readonly #minDelta: number;
  #larger: boolean;
  best: number;

  constructor({ monitor = "val_loss", mode = "auto", minDelta = 0 }: MonitorOptions) {
    this.name = monitor;
    this.#mode = mode;
    this.#larger = mode === "max";
    this.#minDelta = Math.abs(minDelta);
    this.best = this.worst;
  }

  /** Learns what is better. Errors: `E_OPTION` where the logs will not have the number, or nobody knows what is better of it. */
  begin({ names, open, better }: Pick<TrainingPlan, "names" | "open" | "better">): void {
    if (!names.includes(this.name) && !open)
      throw new InkstoneError("E_OPTION", { option: "monitor", value: this.name, allowed: measured(this.name, names) });
    if (this.#mode !== "auto") return;
    const known = better(this.name) ?? (/^(val_)?(.*_)?loss$/.test(this.name) ? "smaller" : undefined);
    if (known === undefined) {
      const allowed = { en: `"min" or "max", to be said for "${this.name}"`, zh: `"min" 或 "max"（对“${this.name}”必须指定）` };
      throw new InkstoneError("E_OPTION", { option: "mode", value: "auto", allowed });
    }
    this.#larger = known === "larger";
    this.reset();
  }

  get worst(): number {
    return this.#larger ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  /** The number of these logs. Errors: `E_OPTION` where they do not have it. */
  read(logs: Logs): number {
    if (Object.hasOwn(logs, this.name)) return logs[this.name];
    throw new InkstoneError("E_OPTION", { option: "monitor", value: this.name, allowed: measured(this.name, Object.keys(logs)) });
  }

  better(value: number, than: number = this.best): boolean {
    return this.#larger ? value - this.#minDelta > than : value + this.#minDelta < than;
  }

  reset(): void {
    this.best = this.worst;
  }
}

// What is measured; of a value of the validation, that there is none without its data.
function measured(name: string, names: readonly string[]): Words {
  const { en, zh } = listed(names);
  if (!name.startsWith("val_") || names.some((one) => one.startsWith("val_"))) return { en, zh };
  return {
    en: `${en} (no validation data was given: validationData, validationSplit)`,
    zh: `${zh}（未提供验证数据：validationData、validationSplit）`,
  };
}
