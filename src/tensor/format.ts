// Values as text. Knows no tensors.
import { type Shape, sizeOf, type Values } from "./types.ts";

const MOST = 8;

/**
 * Nested brackets of values with 5 significant digits; of a long dimension the first and last four.
 *
 * @example
 * format(Float32Array.of(1, 2, 3, 4), [2, 2]); // "[[1, 2], [3, 4]]"
 */
export function format(values: Values, shape: Shape, at = 0): string {
  if (shape.length === 0) return String(Number(values[at].toPrecision(5)));
  const [length, ...rest] = shape;
  const part = (i: number) => format(values, rest, at + i * sizeOf(rest));
  const indices = [...Array(length).keys()];
  if (length <= MOST) return `[${indices.map(part).join(", ")}]`;
  return `[${[...indices.slice(0, MOST / 2).map(part), "…", ...indices.slice(-MOST / 2).map(part)].join(", ")}]`;
}
