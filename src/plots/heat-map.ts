// A matrix as shades: attention weights, similarities. And a text whose words are shaded by how much they count.
import { InkstoneError, shortened } from "../core/index.ts";
import { coordinate, escapeSvg, picture, textAt, textWidth } from "./svg.ts";

/** What a heat map shows. */
export interface HeatMapOptions {
  readonly title: string;
  /** values[i][j]: row i, column j. */
  readonly values: readonly ArrayLike<number>[];
  readonly rows: readonly string[];
  readonly columns: readonly string[];
}

/**
 * A matrix as SVG: a cell is as dark as its share of the largest magnitude; values below zero are orange. Errors: `E_OPTION` where names and values do not fit.
 *
 * @example
 * heatMap({ title: "Attention", rows: ["I", "like"], columns: ["我", "喜欢"], values: [[0.9, 0.1], [0.2, 0.8]] }).includes("喜欢"); // true
 */
export function heatMap({ title, values, rows, columns }: HeatMapOptions): string {
  if (rows.length === 0 || columns.length === 0 || values.length !== rows.length || values.some(({ length }) => length !== columns.length)) {
    throw new InkstoneError("E_OPTION", {
      option: "values",
      value: values.length,
      allowed: { en: `${rows.length} rows of ${columns.length} values`, zh: `${rows.length} 行，每行 ${columns.length} 个值` },
    });
  }
  const cell = Math.max(8, Math.min(40, 520 / Math.max(rows.length, columns.length)));
  const [left, top] = [110, 44];
  const largest = values.reduce((most, row) => Array.from(row).reduce((best, value) => Math.max(best, Math.abs(value) || 0), most), 0) || 1;
  const parts = values.flatMap((row, i) =>
    Array.from(row, (value, j) => {
      const share = Number.isFinite(value) ? Math.abs(value) / largest : 0;
      const box = `x="${coordinate(left + j * cell)}" y="${coordinate(top + i * cell)}" width="${coordinate(cell - 1)}" height="${coordinate(cell - 1)}"`;
      return `<rect ${box} fill="${value < 0 ? "#d55e00" : "#0072b2"}" fill-opacity="${coordinate(0.04 + 0.96 * share)}"><title>${escapeSvg(`${rows[i]} · ${columns[j]}: ${Number(value.toPrecision(3))}`)}</title></rect>`;
    }),
  );
  const bottom = top + rows.length * cell;
  parts.push(...rows.map((name, i) => textAt(left - 6, top + (i + 0.5) * cell + 4, shortened(name, 14), { anchor: "end" })));
  parts.push(...columns.map((name, j) => textAt(left + (j + 0.5) * cell + 4, bottom + 14, shortened(name, 14), { anchor: "end", turn: -45 })));
  const width = Math.max(320, 1.2 * textWidth(title), left + columns.length * cell + 20);
  return picture(Math.ceil(width), Math.ceil(bottom + 90), title, parts);
}

/** What a shaded text shows. */
export interface TextHeatOptions {
  readonly title: string;
  readonly words: readonly string[];
  /** One a word: positive speaks for, negative against. */
  readonly weights: ArrayLike<number>;
}

const LINE = 28;
const WIDTH = 640;

/**
 * Words in reading order, each shaded by its weight: blue for, orange against. Errors: `E_OPTION` where weights and words do not fit.
 *
 * @example
 * textHeat({ title: "Why", words: ["very", "good"], weights: [0.1, 0.9] }).includes("good"); // true
 */
export function textHeat({ title, words, weights }: TextHeatOptions): string {
  if (words.length === 0 || weights.length !== words.length) {
    throw new InkstoneError("E_OPTION", {
      option: "weights",
      value: weights.length,
      allowed: { en: `one for each of ${words.length} words`, zh: `${words.length} 个词各一个` },
    });
  }
  const largest = Array.from(weights).reduce((most, weight) => Math.max(most, Math.abs(weight) || 0), 0) || 1;
  let [x, y] = [20, 44];
  const parts = words.map((word, i) => {
    const width = 10 + textWidth(word);
    if (x + width > WIDTH - 20) [x, y] = [20, y + LINE];
    const share = Number.isFinite(weights[i]) ? Math.abs(weights[i]) / largest : 0;
    const colour = weights[i] < 0 ? "#d55e00" : "#0072b2";
    const box = `<rect x="${coordinate(x)}" y="${y}" width="${coordinate(width)}" height="20" rx="3" fill="${colour}" fill-opacity="${coordinate(0.7 * share)}"/>`;
    const text = textAt(x + width / 2, y + 14, word, { anchor: "middle" });
    x += width + 4;
    return box + text;
  });
  return picture(WIDTH, y + 44, title, parts);
}
