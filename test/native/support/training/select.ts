// Cases of the kernels that choose, gather and count on.
import { type Case, f32, i32, noise, zeros } from "../cases.ts";

const ids = (count: number, limit: number, seed: number) =>
  i32(Array.from(noise(count, seed), (value) => Math.floor(Math.abs(value) * 0.999 * limit)));

const elementwise = (n: number): Case[] => {
  const [condition, x, dy] = [f32(noise(n, 1).map((value) => Math.max(value, 0))), f32(noise(n, 2, 3)), f32(noise(n, 3))];
  const label = `${n}`;
  const sizes = { n };
  const flags = [0, 1].flatMap((second) => [0, 1].map((accumulate) => ({ second: second === 1, accumulate: accumulate === 1 })));
  const powers = [2, 0, -1, 0.5, 3.25].flatMap((alpha): Case[] => {
    const base = f32(x.data.map((value) => (Number.isInteger(alpha) ? value : Math.abs(value)) + (alpha < 0 ? 4 : 0)) as Float32Array);
    const magnitude = () => new Float64Array(n).fill(8 + 30 * Math.abs(alpha));
    return [
      { kernel: "power", label: `${n} to the ${alpha}`, operands: { x: base, y: zeros("f32", n) }, sizes: { n, alpha } },
      {
        kernel: "powerGrad",
        label: `${n} to the ${alpha}`,
        operands: { x: base, dy, dx: f32(noise(n, 4)) },
        sizes: { n, alpha },
        flags: { accumulate: alpha === 2 },
        magnitude,
      },
    ];
  });
  return [
    { kernel: "select", label, operands: { condition, a: x, b: dy, y: zeros("f32", n) }, sizes },
    ...flags.map((flag): Case => ({ kernel: "selectGrad", label, operands: { condition, dy, d: f32(noise(n, 5)) }, sizes, flags: flag })),
    { kernel: "toInteger", label, operands: { x: f32(noise(n, 6, 1000)), y: zeros("i32", n) }, sizes },
    ...powers,
  ];
};

const blocks = ([outer, size, count, inner]: readonly number[]): Case[] => {
  const [whole, taken] = [outer * size * inner, outer * count * inner];
  const sizes = { outer, size, count, inner };
  const label = `${outer} x ${count} of ${size} x ${inner}`;
  const chosen = ids(taken, size, 7);
  return [
    { kernel: "gather", label, operands: { x: f32(noise(whole, 8)), ids: chosen, y: zeros("f32", taken) }, sizes },
    ...[false, true].flatMap((flag): Case[] => [
      {
        kernel: "gatherGrad",
        label,
        operands: { ids: chosen, dy: f32(noise(taken, 9)), dx: f32(noise(whole, 10)) },
        sizes,
        flags: { accumulate: flag },
        magnitude: () => new Float64Array(whole).fill(1 + count),
      },
      {
        kernel: "cumulate",
        label: `${outer} x ${size} x ${inner}`,
        operands: { x: f32(noise(whole, 11)), y: f32(noise(whole, 12)) },
        sizes: { outer, size, inner },
        flags: { reverse: flag, accumulate: !flag },
        magnitude: () => new Float64Array(whole).fill(2 + 2 * Math.sqrt(size)),
      },
    ]),
    {
      kernel: "oneHot",
      label: `${taken} of ${size}`,
      operands: { ids: chosen, y: zeros("f32", taken * size) },
      sizes: { count: taken, classes: size },
    },
  ];
};

/** All of them: none, one, more than a tile. */
export const selectCases = (): Case[] => [
  ...[0, 1, 37, 40_000].flatMap(elementwise),
  ...[
    [0, 3, 2, 1],
    [1, 5, 0, 2],
    [3, 7, 4, 5],
    [300, 33, 50, 3],
    [1, 20_000, 9, 1],
  ].flatMap(blocks),
];
