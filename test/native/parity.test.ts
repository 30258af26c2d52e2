// Every kernel against its twin, on every tier of this machine, within the tolerance of its row.
import { describe, expect, it } from "vitest";
import { createReferenceExecutor, type Executor, type KernelName, kernelTable, openExecutor } from "#native";
import { allCases, type Case } from "./support/cases.ts";
import { hasNative, runCommand, tiers, type Values } from "./support/run.ts";

const EPSILON = 2 ** -23;
const cases = allCases();

/** Kernels whose int8 results may differ by one where a value lies between two integers. */
const rounding: ReadonlySet<KernelName> = new Set(["quantizeRows", "rmsNormQuantize", "siluMultiplyQuantize", "linearInt8Quantize"]);

function checkFloats(found: Float32Array, expected: Float32Array, tolerance: number, magnitude: Float64Array | undefined, label: string): void {
  let worst = 0;
  let at = 0;
  for (let i = 0; i < expected.length; i++) {
    // Numbers, not bits: a zero may have either sign.
    if (found[i] === expected[i] || Object.is(found[i], expected[i])) continue;
    const share = Math.abs(found[i] - expected[i]) / (tolerance * EPSILON * (magnitude?.[i] ?? Math.abs(expected[i])) + 1e-37);
    if (share > worst || Number.isNaN(share)) [worst, at] = [share, i];
    if (Number.isNaN(share)) break;
  }
  expect(worst <= 1, `${label}[${at}] is ${found[at]}, expected ${expected[at]}: ${worst} times the tolerance`).toBe(true);
}

// int8 blocks: d near, each q within one, and the second scale exactly d times the sum of what is there.
function checkBlocks(found: Record<string, Values["data"]>, expected: Record<string, Values["data"]>, tolerance: number): void {
  const q = new Int8Array(found.quantized.buffer);
  const wanted = new Int8Array(expected.quantized.buffer);
  expect(q.filter((value, i) => Math.abs(value - wanted[i]) > 1)).toHaveLength(0);
  expect(q.filter((value, i) => value !== wanted[i]).length).toBeLessThanOrEqual(1 + q.length / 100);
  const [scales, near] = [found.scales as Float32Array, expected.scales as Float32Array];
  for (let block = 0; block < scales.length / 2; block++) {
    checkFloats(scales.subarray(2 * block, 2 * block + 1), near.subarray(2 * block, 2 * block + 1), tolerance, undefined, `scale ${block}`);
    const sum = q.subarray(block * 32, block * 32 + 32).reduce((total, value) => total + value, 0);
    expect(scales[2 * block + 1]).toBe(Math.fround(scales[2 * block] * sum));
  }
}

function compare(one: Case, found: Record<string, Values["data"]>, expected: Record<string, Values["data"]>): void {
  const { tolerance } = kernelTable[one.kernel];
  // A fused kernel has the errors of the norm or the activation before it is rounded.
  if (rounding.has(one.kernel)) {
    checkBlocks(found, expected, one.kernel === "quantizeRows" ? tolerance : 8);
    return;
  }
  for (const [name, values] of Object.entries(expected)) {
    if (values instanceof Float32Array) {
      const magnitude = one.kernel === "topCandidates" && name === "values" ? new Float64Array(values.length) : one.magnitude?.(name);
      checkFloats(found[name] as Float32Array, values, tolerance, magnitude, name);
    } else if (!Buffer.from(found[name].buffer).equals(Buffer.from(values.buffer))) expect(found[name], name).toEqual(values);
  }
}

describe("the cases", () => {
  it("call every kernel of the table", () => {
    expect(new Set(cases.map(({ kernel }) => kernel))).toEqual(new Set(Object.keys(kernelTable)));
  });
});

describe.runIf(hasNative)("native kernels against their twins", () => {
  const reference = createReferenceExecutor();
  const native = hasNative ? openExecutor({ executor: "native" }) : reference;
  for (const one of cases) {
    it(`${one.kernel}: ${one.label}`, () => {
      const expected = runCommand(reference, one);
      for (const tier of tiers) compare(one, runCommand(native, one, { tier, rubbish: true }), expected);
    });
  }

  it("both ask for the same number of elements of every operand", () => {
    const fits = (executor: Executor, one: Case, short: string) => {
      const operands = Object.fromEntries(
        Object.entries(one.operands).map(([name, { type, data }]) => {
          const bytes = data.byteLength - (name === short ? data.BYTES_PER_ELEMENT : 0);
          return [name, { buffer: executor.allocate(Math.max(bytes, 0)), offset: 0, type }] as const;
        }),
      );
      try {
        executor.freeList(executor.compile([{ kernel: one.kernel, operands, sizes: one.sizes, flags: one.flags }]));
        return true;
      } catch (error) {
        expect(error).toMatchObject({ code: "E_PROGRAM" });
        return false;
      }
    };
    for (const one of cases) {
      const bytes = Object.values(one.operands).reduce((sum, { data }) => sum + data.byteLength, 0);
      if (bytes > 1 << 20) continue;
      for (const short of ["", ...Object.keys(one.operands)]) {
        expect(fits(native, one, short), `${one.kernel}, ${one.label}, ${short} one element short`).toBe(fits(reference, one, short));
      }
    }
  });
});
