// Named points on a plane: maps of words and sentences.
import { InkstoneError } from "../../core/index.ts";
import { coordinate, cutText, picture, seriesColours, textAt } from "./svg.ts";

/** A named point. */
export interface PlotPoint {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  /** Points of one group have one colour. */
  readonly group?: number;
}

/** What it shows. */
export interface ScatterPlotOptions {
  readonly title: string;
  readonly points: readonly PlotPoint[];
  readonly xLabel?: string;
  readonly yLabel?: string;
}

const [WIDTH, HEIGHT] = [640, 480];
const area = { left: 40, right: 600, top: 44, bottom: 440 };
/** Names nearer to each other than this would cover one another: the later one is left out, its point stays. */
const ROOM = { x: 46, y: 13 };

/**
 * Named points as SVG, 640 x 480; names that would cover others are left out. Errors: `E_OPTION` where no point is finite.
 *
 * @example
 * scatterPlot({ title: "Words", points: [{ name: "king", x: 0, y: 0 }, { name: "queen", x: 1, y: 2 }] }).includes("queen"); // true
 */
export function scatterPlot({ title, points, xLabel = "", yLabel = "" }: ScatterPlotOptions): string {
  const shown = points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  if (shown.length === 0) throw new InkstoneError("E_OPTION", { option: "points", value: points.length, allowed: "at least one finite point" });
  const x = scaleOf(
    shown.map((point) => point.x),
    area.left,
    area.right,
  );
  const y = scaleOf(
    shown.map((point) => point.y),
    area.bottom,
    area.top,
  );
  const named: { x: number; y: number }[] = [];
  const parts = [`<path class="axis" d="M${area.left} ${area.top}V${area.bottom}H${area.right}"/>`];
  for (const point of shown) {
    const at = { x: x(point.x), y: y(point.y) };
    const colour = seriesColours[(point.group ?? 0) % seriesColours.length];
    parts.push(`<circle cx="${coordinate(at.x)}" cy="${coordinate(at.y)}" r="3" fill="${colour}"/>`);
    if (named.some((other) => Math.abs(other.x - at.x) < ROOM.x && Math.abs(other.y - at.y) < ROOM.y)) continue;
    named.push(at);
    const left = at.x > area.right - 60;
    parts.push(textAt(at.x + (left ? -6 : 6), at.y + 4, cutText(point.name, 14), { anchor: left ? "end" : "start" }));
  }
  parts.push(textAt((area.left + area.right) / 2, HEIGHT - 12, xLabel, { anchor: "middle" }));
  parts.push(textAt(18, (area.top + area.bottom) / 2, yLabel, { anchor: "middle", turn: -90 }));
  return picture(WIDTH, HEIGHT, title, parts);
}

function scaleOf(values: readonly number[], from: number, to: number): (value: number) => number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (low === high) [low, high] = [low - 1, high + 1];
  const margin = (high - low) * 0.06;
  return (value) => from + ((value - low + margin) / (high - low + 2 * margin)) * (to - from);
}
