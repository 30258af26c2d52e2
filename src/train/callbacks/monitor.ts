// Watching a number of the logs for the better. Knows no callbacks.
import { InkstoneError } from "../../core/index.ts";
import type { Logs } from "./callback.ts";

/** Which number, and what is better. */
export interface MonitorOptions {
  /** Default "val_loss". */
  readonly monitor?: string;
  /** "auto": larger is better where the name says accuracy, auc, precision, recall or f1. Default "auto". */
  readonly mode?: "auto" | "min" | "max";
  /** Least change that counts. */
  readonly minDelta?: number;
}

/** A watched number, and the best of it so far. */
export class Monitor {
  readonly name: string;
  readonly larger: boolean;
  readonly #minDelta: number;
  best: number;

  constructor({ monitor = "val_loss", mode = "auto", minDelta = 0 }: MonitorOptions) {
    this.name = monitor;
    this.larger = mode === "max" || (mode === "auto" && /acc|auc|precision|recall|f1|f_?score/i.test(monitor));
    this.#minDelta = Math.abs(minDelta);
    this.best = this.worst;
  }

  get worst(): number {
    return this.larger ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  /** The number of these logs. Errors: `E_OPTION` where they do not have it. */
  read(logs: Logs): number {
    if (Object.hasOwn(logs, this.name)) return logs[this.name];
    throw new InkstoneError("E_OPTION", { option: "monitor", value: this.name, allowed: Object.keys(logs).join(", ") });
  }

  better(value: number, than: number = this.best): boolean {
    return this.larger ? value - this.#minDelta > than : value + this.#minDelta < than;
  }

  reset(): void {
    this.best = this.worst;
  }
}
