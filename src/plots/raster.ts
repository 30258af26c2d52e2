// Our own small SVG pictures as pixels, for files that take no SVG: the lines, boxes, dots and letters that plots are made of, on white. Knows no plot and no file.
import { setImmediate as nextTurn } from "node:timers/promises";
import { letterOf } from "./letters.ts";

/** Pixels of a picture, row by row from the top: red, green, blue, a byte each. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly values: Uint8Array;
}

type Point = readonly [x: number, y: number];
type Colour = readonly [red: number, green: number, blue: number];

const PIECE_MS = 10;
/** Points of a letter and its space. */
const LETTER = 6;
const kinds: Readonly<Record<string, string>> = { grid: "#dddddd", axis: "#888888", faint: "#aaaaaa" };
const entities: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };

/**
 * The pixels of a plot that this library drew as SVG, in its light colours. Letters beyond ASCII become boxes.
 *
 * scale: pixels a unit of the SVG. Default 2.
 *
 * @example
 * const raster = await rasterOf(linePlot({ title: "Loss", xLabel: "step", yLabel: "nats", series: [{ name: "a", points: [[1, 2], [2, 1]] }] }));
 * raster.width; // 1120
 */
export async function rasterOf(svg: string, { scale = 2 }: { readonly scale?: number } = {}): Promise<Raster> {
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? ["", "1", "1"];
  const canvas = new Canvas(Number(width), Number(height), scale);
  let since = performance.now();
  for (const [, element, attributes, , content] of svg.matchAll(/<(rect|path|circle|text)((?: [\w-]+="[^"]*")*)(\/?)>([^<]*)/g)) {
    // Others have their turn.
    if (performance.now() - since > PIECE_MS) {
      await nextTurn();
      since = performance.now();
    }
    const given = (name: string) => new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1];
    const number = (name: string) => Number(given(name) ?? 0);
    const opacity = Number(given("fill-opacity") ?? 1);
    if (element === "rect") canvas.box([number("x"), number("y")], [number("width"), number("height")], colourOf(given("fill")), opacity);
    else if (element === "circle") canvas.line([number("cx"), number("cy")], [number("cx"), number("cy")], 2 * number("r"), colourOf(given("fill")));
    else if (element === "path") drawPath(canvas, given("d") ?? "", given("class"), given("stroke"));
    else drawText(canvas, [number("x"), number("y")], plain(content), given);
  }
  return canvas.raster;
}

const plain = (text: string): string => text.replace(/&[#\w]+;/g, (entity) => entities[entity] ?? entity).replaceAll("…", "...");

function colourOf(text = "#333333"): Colour {
  const full = text.length === 4 ? [...text.slice(1)].map((digit) => digit + digit).join("") : text.slice(1);
  return [0, 2, 4].map((at) => Number.parseInt(full.slice(at, at + 2), 16)) as unknown as Colour;
}

function drawPath(canvas: Canvas, path: string, kind: string | undefined, stroke: string | undefined): void {
  const colour = colourOf(stroke ?? kinds[kind ?? ""]);
  const width = stroke === undefined ? 1 : 2;
  let at: Point = [0, 0];
  for (const [, command, numbers] of path.matchAll(/([MLVH])([^MLVH]*)/g)) {
    const [first, second] = numbers.trim().split(/[ ,]+/).map(Number);
    const next: Point = command === "V" ? [at[0], first] : command === "H" ? [first, at[1]] : [first, second];
    if (command !== "M") canvas.line(at, next, width, colour, kind === "faint" ? 4 : 0);
    at = next;
  }
}

function drawText(canvas: Canvas, at: Point, text: string, given: (name: string) => string | undefined): void {
  const [, degrees] = /rotate\((-?[\d.]+)/.exec(given("transform") ?? "") ?? ["", "0"];
  const anchor = { start: 0, middle: 0.5, end: 1 }[given("text-anchor") ?? "start"] ?? 0;
  const [, fill] = /fill:(#\w+)/.exec(given("style") ?? "") ?? [];
  const characters = [...text];
  const left = -anchor * (characters.length * LETTER - 1);
  const turn = (Number(degrees) * Math.PI) / 180;
  for (const [i, character] of characters.entries())
    for (const [column, bits] of letterOf(character).entries())
      for (let row = 0; row < 8; row++) if ((bits >> row) & 1) canvas.dot(at, [left + i * LETTER + column, row - 7], turn, colourOf(fill));
}

class Canvas {
  readonly raster: Raster;
  readonly #scale: number;

  constructor(width: number, height: number, scale: number) {
    const [columns, rows] = [Math.ceil(width * scale), Math.ceil(height * scale)];
    this.raster = { width: columns, height: rows, values: new Uint8Array(3 * columns * rows).fill(255) };
    this.#scale = scale;
  }

  /** A point of a letter: a square, turned about `at`. */
  dot([x, y]: Point, [dx, dy]: Point, turn: number, colour: Colour): void {
    const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
    const place = (u: number, v: number): Point => [x + u * cos - v * sin, y + u * sin + v * cos];
    const [a, b] = [place(dx, dy), place(dx + 1, dy + 1)];
    const size: Point = [Math.max(1, Math.abs(b[0] - a[0])), Math.max(1, Math.abs(b[1] - a[1]))];
    this.box([Math.min(a[0], b[0]), Math.min(a[1], b[1])], size, colour, 1);
  }

  box([x, y]: Point, [width, height]: Point, colour: Colour, opacity: number): void {
    const [left, top, right, bottom] = [x, y, x + width, y + height].map((value) => Math.round(value * this.#scale));
    for (let row = top; row < bottom; row++) for (let column = left; column < right; column++) this.#blend(column, row, colour, opacity);
  }

  /** A line with round ends, smooth at its edges; `dash`: units that are drawn and left out. */
  line(from: Point, to: Point, width: number, colour: Colour, dash = 0): void {
    const scale = this.#scale;
    const [ax, ay, bx, by] = [from[0], from[1], to[0], to[1]].map((value) => value * scale);
    const half = (width * scale) / 2;
    const [dx, dy] = [bx - ax, by - ay];
    const length = Math.hypot(dx, dy);
    const [left, right] = [Math.floor(Math.min(ax, bx) - half - 1), Math.ceil(Math.max(ax, bx) + half + 1)];
    const [top, bottom] = [Math.floor(Math.min(ay, by) - half - 1), Math.ceil(Math.max(ay, by) + half + 1)];
    for (let row = top; row <= bottom; row++)
      for (let column = left; column <= right; column++) {
        const [x, y] = [column + 0.5 - ax, row + 0.5 - ay];
        const along = length === 0 ? 0 : Math.min(1, Math.max(0, (x * dx + y * dy) / (length * length)));
        if (dash > 0 && Math.floor((along * length) / (dash * scale)) % 2 === 1) continue;
        const covered = Math.min(1, half + 0.5 - Math.hypot(x - along * dx, y - along * dy));
        if (covered > 0) this.#blend(column, row, colour, covered);
      }
  }

  #blend(column: number, row: number, colour: Colour, opacity: number): void {
    const { width, height, values } = this.raster;
    if (column < 0 || row < 0 || column >= width || row >= height) return;
    const at = 3 * (row * width + column);
    for (let i = 0; i < 3; i++) values[at + i] = Math.round(values[at + i] * (1 - opacity) + colour[i] * opacity);
  }
}
