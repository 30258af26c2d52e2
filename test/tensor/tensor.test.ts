// Tensors as values with shapes: made from numbers, typed, viewed, written, freed.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createReferenceExecutor } from "#native";
import {
  add,
  argMax,
  cpu,
  divide,
  matmul,
  max,
  maximum,
  mean,
  multiply,
  record,
  selectRow,
  std,
  subtract,
  sum,
  type Tensor,
  tanh,
  tensor,
  tidy,
  variance,
  zeros,
} from "#tensor";
import { anyDevice as device, devices, watch } from "../support/devices.ts";
import { toBf16 } from "../support/plain.ts";

const code = (code: string, parameters: object = {}) => expect.objectContaining({ code, parameters: expect.objectContaining(parameters) });

describe("tensor", () => {
  it("takes its shape from nested arrays, its type from typed ones, and either from what it is told", () => {
    expect(tensor(7, undefined, { device })).toMatchObject({ shape: [], type: "f32", size: 1 });
    expect(
      tensor(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        undefined,
        { device },
      ),
    ).toMatchObject({ shape: [2, 3], type: "f32" });
    expect(tensor([[[]]], undefined, { device })).toMatchObject({ shape: [1, 1, 0], size: 0 });
    expect(tensor(Int32Array.of(1, 2), undefined, { device })).toMatchObject({ shape: [2], type: "i32" });
    expect(tensor(Uint8Array.of(1, 2, 3, 4), [2, 2], { device })).toMatchObject({ shape: [2, 2], type: "u8" });
    expect(tensor([1, 2], [1, 2], { device, type: "i32" })).toMatchObject({ shape: [1, 2], type: "i32" });
  });

  it.each(devices)("gives back the values of each type on $name", async ({ device }) => {
    expect(await tensor([0.5, -2], undefined, { device }).data()).toEqual(Float32Array.of(0.5, -2));
    expect(tensor([2 ** 31 - 1, -(2 ** 31)], undefined, { device, type: "i32" }).dataSync()).toEqual(Int32Array.of(2 ** 31 - 1, -(2 ** 31)));
    expect(tensor([0, 255], undefined, { device, type: "u8" }).dataSync()).toEqual(Uint8Array.of(0, 255));
    expect(zeros([2, 2], { device }).dataSync()).toEqual(new Float32Array(4));
  });

  it("rounds to bf16 to nearest even, as the definition does for any number", () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 50 }), (values) => {
        const stored = tensor(values, undefined, { device, type: "bf16" });
        expect(stored.dataSync()).toEqual(Float32Array.from(values, toBf16));
        stored.dispose();
      }),
    );
    const [nan, overflow] = tensor([Number.NaN, 3.4e38], undefined, { device, type: "bf16" }).dataSync();
    expect([nan, overflow]).toEqual([Number.NaN, Number.POSITIVE_INFINITY]);
  });

  it("refuses values that do not fill the shape, rows of different lengths, and shapes that count nothing", () => {
    expect(() => tensor([1, 2, 3], [2, 2], { device })).toThrow(code("E_TENSOR_VALUES", { expected: 4, got: 3 }));
    expect(() => tensor([[1, 2], [3]], undefined, { device })).toThrow(code("E_TENSOR_VALUES"));
    expect(() => tensor([[1, 2, 3], [4]], [2, 2], { device })).not.toThrow();
    expect(() => tensor([[1, 2, 3], [4]], undefined, { device })).toThrow(code("E_TENSOR_VALUES"));
    expect(() => tensor([[1], 2] as never, undefined, { device })).toThrow(code("E_TENSOR_VALUES"));
    for (const wrong of ["abc", ["a"], [[1], [null]], [1n]])
      expect(() => tensor(wrong as never, undefined, { device })).toThrow(code("E_OPTION", { option: "values" }));
    expect(tensor([[7]], undefined, { device }).item()).toBe(7);
    expect(() => tensor([1, 2], undefined, { device }).item()).toThrow(code("E_SHAPE"));
    for (const shape of [[-1, -4], [1.5, 2], [Number.NaN]]) expect(() => zeros(shape, { device }), `${shape}`).toThrow(code("E_SHAPE"));
  });

  it.each(devices)("says E_MEMORY for more than any machine has on $name", ({ device }) => {
    expect(() => zeros([2 ** 25, 2 ** 25], { device })).toThrow(code("E_MEMORY", { needed: 2 ** 52 }));
  });

  it("prints type, shape and values, and cuts long dimensions", () => {
    expect(
      String(
        tensor(
          [
            [1, 2],
            [3, 4.000001],
          ],
          undefined,
          { device },
        ),
      ),
    ).toBe("f32[2, 2] [[1, 2], [3, 4]]");
    expect(
      String(
        tensor(
          Int32Array.from({ length: 20 }, (_, i) => i),
          undefined,
          { device },
        ),
      ),
    ).toBe("i32[20] [0, 1, 2, 3, …, 16, 17, 18, 19]");
    expect(String(tensor(3, undefined, { device }))).toBe("f32[] 3");
  });
});

describe("what PyTorch's programs write", () => {
  it("a number stands for a tensor of nothing else, on either side, and has no gradient", () => {
    const x = tensor([1, 2, 4], undefined, { device }).requireGrad();
    expect([add(x, 1), subtract(10, x), multiply(x, 2), divide(8, x), maximum(x, 3)].map((y) => [...y.dataSync()])).toEqual([
      [2, 3, 5],
      [9, 8, 6],
      [2, 4, 8],
      [8, 4, 2],
      [3, 3, 4],
    ]);
    divide(8, x).backward(tensor([1, 1, 1], undefined, { device }));
    expect([...(x.grad?.dataSync() ?? [])]).toEqual([-8, -2, -0.5]);
    expect(add(tensor(2, undefined, { device }), 1).shape).toEqual([]);
    const twice = record(device, () => multiply(x, 2));
    twice.run();
    expect([...twice.outputs.dataSync()]).toEqual([2, 4, 8]);
  });

  it("one size of a shape may be -1, where the others divide the whole", () => {
    const x = zeros([4, 10], { device });
    expect([x.reshape([-1]), x.reshape([-1, 5]), x.reshape([2, -1, 5])].map(({ shape }) => shape)).toEqual([[40], [8, 5], [2, 4, 5]]);
    for (const shape of [
      [-1, 7],
      [-1, -1],
      [-1, 0],
      [-2, 20],
    ])
      expect(() => x.reshape(shape)).toThrow(code("E_SHAPE"));
  });

  it("what is no shape, no tensor, or no option, is refused by name", () => {
    const x = zeros([2, 3], { device });
    const any = (operation: unknown) => operation as (...values: readonly unknown[]) => unknown;
    for (const shape of [4, "4", { type: "i32" }, null]) expect(() => any(zeros)(shape)).toThrow(code("E_OPTION", { option: "shape" }));
    for (const other of [undefined, null, "1", [1, 2, 3], {}]) {
      expect(() => any(add)(x, other)).toThrow(code("E_OPTION", { option: "add" }));
      expect(() => any(matmul)(x, other)).toThrow(code("E_OPTION", { option: "matmul" }));
      expect(() => any(tanh)(other)).toThrow(code("E_OPTION", { option: "tanh" }));
      expect(() => any(sum)(other)).toThrow(code("E_OPTION", { option: "sum" }));
    }
    for (const reduce of [sum, mean, max, argMax, variance, std]) {
      expect(() => any(reduce)(x, 1)).toThrow(code("E_OPTION", { option: "options" }));
      expect(() => any(reduce)(x, { axes: 1 })).toThrow(/"axis"/);
    }
  });
});

describe("views", () => {
  const base = () =>
    tensor(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      undefined,
      { device },
    );

  it("share memory with what they are views of", () => {
    const whole = base();
    const row = whole.rows(1, 2);
    expect([row.shape, row.dataSync()]).toEqual([[2, 2], Float32Array.of(3, 4, 5, 6)]);
    row.write([9], 3);
    expect(whole.reshape([6]).dataSync()).toEqual(Float32Array.of(1, 2, 3, 4, 5, 9));
    expect(row.rows(1, 1).reshape([2]).dataSync()).toEqual(Float32Array.of(5, 9));
  });

  it("of another size, or outside, are refused and name themselves", () => {
    expect(() => base().reshape([4])).toThrow(code("E_SHAPE", { operation: "reshape", got: [4] }));
    expect(() => base().reshape([-2, -3])).toThrow(code("E_SHAPE"));
    expect(() => base().rows(2, 2)).toThrow(code("E_SHAPE", { operation: "rows" }));
    expect(() => base().rows(-1, 1)).toThrow(code("E_SHAPE", { operation: "rows" }));
    expect(() => base().rows(0.5, 1)).toThrow(code("E_SHAPE", { operation: "rows" }));
    expect(() => base().write([1, 2], 5)).toThrow(code("E_SHAPE", { operation: "write" }));
    expect(() => base().write([1], -1)).toThrow(code("E_SHAPE", { operation: "write" }));
  });

  it("keep the memory until the last of them is disposed of", () => {
    const { device, live } = watch(createReferenceExecutor());
    const whole = zeros([4, 4], { device });
    const row = whole.rows(1, 1);
    whole.dispose();
    whole.dispose();
    expect(live.buffers.size).toBe(1);
    expect(row.dataSync()).toEqual(new Float32Array(4));
    row[Symbol.dispose]();
    expect(live.buffers.size).toBe(0);
  });
});

describe("a disposed tensor", () => {
  it("is refused wherever it is used", async () => {
    const gone = tensor([1, 2], undefined, { device });
    gone.dispose();
    const uses: ((x: Tensor) => unknown)[] = [(x) => x.dataSync(), (x) => x.write([1]), (x) => x.reshape([2]), (x) => x.rows(0, 1), (x) => add(x, x)];
    for (const use of uses) expect(() => use(gone)).toThrow(code("E_DISPOSED"));
    await expect(gone.data()).rejects.toThrow(code("E_DISPOSED"));
  });
});

describe("tidy", () => {
  const begin = () => {
    const { device, live } = watch(createReferenceExecutor());
    return { a: tensor([1, 2], undefined, { device }), live };
  };

  it("frees what was made in it and keeps what it returns, in arrays and objects too", () => {
    const { a, live } = begin();
    const { sums } = tidy(() => {
      const twice = add(a, a);
      return { sums: [add(twice, a), { more: add(twice, twice) }] as const };
    });
    expect(live.buffers.size).toBe(3);
    expect(sums[0].dataSync()).toEqual(Float32Array.of(3, 6));
    expect(sums[1].more.dataSync()).toEqual(Float32Array.of(4, 8));
  });

  it("keeps the memory of a returned view, and frees it with the view", () => {
    const { a, live } = begin();
    const row = tidy(() => add(a, a).reshape([2, 1]).rows(1, 1));
    expect(row.dataSync()).toEqual(Float32Array.of(4));
    expect(live.buffers.size).toBe(2);
    row.dispose();
    expect(live.buffers.size).toBe(1);
  });

  it("inside another hands what it keeps to the outer one", () => {
    const { a, live } = begin();
    tidy(() => {
      const inner = tidy(() => add(add(a, a), a));
      expect(inner.dataSync()).toEqual(Float32Array.of(3, 6));
      expect(live.buffers.size).toBe(2);
    });
    expect(live.buffers.size).toBe(1);
  });

  it("frees everything when its function throws, and the scope is left", () => {
    const { a, live } = begin();
    const run = () =>
      tidy(() => {
        add(a, a);
        throw new Error("on purpose");
      });
    expect(run).toThrow("on purpose");
    expect(live.buffers.size).toBe(1);
    const later = add(a, a);
    expect(later.dataSync()).toEqual(Float32Array.of(2, 4));
  });

  it("leaves no list behind: operations at once free theirs, also when they fail", () => {
    const { a, live } = begin();
    add(a, a);
    expect(() => selectRow(a.reshape([1, 2]), 1)).toThrow(code("E_KERNEL", { kernel: "selectRow", why: "index", value: 1, limit: 1 }));
    expect(live.lists.size).toBe(0);
  });
});

describe("devices", () => {
  it("do not mix", () => {
    const [here, there] = [tensor([1], undefined, { device }), tensor([1], undefined, { device: cpu(createReferenceExecutor()) })];
    expect(() => add(here, there)).toThrow(code("E_DEVICE", { operation: "add" }));
  });

  it("are one for the whole program where none is named", () => {
    expect(tensor([1]).device).toBe(cpu());
    expect(cpu().name).toBe("cpu");
  });
});
