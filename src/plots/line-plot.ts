// Lines over two axes: ROC and precision-recall curves, learning curves, losses, calibration.
import { InkstoneError, shortened } from "../core/index.ts";
import { coordinate, picture, seriesColours, textAt } from "./svg.ts";

/** One line. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What a line plot shows. */
export interface LinePlotOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  /** Bounds of an axis; default: those of the points. */
  readonly xRange?: readonly [number, number];
  readonly yRange?: readonly [number, number];
  /** A faint line from corner to corner: chance, or perfect calibration. */
  readonly diagonal?: boolean;
  /** Dots on the points. Default false. */
  readonly dots?: boolean;
}

const [WIDTH, HEIGHT] = [560, 400];
const LEGEND_ROW = 18;
const area = { left: 64, right: 544, top: 40, bottom: 344 };

/**
 * A line plot as SVG, 560 x 400, higher by the names of several lines. Points that are not finite interrupt their line.
 *
 * Errors: `E_OPTION` when no point is finite.
 *
 * @example
 * linePlot({ title: "Loss", xLabel: "epoch", yLabel: "nats", series: [{ name: "train", points: [[1, 2], [2, 1.5]] }] }).startsWith("<svg"); // true
 */
export function linePlot(options: LinePlotOptions): string {
  const { title, xLabel, yLabel, series, diagonal = false, dots = false } = options;
  const finite = series.flatMap(({ points }) => points).filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  if (finite.length === 0)
    throw new InkstoneError("E_OPTION", {
      option: "series",
      value: series.length,
      allowed: { en: "at least one finite point", zh: "至少一个有限的点" },
    });
  const xTicks = ticks(options.xRange ?? bounds(finite.map(([x]) => x)));
  const yTicks = ticks(options.yRange ?? bounds(finite.map(([, y]) => y)));
  const x = scale(xTicks, area.left, area.right);
  const y = scale(yTicks, area.bottom, area.top);
  const parts = [
    ...xTicks.flatMap((tick) => [
      line("grid", [x(tick), area.top], [x(tick), area.bottom]),
      textAt(x(tick), area.bottom + 18, label(tick), { anchor: "middle" }),
    ]),
    ...yTicks.flatMap((tick) => [
      line("grid", [area.left, y(tick)], [area.right, y(tick)]),
      textAt(area.left - 8, y(tick) + 4, label(tick), { anchor: "end" }),
    ]),
    `<path class="axis" d="M${area.left} ${area.top}V${area.bottom}H${area.right}"/>`,
    ...(diagonal ? [line("faint", [area.left, area.bottom], [area.right, area.top])] : []),
    textAt((area.left + area.right) / 2, area.bottom + 42, xLabel, { anchor: "middle" }),
    textAt(16, (area.top + area.bottom) / 2, yLabel, { anchor: "middle", turn: -90 }),
    ...series.map((each, i) => curve(each, seriesColours[i % seriesColours.length], x, y, dots)),
    ...legend(series),
  ];
  const names = series.length < 2 ? 0 : Math.ceil(series.length / 3) * LEGEND_ROW;
  return picture(WIDTH, HEIGHT + names, title, parts);
}

type Scale = (value: number) => number;

function line(kind: string, from: readonly [number, number], to: readonly [number, number]): string {
  return `<path class="${kind}" d="M${from.map(coordinate).join(" ")}L${to.map(coordinate).join(" ")}"/>`;
}

function curve({ points }: Series, colour: string, x: Scale, y: Scale, dots: boolean): string {
  let path = "";
  let drawing = false;
  for (const [px, py] of points) {
    const there = Number.isFinite(px) && Number.isFinite(py);
    if (there) path += `${drawing ? "L" : "M"}${coordinate(x(px))} ${coordinate(y(py))}`;
    drawing = there;
  }
  const marks = dots
    ? points.map(([px, py]) =>
        Number.isFinite(px + py) ? `<circle cx="${coordinate(x(px))}" cy="${coordinate(y(py))}" r="3" fill="${colour}"/>` : "",
      )
    : [];
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"/>${marks.join("")}`;
}

// One line has its name in the title; several are named below the axis, each with its colour, three a row.
function legend(series: readonly Series[]): string[] {
  if (series.length < 2) return [];
  const step = (area.right - area.left) / 3;
  return series.flatMap(({ name }, i) => {
    const [left, top] = [area.left + (i % 3) * step, area.bottom + 64 + Math.floor(i / 3) * LEGEND_ROW];
    const colour = seriesColours[i % seriesColours.length];
    return [`<rect x="${coordinate(left)}" y="${top - 6}" width="12" height="4" fill="${colour}"/>`, textAt(left + 18, top, shortened(name, 22))];
  });
}

function bounds(values: readonly number[]): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

// Round numbers, 1, 2 or 5 times a power of ten apart, that hold the range.
function ticks([low, high]: readonly [number, number]): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const [first, last] = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

function scale(over: readonly number[], from: number, to: number): Scale {
  const [low, high] = [over[0], over[over.length - 1]];
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

const label = (value: number): string => (Math.abs(value) >= 1e5 ? value.toExponential(0) : String(Number(value.toPrecision(6))));
