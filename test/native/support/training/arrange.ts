// Cases of the strided copy.
import { type Case, f32, noise } from "../cases.ts";

interface Plan {
  readonly label: string;
  readonly size: readonly number[];
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly from?: readonly [xStart: number, yStart: number, backward: number];
  readonly elements: readonly [x: number, y: number];
}

const plans: readonly Plan[] = [
  { label: "nothing", size: [1, 1, 1, 0, 4], x: [0, 0, 0, 4, 1], y: [0, 0, 0, 4, 1], elements: [0, 0] },
  { label: "a copy", size: [1, 1, 1, 1, 40_000], x: [0, 0, 0, 0, 1], y: [0, 0, 0, 0, 1], elements: [40_000, 40_000] },
  { label: "a matrix transposed", size: [1, 1, 1, 301, 203], x: [0, 0, 0, 1, 301], y: [0, 0, 0, 203, 1], elements: [301 * 203, 301 * 203] },
  {
    label: "two inner dimensions exchanged",
    size: [1, 3, 5, 40, 16],
    x: [0, 40 * 80, 16, 80, 1],
    y: [0, 40 * 80, 40 * 16, 16, 1],
    elements: [9600, 9600],
  },
  {
    label: "five dimensions turned over",
    size: [2, 3, 4, 5, 6],
    x: [1, 2, 6, 24, 120],
    y: [360, 120, 30, 6, 1],
    elements: [720, 720],
  },
  { label: "a part to a part", size: [1, 1, 1, 20, 7], x: [0, 0, 0, 30, 1], y: [0, 0, 0, 50, 1], from: [11, 13, 0], elements: [700, 1200] },
  { label: "backwards", size: [1, 1, 1, 9, 30], x: [0, 0, 0, 30, 1], y: [0, 0, 0, 30, 1], from: [0, 0, 16 + 8], elements: [270, 270] },
  { label: "one value repeated", size: [1, 1, 7, 3, 50], x: [0, 0, 1, 0, 0], y: [0, 0, 150, 50, 1], elements: [7, 1050] },
];

/** All of them. */
export const arrangeCases = (): Case[] =>
  plans.flatMap(({ label, size, x, y, from = [0, 0, 0], elements }) =>
    [false, true].map((accumulate): Case => {
      const five = (name: string, values: readonly number[]) => Object.fromEntries(values.map((value, d) => [`${name}${d}`, value]));
      const [xStart, yStart, backward] = from;
      return {
        kernel: "arrange",
        label: `${label}${accumulate ? ", accumulate" : ""}`,
        operands: { x: f32(noise(elements[0], 1)), y: f32(noise(elements[1], 2)) },
        sizes: { ...five("size", size), ...five("x", x), ...five("y", y), xStart, yStart, backward },
        flags: { accumulate },
        magnitude: () => new Float64Array(elements[1]).fill(accumulate ? 2 : 0),
      };
    }),
  );
