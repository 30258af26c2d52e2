// Named points on a plane: maps of words and sentences.
import { InkstoneError, shortened } from "../core/index.ts";
import { coordinate, escapeSvg, picture, seriesColours, textAt, textWidth } from "./svg.ts";

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
/** Longer names are cut. */
const MOST = 28;
/** Where a name may stand at its point, in this order. */
const places = [
  { anchor: "start", x: 6, y: 4 },
  { anchor: "end", x: -6, y: 4 },
  { anchor: "middle", x: 0, y: -7 },
  { anchor: "middle", x: 0, y: 16 },
] as const;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/**
 * Named points as SVG, 640 x 480; a name stands beside its point where it covers no other, or is left out. Errors: `E_OPTION` where no point is finite.
 *
 * @example
 * scatterPlot({ title: "Words", points: [{ name: "king", x: 0, y: 0 }, { name: "queen", x: 1, y: 2 }] }).includes("queen"); // true
 */
export function scatterPlot({ title, points, xLabel = "", yLabel = "" }: ScatterPlotOptions): string {
  const shown = points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  if (shown.length === 0)
    throw new InkstoneError("E_OPTION", {
      option: "points",
      value: points.length,
      allowed: { en: "at least one finite point", zh: "至少一个有限的点" },
    });
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
  const at = shown.map((point) => ({ x: x(point.x), y: y(point.y) }));
  const taken: Box[] = at.map((dot) => ({ left: dot.x - 3, right: dot.x + 3, top: dot.y - 3, bottom: dot.y + 3 }));
  const parts = [`<path class="axis" d="M${area.left} ${area.top}V${area.bottom}H${area.right}"/>`];
  for (const [i, point] of shown.entries()) {
    const colour = seriesColours[(point.group ?? 0) % seriesColours.length];
    const name = shortened(point.name, MOST);
    const dot = `<circle cx="${coordinate(at[i].x)}" cy="${coordinate(at[i].y)}" r="3" fill="${colour}"><title>${escapeSvg(point.name)}</title></circle>`;
    const place = places.find((one) => isFree(boxOf(name, at[i], one), taken));
    parts.push(dot);
    if (place === undefined) continue;
    taken.push(boxOf(name, at[i], place));
    parts.push(textAt(at[i].x + place.x, at[i].y + place.y, name, { anchor: place.anchor }));
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

function boxOf(name: string, at: { readonly x: number; readonly y: number }, { anchor, x, y }: (typeof places)[number]): Box {
  const width = 1.15 * textWidth(name); // wide letters, too
  const left = at.x + x - { start: 0, end: width, middle: width / 2 }[anchor];
  return { left, right: left + width, top: at.y + y - 10, bottom: at.y + y + 2 };
}

// Inside of the axes, and over nothing else.
function isFree(box: Box, taken: readonly Box[]): boolean {
  const inside = box.left > area.left && box.right < WIDTH && box.top > area.top - 12 && box.bottom < area.bottom;
  return inside && taken.every(({ left, right, top, bottom }) => box.right < left || box.left > right || box.bottom < top || box.top > bottom);
}
