// Recordings: nothing runs while recording, registers are taken anew, outputs last until the next run, and everything is freed.
import { describe, expect, it } from "vitest";
import { CONTROL_BYTES, CONTROL_CANCEL, createReferenceExecutor } from "#native";
import {
  add,
  cpu,
  gatherRows,
  packedLinear,
  quantizeRows,
  record,
  rmsNorm,
  selectRow,
  siluMultiply,
  type Tensor,
  tensor,
  topCandidates,
  zeros,
} from "#tensor";
import { anyDevice, devices, watch } from "../support/devices.ts";
import { expectBits, noise, on, packed } from "../support/numbers.ts";

const code = (code: string, parameters: object = {}) => expect.objectContaining({ code, parameters: expect.objectContaining(parameters) });

describe.each(devices)("a recording on $name", ({ device }) => {
  it("computes nothing until it runs, then what its inputs are at that time", () => {
    const a = tensor([1, 2, 3], undefined, { device });
    const { outputs, run } = bound(record(device, () => ({ twice: add(a, a), more: [add(add(a, a), a)] as const })));
    expect([...outputs.twice.dataSync()]).toEqual([0, 0, 0]);
    run();
    expect([[...outputs.twice.dataSync()], [...outputs.more[0].dataSync()]]).toEqual([
      [2, 4, 6],
      [3, 6, 9],
    ]);
    a.write([10], 1);
    run();
    expect([[...outputs.twice.dataSync()], [...outputs.more[0].dataSync()]]).toEqual([
      [2, 20, 6],
      [3, 30, 9],
    ]);
  });

  it("takes registers anew at each run: only the valid rows are computed", () => {
    const x = on(device, noise(4 * 8, 1), [4, 8]);
    const weight = on(device, noise(8, 2), [8]);
    const { outputs, run } = bound(
      record(device, (registers) => {
        const rows = registers.define("rows", { minimum: 1 });
        const last = registers.derive("last", (values) => values["rows"] - 1);
        return { y: rmsNorm(x, weight, 1e-5, { rows }), sum: add(x, x, { rows }), row: selectRow(x, last) };
      }),
    );
    const whole = rmsNorm(x, weight, 1e-5).dataSync();
    for (const rows of [1, 3, 2, 4]) {
      run({ rows });
      expectBits(outputs.y.dataSync().subarray(0, 8 * rows), whole.subarray(0, 8 * rows), `${rows} rows`);
      expectBits(outputs.row.dataSync(), x.dataSync().subarray(8 * (rows - 1), 8 * rows), `row ${rows - 1}`);
      expectBits(
        outputs.sum.dataSync().subarray(0, 8 * rows),
        x
          .dataSync()
          .map((value) => 2 * value)
          .subarray(0, 8 * rows),
      );
    }
  });

  it("refuses registers that are missing, unknown, derived or out of bounds, and runs nothing then", () => {
    const x = on(device, [1, 2, 3, 4], [4, 1]);
    const { outputs, run } = bound(
      record(device, (registers) => {
        const rows = registers.define("rows", { minimum: 1, maximum: 100 });
        registers.derive("half", (values) => values["rows"] / 2);
        return add(x, x, { rows });
      }),
    );
    expect(() => run()).toThrow(code("E_REGISTER", { name: "rows" }));
    // The tensor has four rows: the bound of 100 was lowered.
    for (const rows of [0, 5, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => run({ rows }), `${rows}`).toThrow(code("E_REGISTER", { name: "rows", maximum: "4" }));
    expect(() => run({ rows: 1, start: 2 })).toThrow(code("E_REGISTER", { name: "start" }));
    expect(() => run({ rows: 1, half: 2 })).toThrow(code("E_REGISTER", { name: "half" }));
    expect(() => run({ rows: 1.5 })).toThrow(code("E_PROGRAM"));
    expect([...outputs.dataSync()]).toEqual([0, 0, 0, 0]);
    run({ rows: 4 });
    expect([...outputs.dataSync()]).toEqual([2, 4, 6, 8]);
  });

  it("keeps its outputs apart from its intermediates, whatever runs beside it", () => {
    const x = on(device, noise(64, 3), [2, 32]);
    const { matrix } = packed(device, "F32", noise(32 * 32, 4), 32, 32);
    const chain = () => {
      let y: Tensor = x;
      for (let i = 0; i < 6; i++) y = packedLinear(siluMultiply(y, y), matrix);
      return y;
    };
    const [first, second] = [record(device, chain), record(device, chain)];
    first.run();
    const found = first.outputs.dataSync();
    second.run();
    expect(first.outputs.dataSync()).toEqual(found);
    expect(found).toEqual(chain().dataSync());
  });

  it("reads what another recording gives, where it lies", () => {
    const x = tensor([[1, 5, 3]], undefined, { device });
    const first = record(device, () => add(x, x));
    const second = record(device, () => topCandidates(first.outputs, 1));
    first.run();
    second.run();
    expect([...second.outputs.values.dataSync(), ...second.outputs.indices.dataSync()]).toEqual([10, 1]);
    x.write([100, 0, 0]);
    first.run();
    second.run();
    expect([...second.outputs.values.dataSync(), ...second.outputs.indices.dataSync()]).toEqual([200, 0]);
  });

  it("is refused by a control word that is set already, and runs when it is not", () => {
    const x = tensor([1], undefined, { device });
    const recording = record(device, () => add(x, x));
    const control = new Int32Array(new SharedArrayBuffer(CONTROL_BYTES));
    control[CONTROL_CANCEL] = 1;
    expect(() => recording.run({}, control)).toThrow(code("E_CANCELLED"));
    control[CONTROL_CANCEL] = 0;
    recording.run({}, control);
    expect([...recording.outputs.dataSync()]).toEqual([2]);
  });
});

describe("what a recording holds", () => {
  const begin = (limit?: number) => {
    const watched = watch(createReferenceExecutor(), limit);
    return { ...watched, x: on(watched.device, noise(64, 5), [2, 32]) };
  };

  it("is one list and one arena, smaller than its intermediates together, and is freed with it", () => {
    const { device, live, x, bytes } = begin();
    const before = bytes();
    const recording = record(device, () => Array.from({ length: 20 }).reduce<Tensor>((y) => add(y, x), x));
    expect([live.lists.size, live.buffers.size]).toEqual([1, 2]);
    expect(recording.arenaBytes).toBe(2 * 64 * 4);
    expect(bytes() - before).toBe(recording.arenaBytes);
    recording.run();
    recording.dispose();
    recording[Symbol.dispose]();
    expect([live.lists.size, live.buffers.size]).toEqual([0, 1]);
    expect(() => recording.run()).toThrow(code("E_DISPOSED"));
    expect(() => recording.outputs.dataSync()).toThrow(code("E_DISPOSED"));
  });

  it("keeps the tensors that it uses alive until it is disposed of", () => {
    const { device, live, x } = begin();
    const recording = record(device, () => add(x, x));
    const expected = x.dataSync().map((value) => 2 * value);
    x.dispose();
    recording.run();
    expect(recording.outputs.dataSync()).toEqual(expected);
    recording.dispose();
    expect(live.buffers.size).toBe(0);
  });

  it("cannot be seen but for its outputs: an intermediate says that it is one", () => {
    const { device, x } = begin();
    let inner: Tensor = x;
    const recording = record(device, () => {
      inner = add(x, x);
      expect(() => inner.dataSync()).toThrow(code("E_RECORDING"));
      return add(inner, x);
    });
    recording.run();
    expect(() => inner.dataSync()).toThrow(code("E_DISPOSED", { what: expect.objectContaining({ en: "An intermediate of a recording" }) }));
    expect(() => add(inner, x)).toThrow(code("E_DISPOSED"));
  });

  it("is nothing when it cannot be made: for want of memory, or when its function throws or a list is refused", () => {
    const { device, live, x } = begin(1000);
    expect(() => record(device, () => [add(x, x), rmsNorm(x, zeros([32], { device }), 1), add(x, x)], { fuse: false })).toThrow(code("E_MEMORY"));
    expect(() =>
      record(device, () => {
        add(x, x);
        throw new Error("on purpose");
      }),
    ).toThrow("on purpose");
    expect(() => record(device, () => selectRow(x, 1.5))).toThrow(code("E_PROGRAM"));
    x.dispose();
    expect(live.lists.size).toBe(0);
    expect(live.buffers.size).toBe(0);
    const y = on(device, [1], [1]);
    expect([...add(y, y).dataSync()]).toEqual([2]);
  });
});

describe("what does not go with a recording", () => {
  const device = anyDevice;
  const x = on(device, [1, 2], [2, 1]);

  it("is another recording inside, another device, or reading what is not computed yet", () => {
    expect(() => record(device, () => record(device, () => add(x, x)).outputs)).toThrow(code("E_RECORDING"));
    const other = cpu(createReferenceExecutor());
    const there = tensor([1], undefined, { device: other });
    expect(() => record(device, () => add(there, there))).toThrow(code("E_DEVICE"));
    expect(() => record(device, () => tensor(add(x, x).dataSync(), undefined, { device }))).toThrow(code("E_RECORDING"));
  });

  it("is a register of another one, or outside of any, or twice the same name", () => {
    const registers: { rows: number | { readonly register: number } } = { rows: 0 };
    record(device, (set) => {
      registers.rows = set.define("rows");
      return add(x, x, registers);
    });
    expect(() => add(x, x, registers)).toThrow(code("E_RECORDING"));
    expect(() => record(device, () => add(x, x, registers))).toThrow(code("E_RECORDING"));
    expect(() => record(device, () => selectRow(x, registers.rows))).toThrow(code("E_RECORDING"));
    const twice = () => record(device, (set) => [set.define("rows"), set.define("rows")].map((rows) => add(x, x, { rows })));
    expect(twice).toThrow(code("E_RECORDING"));
  });

  it("is more rows than there are, in numbers, said at once", () => {
    const operations = [() => add(x, x, { rows: 3 }), () => quantizeRows(zeros([1, 32], { device }), { rows: -1 }).scales];
    for (const operation of operations) expect(() => record(device, operation)).toThrow(code("E_SHAPE"));
    const { matrix } = packed(device, "F32", noise(4, 6), 2, 2);
    expect(() => record(device, () => gatherRows(zeros([1], { device, type: "i32" }), matrix, { rows: 2 }))).toThrow(code("E_SHAPE"));
  });
});

function bound<O extends object>(recording: { outputs: O; run: (values?: Readonly<Record<string, number>>) => void }) {
  return { outputs: recording.outputs, run: (values?: Readonly<Record<string, number>>) => recording.run(values) };
}
