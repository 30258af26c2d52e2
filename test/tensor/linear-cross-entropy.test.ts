// Cross-entropy by runs of rows: the same as the whole product and its loss, in less memory.
import { describe, expect, it } from "vitest";
import { add, crossEntropy, gradients, linearCrossEntropy, matmul, record, type Tensor, tensor } from "#tensor";
import { anyDevice, devices } from "../support/devices.ts";
import { expectNear, noise, on } from "../support/numbers.ts";
import { testOp } from "../support/test-op.ts";

const labels = (x: Tensor, values: readonly number[]) => tensor(Int32Array.from(values), undefined, { device: x.device });

testOp("linearCrossEntropy", [
  {
    shapes: [[5, 4], [7, 4], [7]],
    run: (x, weight, bias) => linearCrossEntropy(x, weight, labels(x, [0, 6, -100, 3, 3]), { bias, chunk: 2 }),
  },
  {
    label: "a kernel [C, V], steps, sum",
    shapes: [
      [2, 3, 4],
      [4, 9],
    ],
    run: (x, weight) =>
      linearCrossEntropy(x, weight, labels(x, [0, 8, 2, 3, 3, 1]), { transpose: true, chunk: 4, reduction: "sum", labelSmoothing: 0.1 }),
  },
  { label: "no rows", shapes: [[0, 4], [7, 4], [7]], run: (x, weight, bias) => linearCrossEntropy(x, weight, labels(x, []), { bias }) },
]);

describe.each(devices)("linearCrossEntropy on $name", ({ device }) => {
  it.each([1, 7, 64, 1000])("by runs of %i rows gives what the whole product gives, also times a factor", (chunk) => {
    const [rows, width, vocabulary] = [64, 20, 90];
    const [x, weight, bias] = [
      on(device, noise(rows * width, 1), [rows, width]),
      on(device, noise(vocabulary * width, 2), [vocabulary, width]),
      on(device, noise(vocabulary, 3), [vocabulary]),
    ].map((input) => input.requireGrad());
    const targets = labels(
      x,
      Array.from({ length: rows }, (_, i) => (i % 5 === 0 ? -100 : (i * 37) % vocabulary)),
    );
    const weights = on(device, noise(vocabulary, 4).map(Math.abs), [vocabulary]);
    const options = { weights, labelSmoothing: 0.05 };
    const whole = crossEntropy(matmul(x, weight, { transposeB: true, bias }), targets, options);
    const byRuns = linearCrossEntropy(x, weight, targets, { ...options, bias, chunk });
    expectNear(byRuns.dataSync(), whole.dataSync(), 1e-6);
    const seed = on(device, [3], []);
    const expected = gradients(whole, [x, weight, bias], { seed });
    for (const [i, gradient] of gradients(byRuns, [x, weight, bias], { seed }).entries())
      expectNear(gradient.dataSync(), expected[i].dataSync(), 1e-6);
  });

  it("adds to gradients that come from elsewhere, too", () => {
    const x = on(device, [1, 2], [1, 2]).requireGrad();
    const weight = on(device, [1, 0, 0, 1], [2, 2]).requireGrad();
    const once = gradients(linearCrossEntropy(x, weight, labels(x, [0])), [weight])[0].dataSync();
    const losses = [0, 1].map(() => linearCrossEntropy(x, weight, labels(x, [0])));
    const twice = gradients(add(losses[0], losses[1]), [weight])[0].dataSync();
    expectNear(
      twice,
      once.map((value) => 2 * value),
    );
  });
});

it("needs less memory than the whole product", () => {
  const [rows, width, vocabulary] = [512, 32, 2000];
  const x = on(anyDevice, noise(rows * width, 1), [rows, width]).requireGrad();
  const weight = on(anyDevice, noise(vocabulary * width, 2), [vocabulary, width]).requireGrad();
  const targets = labels(
    x,
    Array.from({ length: rows }, (_, i) => i),
  );
  const bytes = (loss: () => Tensor) => {
    const recording = record(anyDevice, () => {
      const y = loss();
      return [y, ...gradients(y, [x, weight])];
    });
    recording.run();
    const values = recording.outputs.map((output) => output.dataSync());
    recording.dispose();
    return { arena: recording.arenaBytes, values };
  };
  const whole = bytes(() => crossEntropy(matmul(x, weight, { transposeB: true }), targets));
  const byRuns = bytes(() => linearCrossEntropy(x, weight, targets, { chunk: 64 }));
  for (const [i, values] of byRuns.values.entries()) expectNear(values, whole.values[i], 1e-6);
  // The logits of all rows, and their gradient, are 8.2 MB; those of a run 0.5.
  expect(whole.arena).toBeGreaterThan(2 * rows * vocabulary * 4);
  expect(byRuns.arena).toBeLessThan((64 * vocabulary + width * vocabulary + rows * width) * 4 + 20_000);
});

describe("what is refused", () => {
  const [x, weight] = [
    tensor([[1, 2]]),
    tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]),
  ];
  const zero = tensor(Int32Array.of(0));
  it("shapes that do not go together, and runs of no rows", () => {
    const shape = expect.objectContaining({ code: "E_SHAPE" });
    expect(() => linearCrossEntropy(x, weight, zero, { transpose: true })).toThrow(shape);
    expect(() => linearCrossEntropy(x, tensor([1, 2]), zero)).toThrow(shape);
    expect(() => linearCrossEntropy(x, weight, tensor(Int32Array.of(0, 1)))).toThrow(shape);
    expect(() => linearCrossEntropy(x, weight, zero, { bias: tensor([1]) })).toThrow(shape);
    expect(() => linearCrossEntropy(x, weight, zero, { chunk: 0 })).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });

  it("labels outside and numbers that are none", () => {
    expect(() => linearCrossEntropy(x, weight, tensor(Int32Array.of(3)))).toThrow(
      expect.objectContaining({ parameters: { kernel: "crossEntropy", why: "index", value: 3, limit: 3 } }),
    );
    expect(() => linearCrossEntropy(tensor([[Number.NaN, 0]]), weight, zero)).toThrow(
      expect.objectContaining({ parameters: { kernel: "crossEntropy", why: "numeric", value: 0, limit: 1 } }),
    );
  });
});
