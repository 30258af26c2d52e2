// Random programs on tensors, for properties of recordings: the same steps at once or recorded. Knows nothing of fusion rules.
import fc from "fast-check";
import { add, type Device, packedLinear, rmsNorm, rotary, selectRow, siluMultiply, type Tensor } from "#tensor";
import { noise, on, packed } from "./numbers.ts";

const ROWS = 4;
const WIDTH = 32;

const kinds = ["add", "gate", "norm", "exact", "fast", "fastQ8", "rotate", "view", "select", "addRow", "fast", "add"] as const;

/** A step: an operation on two values made before, by their place in the list of those of its shape. */
export interface Step {
  readonly kind: (typeof kinds)[number];
  readonly a: number;
  readonly b: number;
}

/** A program: its steps, and which of its values are its outputs. */
export interface Program {
  readonly steps: readonly Step[];
  readonly outputs: readonly number[];
}

/** Any program. Small numbers are likelier to come from what was made last, so that chains form as in a decoder. */
export const anyProgram: fc.Arbitrary<Program> = fc.record({
  steps: fc.array(fc.record({ kind: fc.constantFrom(...kinds), a: fc.nat(3), b: fc.nat(3) }), { minLength: 3, maxLength: 24 }),
  outputs: fc.array(fc.nat(40), { minLength: 1, maxLength: 4 }),
});

/** What programs work on: two inputs, and weights. */
export function materials(device: Device) {
  const angles = noise((ROWS * WIDTH) / 2, 4, 3);
  return {
    inputs: [on(device, noise(ROWS * WIDTH, 1), [ROWS, WIDTH]), on(device, noise(ROWS * WIDTH, 2), [ROWS, WIDTH])],
    weight: on(device, noise(WIDTH, 3), [WIDTH]),
    table: on(
      device,
      [...angles].flatMap((angle) => [Math.cos(angle), Math.sin(angle)]),
      [ROWS, WIDTH / 2, 2],
    ),
    q4: packed(device, "Q4_1", noise(WIDTH * WIDTH, 5, 0.3), WIDTH, WIDTH).matrix,
    q8: packed(device, "Q8_0", noise(WIDTH * WIDTH, 6, 0.3), WIDTH, WIDTH).matrix,
  };
}

type Materials = ReturnType<typeof materials>;

/** Runs a program: its outputs. Inputs are never changed; values that steps made may be, in place. */
export function perform({ steps, outputs }: Program, on: Materials): readonly Tensor[] {
  const wide: Tensor[] = [...on.inputs];
  const rows: Tensor[] = [selectRow(wide[0], 0)];
  const from = (values: Tensor[], back: number) => values[Math.max(0, values.length - 1 - back)];
  for (const { kind, a, b } of steps) step(kind, b % ROWS, [from(wide, a), from(wide, b)], [from(rows, a), from(rows, b)]);
  const all = [...wide.slice(2), ...rows];
  return [...new Set(outputs.map((output) => all[output % all.length]))];

  function step(kind: Step["kind"], at: number, [x, z]: readonly Tensor[], [row, other]: readonly Tensor[]): void {
    if (kind === "add") wide.push(add(x, z));
    else if (kind === "gate") wide.push(siluMultiply(x, z));
    else if (kind === "norm") wide.push(rmsNorm(x, on.weight, 1e-5));
    else if (kind === "exact") wide.push(packedLinear(x, on.q4));
    else if (kind === "fast") wide.push(packedLinear(x, on.q4, { precision: "fast" }));
    else if (kind === "fastQ8") rows.push(packedLinear(row, on.q8, { precision: "fast" }));
    else if (kind === "select") rows.push(selectRow(x, at));
    else if (kind === "view") rows.push(x.rows(at, 1));
    else if (kind === "addRow") rows.push(add(row, other));
    else if (!on.inputs.includes(x)) rotary(x.reshape([ROWS, 1, WIDTH]), on.table, { start: 0 });
  }
}
