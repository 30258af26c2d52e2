// Whole recurrent layers: values, masks, directions, gradients.
import { describe, expect, it } from "vitest";
import { add, gradients, gru, type LstmOptions, lstm, noGrad, type RecurrentOptions, simpleRnn, type Tensor, tensor } from "#tensor";
import { expectNear, noise } from "../support/numbers.ts";
import { type OpCase, testOp } from "../support/test-op.ts";

const [rows, steps, units] = [3, 4, 2];
const maskOn = (like: Tensor) => tensor(Int32Array.of(0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0), [rows, steps], { device: like.device });
const state = [rows, units];

/** Cases of one cell: plain, from a state, masked, backwards. `all` sums what it gives into one tensor. */
function cases(gateCount: number, states: number, run: (gates: Tensor, kernel: Tensor, options: RecurrentOptions & LstmOptions) => Tensor): OpCase[] {
  const shapes = [
    [rows, steps, gateCount * units],
    [units, gateCount * units],
  ];
  const started = [...shapes, ...Array.from({ length: states }, () => state)];
  const of = ([hidden, cell]: Tensor[]) => (cell ? { hidden, cell } : { hidden });
  return [
    { label: "from zeros", shapes, run: (gates, kernel) => run(gates, kernel, {}) },
    { label: "from a state", shapes: started, run: (gates, kernel, ...given) => run(gates, kernel, of(given)) },
    {
      label: "masked, backwards",
      shapes: started,
      run: (gates, kernel, ...given) => run(gates, kernel, { ...of(given), mask: maskOn(gates), reverse: true }),
    },
    {
      label: "masked with zeros",
      shapes: started,
      run: (gates, kernel, ...given) => run(gates, kernel, { ...of(given), mask: maskOn(gates), zeroMasked: true }),
    },
  ];
}

testOp(
  "lstm, all outputs",
  cases(4, 2, (gates, kernel, options) => lstm(gates, kernel, options).outputs),
);
testOp(
  "lstm, last states",
  cases(4, 2, (gates, kernel, options) => {
    const { hidden, cell } = lstm(gates, kernel, options);
    return add(hidden, cell);
  }),
);
testOp(
  "gru, all outputs",
  cases(3, 1, (gates, kernel, { hidden, mask, reverse, zeroMasked }) => gru(gates, kernel, { hidden, mask, reverse, zeroMasked }).outputs),
);
testOp("gru with a recurrent bias, last state", [
  {
    shapes: [[rows, steps, 3 * units], [units, 3 * units], [3 * units]],
    run: (gates, kernel, recurrentBias) => gru(gates, kernel, { recurrentBias, mask: maskOn(gates) }).hidden,
  },
]);
testOp(
  "simpleRnn, all outputs",
  cases(1, 1, (gates, kernel, { hidden, mask, reverse, zeroMasked }) => simpleRnn(gates, kernel, { hidden, mask, reverse, zeroMasked }).outputs),
);
testOp("simpleRnn of relu, last state", [
  {
    shapes: [
      [rows, steps, units],
      [units, units],
    ],
    run: (gates, kernel) => simpleRnn(gates, kernel, { activation: "relu" }).hidden,
  },
]);

const gatesOf = (values: number[][]) => tensor([values.map((row) => row)]);
const open = [9, 9, 1, 9];

describe("lstm", () => {
  it("carries the state over skipped steps and repeats the output before, zeros before the first", () => {
    const kernel = tensor(noise(4, 3), [1, 4]);
    const { outputs, hidden } = lstm(gatesOf([open, open, open, open]), kernel, { mask: tensor(Int32Array.of(0, 1, 0, 1), [1, 4]) });
    const short = lstm(gatesOf([open, open]), kernel).outputs.dataSync();
    expect(Array.from(outputs.dataSync())).toEqual([0, short[0], short[0], short[1]]);
    expect(hidden.dataSync()).toEqual(short.subarray(1));
  });

  it("gives of a row that is skipped whole the state that it began with, and zeros as outputs", () => {
    const options = { hidden: tensor([[0.25]]), cell: tensor([[0.5]]), mask: tensor(Int32Array.of(0, 0), [1, 2]) };
    const { outputs, hidden, cell } = lstm(gatesOf([open, open]), tensor([[1, 1, 1, 1]]), options);
    expect([...outputs.dataSync(), ...hidden.dataSync(), ...cell.dataSync()]).toEqual([0, 0, 0.25, 0.5]);
  });

  it("backwards is forwards on steps in the other order", () => {
    const values = Array.from({ length: 5 }, (_, t) => Array.from(noise(8, 20 + t)));
    const kernel = tensor(noise(16, 5), [2, 8]);
    const there = lstm(gatesOf(values), kernel, { reverse: true }).outputs.reshape([5, 2]);
    const back = lstm(gatesOf([...values].reverse()), kernel).outputs.reshape([5, 2]);
    for (let t = 0; t < 5; t++) expect(there.rows(t, 1).dataSync()).toEqual(back.rows(4 - t, 1).dataSync());
  });

  it("gives each row the same bits whatever rows stand beside it", () => {
    const [count, width] = [19, 20];
    const gates = tensor(noise(count * 3 * 4 * width, 6), [count, 3, 4 * width]);
    const kernel = tensor(noise(4 * width * width, 7, 0.3), [width, 4 * width]);
    const all = lstm(gates, kernel).outputs;
    for (const row of [0, 7, 18]) expect(lstm(gates.rows(row, 1), kernel).outputs.dataSync()).toEqual(all.rows(row, 1).dataSync());
  });

  it("adds its gradients to what other uses of its gates and states left there", () => {
    const gates = tensor(noise(12, 8), [1, 3, 4]).requireGrad();
    const hidden = tensor([[0.5]]).requireGrad();
    const kernel = tensor(noise(4, 9), [1, 4]).requireGrad();
    const cell = tensor([[0.25]]);
    const once = gradients(lstm(gates, kernel, { hidden, cell }).hidden, [gates, kernel, hidden]);
    const results = [lstm(gates, kernel, { hidden, cell }), lstm(gates, kernel, { hidden, cell })];
    const twice = gradients(add(add(results[0].hidden, results[1].hidden), hidden), [gates, kernel, hidden]);
    expectNear(
      twice[0].dataSync(),
      once[0].dataSync().map((d) => 2 * d),
    );
    expectNear(
      twice[1].dataSync(),
      once[1].dataSync().map((d) => 2 * d),
    );
    expectNear(
      twice[2].dataSync(),
      once[2].dataSync().map((d) => 2 * d + 1),
    );
  });

  it("keeps nothing for a gradient that nobody wants", () => {
    const gates = tensor(noise(8, 1), [1, 2, 4]).requireGrad();
    const kernel = tensor(noise(4, 2), [1, 4]);
    expect(noGrad(() => lstm(gates, kernel)).hidden.requiresGrad).toBe(false);
    expect(noGrad(() => lstm(gates, kernel)).hidden.dataSync()).toEqual(lstm(gates, kernel).hidden.dataSync());
  });

  it.each([
    ["gates that are no four blocks", () => lstm(tensor(noise(6, 1), [1, 1, 6]), tensor(noise(4, 1), [1, 4]))],
    ["a recurrent kernel of another width", () => lstm(tensor(noise(8, 1), [1, 1, 8]), tensor(noise(4, 1), [1, 4]))],
    ["a hidden state without a cell", () => lstm(tensor(noise(4, 1), [1, 1, 4]), tensor(noise(4, 1), [1, 4]), { hidden: tensor([[1]]) })],
    ["a mask of other steps", () => lstm(tensor(noise(4, 1), [1, 1, 4]), tensor(noise(4, 1), [1, 4]), { mask: tensor(Int32Array.of(1, 1), [1, 2]) })],
    ["a bias of another width", () => gru(tensor(noise(3, 1), [1, 1, 3]), tensor(noise(3, 1), [1, 3]), { recurrentBias: tensor([1]) })],
  ])("refuses %s", (_, call) => {
    expect(call).toThrow(expect.objectContaining({ code: "E_SHAPE" }));
  });
});
