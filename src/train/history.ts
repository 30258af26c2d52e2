// History: what a training gave, epoch by epoch; as a table and as curves.
import { linePlot } from "../plots/index.ts";
import type { Callback, Logs } from "./callbacks/callback.ts";

/**
 * The logs of each epoch by name, as `fit` gives them. Keras's `History`.
 *
 * @example
 * const history = new History();
 * history.onEpochEnd(0, { loss: 1.5, val_loss: 2 });
 * history.history["val_loss"]; // [2]
 */
export class History implements Callback {
  readonly adds: readonly string[] = [];
  /** Of each name a number an epoch. */
  readonly history: Record<string, number[]> = {};
  /** Epochs, from 0. */
  readonly epoch: number[] = [];
  /** Seconds that each epoch took. */
  readonly seconds: number[] = [];

  onEpochEnd(epoch: number, logs: Logs): void {
    this.epoch.push(epoch);
    for (const [name, value] of Object.entries(logs)) {
      this.history[name] ??= new Array(this.epoch.length - 1).fill(Number.NaN);
      this.history[name].push(value);
    }
  }

  /** The epoch (from 0) with the best value of a name: the least, or the largest of an accuracy. */
  best(name: string): number {
    const values = this.history[name] ?? [];
    const larger = /acc|auc|precision|recall|f1/i.test(name);
    const at = values.reduce((best, value, i) => ((larger ? value > values[best] : value < values[best]) ? i : best), 0);
    return this.epoch[at] ?? -1;
  }

  /** A table: a row an epoch, a column a number. */
  toString(): string {
    const names = Object.keys(this.history);
    const cells = [["epoch", ...names], ...this.epoch.map((epoch, i) => [String(epoch + 1), ...names.map((name) => shown(this.history[name][i]))])];
    const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
    return cells.map((row) => row.map((cell, column) => cell.padStart(widths[column])).join("  ")).join("\n");
  }

  /** Curves of training and validation as SVG: of the loss, or of another name. Errors: `E_OPTION` where nothing finite is there. */
  plot(name = "loss"): string {
    const series = [name, `val_${name}`].flatMap((each) => {
      const values = this.history[each];
      return values ? [{ name: each, points: values.map((value, i) => [this.epoch[i] + 1, value] as const) }] : [];
    });
    return linePlot({ title: name, xLabel: "epoch", yLabel: name, series, dots: this.epoch.length <= 30 });
  }
}

/** A number as progress shows it: four decimals, or powers of ten where they would show nothing. */
export function shown(value: number): string {
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(4) : value.toFixed(4);
}
