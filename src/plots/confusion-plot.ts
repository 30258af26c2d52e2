// A confusion matrix as a picture: shades by row, counts in the cells.
import { InkstoneError, shortened } from "../core/index.ts";
import { coordinate, picture, textAt } from "./svg.ts";

/** What it shows. */
export interface ConfusionPlotOptions {
  readonly title: string;
  readonly labels: readonly string[];
  /** counts[i][j]: how many of class i were taken for class j. */
  readonly counts: readonly (readonly number[])[];
  readonly trueLabel: string;
  readonly predictedLabel: string;
}

/** Classes whose counts can still be read. */
const MOST_COUNTS = 24;

/**
 * A confusion matrix as SVG: rows are true classes, columns predicted ones; a cell is as dark as its share of its row.
 *
 * Errors: `E_OPTION` when the counts are not a square of the labels.
 *
 * @example
 * confusionPlot({ title: "Confusion", labels: ["ham", "spam"], counts: [[9, 1], [2, 8]], trueLabel: "true", predictedLabel: "predicted" }).includes(">8<"); // true
 */
export function confusionPlot({ title, labels, counts, trueLabel, predictedLabel }: ConfusionPlotOptions): string {
  const n = labels.length;
  if (n === 0 || counts.length !== n || counts.some((row) => row.length !== n)) {
    throw new InkstoneError("E_OPTION", {
      option: "counts",
      value: counts.length,
      allowed: { en: `${n} rows of ${n} counts`, zh: `${n} 行，每行 ${n} 个计数` },
    });
  }
  const cell = Math.max(6, Math.min(56, 480 / n));
  const [left, top] = [130, 70];
  const side = cell * n;
  const named = n <= MOST_COUNTS;
  const parts: string[] = [];
  for (const [i, row] of counts.entries()) {
    const total = row.reduce((sum, count) => sum + count, 0);
    for (const [j, count] of row.entries())
      parts.push(...cellOf(left + j * cell, top + i * cell, cell, count, total === 0 ? 0 : count / total, i === j, named));
    if (named) parts.push(textAt(left - 8, top + (i + 0.5) * cell + 4, shortened(labels[i], 16), { anchor: "end" }));
    if (named) parts.push(textAt(left + (i + 0.5) * cell + 4, top + side + 14, shortened(labels[i], 14), { anchor: "end", turn: -40 }));
  }
  parts.push(
    textAt(left + side / 2, top - 14, predictedLabel, { anchor: "middle" }),
    textAt(16, top + side / 2, trueLabel, { anchor: "middle", turn: -90 }),
  );
  return picture(Math.max(320, Math.ceil(left + side + 24)), Math.ceil(top + side + (named ? 100 : 24)), title, parts);
}

function cellOf(x: number, y: number, cell: number, count: number, share: number, right: boolean, named: boolean): string[] {
  const colour = right ? "#0072b2" : "#d55e00";
  const box = `<rect x="${coordinate(x)}" y="${coordinate(y)}" width="${coordinate(cell - 1)}" height="${coordinate(cell - 1)}" fill="${colour}" fill-opacity="${coordinate(0.05 + 0.95 * share)}"/>`;
  if (!named) return [box];
  const light = share > 0.55 ? ' style="fill:#fff"' : count === 0 ? ' style="opacity:0.55"' : "";
  return [box, textAt(x + cell / 2, y + cell / 2 + 4, String(count), { anchor: "middle" }).replace("<text", `<text${light}`)];
}
