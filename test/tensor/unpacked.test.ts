// Products with packed weights under a tape: values of the de-quantised matrix, gradients through it, the same bits on one thread and two.
import { describe, expect, it } from "vitest";
import { openExecutor } from "#native";
import { cpu, type Device, gradients, lowRankLinear, matmul, tensor, unpackedLinear, unpackMatrix, withPrecision } from "#tensor";
import { devices } from "../support/devices.ts";
import { expectBits, noise, packed as packedOf, weightTypes } from "../support/numbers.ts";
import type { WrittenType } from "../support/quantize.ts";
import { testOp } from "../support/test-op.ts";

const code = (name: string) => expect.objectContaining({ code: name });
const types = weightTypes;
const packed = (device: Device, type: WrittenType, outputs: number, inputs: number) =>
  packedOf(device, type, noise(outputs * inputs, 5), outputs, inputs).matrix;

testOp(
  "unpackedLinear",
  types.map((type) => ({ label: type, shapes: [[3, 96]], run: (x) => unpackedLinear(x, packed(x.device, type, 45, 96)) })),
);

testOp(
  "lowRankLinear",
  (["F32", "Q8_0"] as const).map((type) => ({
    label: type,
    shapes: [
      [3, 96],
      [4, 96],
      [45, 4],
    ],
    run: (x, a, b) => lowRankLinear(x, a, b, packed(x.device, type, 45, 96), 0.5),
  })),
);

describe.each(devices)("on $name", ({ device }) => {
  it.each(types)("a product with %s weights is that with their values, in f32 and in bf16", (type) => {
    const matrix = packed(device, type, 45, 96);
    const x = tensor(Float32Array.from(noise(5 * 96, 1)), [5, 96], { device }).requireGrad();
    const seed = tensor(Float32Array.from(noise(5 * 45, 2)), [5, 45], { device });
    for (const precision of ["f32", "bf16"] as const) {
      withPrecision(precision, () => {
        const found = unpackedLinear(x, matrix);
        const expected = matmul(x, unpackMatrix(matrix), { transposeB: true });
        expectBits(found.dataSync() as Float32Array, expected.dataSync() as Float32Array, precision);
        const [dx, expectedDx] = [found, expected].map((y) => gradients(y, [x], { seed })[0].dataSync() as Float32Array);
        expectBits(dx, expectedDx, `${precision} gradient`);
      });
    }
  });

  it("refuses rows of another width", () => {
    expect(() => unpackedLinear(tensor([[1, 2]], undefined, { device }), packed(device, "F32", 16, 96))).toThrow(code("E_SHAPE"));
  });
});

it("gives the same bits for one thread and two", () => {
  const [one, two] = [1, 2].map((threads) => {
    const device = cpu(openExecutor({ threads }));
    const x = tensor(Float32Array.from(noise(70 * 96, 1)), [70, 96], { device }).requireGrad();
    const y = withPrecision("bf16", () => unpackedLinear(x, packed(device, "Q4_0", 272, 96)));
    const seed = tensor(Float32Array.from(noise(70 * 272, 2)), [70, 272], { device });
    return [y.dataSync(), gradients(y, [x], { seed })[0].dataSync()] as Float32Array[];
  });
  expectBits(two[0], one[0]);
  expectBits(two[1], one[1]);
});
