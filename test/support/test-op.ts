// Checks an operation whole: values on every executor and tier, gradients by finite differences and on every executor, sums of gradients on fan-out. Knows no operations.
import { describe, expect, it } from "vitest";
import { Arena, checkGradients, cpu, type Device, gradients, noGrad, record, type Tensor, tensor, tidy } from "#tensor";
import { devices, executors } from "./devices.ts";
import { expectNear, noise } from "./numbers.ts";

/** What is checked. */
export interface OpCase {
  readonly label?: string;
  /** Shapes of the inputs that have gradients. Their values are noise in [-1, 1), or `values`. */
  readonly shapes: readonly (readonly number[])[];
  readonly values?: readonly ArrayLike<number>[];
  /** Calls the operation on inputs on one device; makes what else it needs there. */
  readonly run: (...inputs: Tensor[]) => Tensor;
  /** Relative tolerance between executors. Default 1e-5. */
  readonly near?: number;
  /** Step of the finite differences, and what counts as right. Defaults 1e-2 and 2e-2. Without gradient: false. */
  readonly epsilon?: number;
  readonly worst?: number;
  readonly gradient?: boolean;
}

/** Registers the tests of an operation. */
export function testOp(name: string, cases: readonly OpCase[]): void {
  describe(name, () => {
    for (const one of cases) {
      const label = one.label ?? one.shapes.map((shape) => `[${shape.join(", ")}]`).join(" ");
      it(`${label}: the same on every executor`, () => sameEverywhere(one));
      if (one.gradient !== false) it(`${label}: gradients as finite differences say`, () => rightGradients(one));
    }
  });
}

function inputsOf(one: OpCase, device = devices[0].device): Tensor[] {
  return one.shapes.map((shape, i) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return tensor(Float32Array.from(one.values?.[i] ?? noise(size, 100 + i)), shape, { device });
  });
}

// Values and gradients (of a seed of noise), computed at once and from a recording.
function results(
  one: OpCase,
  device: (typeof devices)[number]["device"],
): { y: ArrayLike<number>; shape: readonly number[]; gradients: ArrayLike<number>[] } {
  return tidy(() => {
    const inputs = inputsOf(one, device);
    if (one.gradient === false) {
      const y = noGrad(() => one.run(...inputs));
      return { y: y.dataSync(), shape: y.shape, gradients: [] };
    }
    for (const input of inputs) input.requireGrad();
    const y = one.run(...inputs);
    const seed = tensor(Float32Array.from(noise(y.size, 7)), y.shape, { device });
    return { y: y.dataSync(), shape: y.shape, gradients: gradients(y, inputs, { seed }).map((gradient) => gradient.dataSync()) };
  });
}

function sameEverywhere(one: OpCase): void {
  const near = one.near ?? 1e-5;
  const expected = results(one, devices[0].device);
  for (const { name, device } of devices.slice(1)) {
    const found = results(one, device);
    expect(found.shape).toEqual(expected.shape);
    expectNear(found.y, expected.y, near, name);
    for (const [i, gradient] of found.gradients.entries()) expectNear(gradient, expected.gradients[i], near, `${name}, gradient ${i}`);
  }
  for (const { executor } of [executors[0], executors[executors.length - 1]]) recorded(one, cpu(executor()), expected, near);
}

// The same list, recorded: fused, planned into an arena full of NaN, run twice. What a kernel leaves unwritten is found by that.
function recorded(one: OpCase, device: Device, expected: ReturnType<typeof results>, near: number): void {
  const inputs = inputsOf(one, device);
  const wants = one.gradient !== false;
  const arena = new Arena(device);
  if (wants) for (const input of inputs) input.requireGrad();
  const recording = record(
    device,
    () => {
      const y = one.run(...inputs);
      const seed = tensor(Float32Array.from(noise(y.size, 7)), y.shape, { device });
      return wants ? [y, ...gradients(y, inputs, { seed })] : [y];
    },
    { arena },
  );
  const { buffer } = arena.holding(0).place;
  const rubbish = new Uint8Array(recording.arenaBytes).fill(255);
  device.executor.write(buffer, 0, rubbish);
  recording.run();
  const first = recording.outputs.map((output) => Array.from(output.dataSync()));
  device.executor.write(buffer, 0, rubbish);
  recording.run();
  const second = recording.outputs.map((output) => Array.from(output.dataSync()));
  expect(second).toEqual(first);
  for (const [i, found] of first.entries())
    expectNear(found, [expected.y, ...expected.gradients][i], near, `recorded, ${i === 0 ? "value" : `gradient ${i - 1}`}`);
  recording.dispose();
  arena.dispose();
}

function rightGradients(one: OpCase): void {
  const check = checkGradients(one.run, inputsOf(one), { epsilon: one.epsilon });
  expect(check.worst, `input ${check.input}, element ${check.element}: ${check.got}, by differences ${check.expected}`).toBeLessThan(
    one.worst ?? 2e-2,
  );
}
