// The tape: sums on fan-out, views, leaves, what is refused, memory.
import { describe, expect, it } from "vitest";
import { createReferenceExecutor } from "#native";
import {
  Arena,
  add,
  checkGradients,
  cpu,
  defineOp,
  gradients,
  noGrad,
  type Op,
  recompute,
  record,
  scaledDotProductAttention,
  sqrt,
  square,
  type Tensor,
  tensor,
  tidy,
} from "#tensor";
import { watch } from "../../support/devices.ts";
import { expectNear, noise } from "../../support/numbers.ts";
import { testOp } from "../../support/test-op.ts";

const code = (fn: () => unknown) => {
  try {
    fn();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
};

testOp("add", [
  {
    shapes: [
      [3, 5],
      [3, 5],
    ],
    run: (a, b) => add(a, b),
  },
  { shapes: [[2]], run: (a) => add(add(a, a), a) },
]);

describe("backward", () => {
  it("sums the gradients of all uses", () => {
    const x = tensor([1, 2]).requireGrad();
    expect(gradients(add(add(x, x), x), [x], { seed: tensor([1, 10]) })[0].dataSync()).toEqual(Float32Array.of(3, 30));
  });

  it("goes through views, and leaves the rest of a tensor without gradient at zero", () => {
    const x = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]).requireGrad();
    const y = add(x.rows(1, 1).reshape([2]), x.rows(1, 1).reshape([2]));
    expect(gradients(y, [x], { seed: tensor([1, 10]) })[0].dataSync()).toEqual(Float32Array.of(0, 0, 2, 20, 0, 0));
  });

  it("adds to grad from one call to the next until zeroGrad", () => {
    const x = tensor([1]).requireGrad();
    add(x, x).backward();
    add(x, x).backward();
    expect(x.grad?.dataSync()).toEqual(Float32Array.of(4));
    x.zeroGrad();
    expect(x.grad).toBeUndefined();
    add(x, x).backward();
    expect(x.grad?.dataSync()).toEqual(Float32Array.of(2));
  });

  it("gives an intermediate its gradient where it is asked for, though its memory was handed on", () => {
    const x = tensor([1, 2]).requireGrad();
    const middle = add(x, x);
    const found = gradients(add(middle, x), [middle, x], { seed: tensor([1, 2]) });
    expect(found.map((gradient) => [...gradient.dataSync()])).toEqual([
      [1, 2],
      [3, 6],
    ]);
  });

  it("lets the program dispose of what it does not need any more", () => {
    const x = tensor([1, 2]).requireGrad();
    const y = tidy(() => add(add(x, x), x));
    expect(gradients(y, [x], { seed: tensor([1, 1]) })[0].dataSync()).toEqual(Float32Array.of(3, 3));
  });

  it("frees everything that a step has made", () => {
    const { device, live } = watch(createReferenceExecutor());
    const x = tensor([1, 2], undefined, { device }).requireGrad();
    const step = () =>
      tidy(() => {
        add(add(x, x), x).backward(tensor([1, 1], undefined, { device }));
        x.zeroGrad();
      });
    step();
    const after = live.buffers.size;
    for (let i = 0; i < 3; i++) step();
    expect(live.buffers.size).toBe(after);
    expect(after).toBe(1);
  });
});

describe("what is refused", () => {
  const negateInPlace: Op<[x: Tensor]> = defineOp<[Tensor]>({
    name: "negateInPlace",
    inPlace: ([x]) => x,
    forward: (run, [x]) => run.fill({ y: x, n: x.size, value: 0 }),
  });

  it("is a loss of many values, one without gradients, one that was used up, one through an operation without gradient", () => {
    const x = tensor([1, 2]).requireGrad();
    expect(code(() => add(x, x).backward())).toBe("E_GRADIENT");
    expect(code(() => noGrad(() => add(x, x)).backward(tensor([1, 1])))).toBe("E_GRADIENT");
    const y = add(x, x);
    y.backward(tensor([1, 1]));
    expect(code(() => y.backward(tensor([1, 1])))).toBe("E_GRADIENT");
    const z = add(x, x);
    negateInPlace(z);
    expect(code(() => z.backward(tensor([1, 1])))).toBe("E_GRADIENT");
    expect(code(() => tensor(Int32Array.of(1)).requireGrad())).toBe("E_TENSOR_TYPE");
  });

  it("is changing a tensor in place that requires a gradient, or one that a gradient reads", () => {
    const x = tensor([1, 2]).requireGrad();
    expect(code(() => negateInPlace(x))).toBe("E_GRADIENT");
    const constant = tensor([1, 2]);
    const y = add(x, constant);
    constant.write([5]);
    expect(code(() => y.backward(tensor([1, 1])))).toBe("E_GRADIENT");
  });
});

describe("recompute", () => {
  it("gives the same gradients, inputs and parameters within alike, and keeps less", () => {
    const w = tensor([0.5, -1]).requireGrad();
    const block = (x: Tensor) => add(add(add(x, w), x), w);
    const x = tensor([1, 2]).requireGrad();
    const seed = tensor([1, 3]);
    const plain = gradients(block(block(x)), [x, w], { seed }).map((gradient) => [...gradient.dataSync()]);
    const again = gradients(recompute(block, recompute(block, x)), [x, w], { seed }).map((gradient) => [...gradient.dataSync()]);
    expect(again).toEqual(plain);
    recompute(block, x).backward(seed);
    expect(w.grad?.dataSync()).toEqual(Float32Array.of(2, 6));
  });
});

describe("in a recording", () => {
  it("memory of a gradient's own begins at zero where its kernel adds, though others have used that memory before", () => {
    const device = cpu();
    const [x, q] = [tensor(noise(24, 1), [1, 3, 2, 4]), tensor(noise(24, 2), [1, 3, 2, 4])].map((each) => each.requireGrad());
    // Keys and values are one tensor, and the queries have another use: all of the kernel's gradients add.
    const step = () => {
      const y = add(scaledDotProductAttention(q, x, x), q);
      return gradients(y, [x, q], { seed: y });
    };
    const right = step().map((gradient) => [...gradient.dataSync()]);
    const arena = new Arena(device);
    const recording = record(device, step, { arena });
    device.executor.write(arena.holding(0).place.buffer, 0, new Uint8Array(recording.arenaBytes).fill(255));
    recording.run();
    for (const [i, gradient] of recording.outputs.entries()) expectNear(gradient.dataSync(), right[i], 1e-6);
  });

  it("a loss and its gradients are one list that runs again with other inputs", () => {
    const device = cpu();
    const x = tensor([1, 2]).requireGrad();
    const recording = record(device, () => {
      const y = add(x, add(x, x));
      return gradients(y, [x], { seed: y });
    });
    recording.run();
    expect(recording.outputs[0].dataSync()).toEqual(Float32Array.of(9, 18));
    x.write([2, 2]);
    recording.run();
    expect(recording.outputs[0].dataSync()).toEqual(Float32Array.of(18, 18));
  });

  it("shares one block of memory with others: as large as the largest, freed with the last", () => {
    const { device, live, bytes } = watch(createReferenceExecutor());
    const x = tensor(new Float32Array(1000), undefined, { device });
    const before = bytes();
    const arena = new Arena(device);
    const made = [1, 2, 3].map((times) => record(device, () => Array.from({ length: times }, () => add(x, x)), { arena }));
    // 4,032 bytes for the first, twice that for the second; the third fits nowhere and doubles again.
    expect(bytes() - before).toBe(4032 + 8064 + 16128);
    const more = record(device, () => add(x, x), { arena });
    expect(bytes() - before).toBe(4032 + 8064 + 16128);
    for (const recording of [...made, more]) recording.run();
    for (const recording of [...made, more]) recording.dispose();
    arena.dispose();
    expect(live.buffers.size).toBe(1);
  });

  it("runs while the event loop goes on, refuses a second run meanwhile, and is cancelled by a signal", async () => {
    const x = tensor(new Float32Array(1000));
    const recording = record(cpu(), () => add(x, x));
    const running = recording.runAsync();
    expect(code(() => recording.run())).toBe("E_RECORDING");
    await running;
    await expect(recording.runAsync({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "E_CANCELLED" });
    recording.dispose();
  });
});

describe("checkGradients", () => {
  it("finds a gradient that is wrong", () => {
    const wrong: Op<[x: Tensor]> = defineOp<[Tensor]>({
      name: "wrong",
      shape: ([x]) => x,
      forward: (run, [x], y) => run.add({ a: x, b: x, y, n: x.size }),
      gradient: (_run, _args, dy, [dx]) => dx?.take(dy),
    });
    const check = checkGradients((x) => wrong(x), [tensor([1, 2, 3])]);
    expect(check.worst).toBeGreaterThan(0.4);
    expect(check.got * 2).toBeCloseTo(check.expected, 3);
  });

  it("never passes a gradient that is no number, wherever it stands", () => {
    // The slope of the root of 0² is 0 · ∞.
    for (const values of [
      [0, 1, 2],
      [1, 0, 2],
      [1, 2, 0],
    ]) {
      expect(checkGradients((x) => sqrt(square(x)), [tensor(values)]).worst, `${values}`).toBeNaN();
    }
  });
});
