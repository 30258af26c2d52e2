// What goes wrong inside or around a kernel comes back as a typed error, on both executors alike, and the process goes on.
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import {
  type BufferHandle,
  CONTROL_BYTES,
  CONTROL_CANCEL,
  CONTROL_PROGRESS,
  type Command,
  type Executor,
  type ListHandle,
  type Scalar,
} from "#native";
import { executors } from "../support/devices.ts";

const code = (code: string, parameters: object = {}) => expect.objectContaining({ code, parameters: expect.objectContaining(parameters) });
const control = () => new Int32Array(new SharedArrayBuffer(CONTROL_BYTES));

const fault = (mode: Scalar, milliseconds: Scalar = 0): Command => ({ kernel: "fault", operands: {}, sizes: { mode, milliseconds } });

/** A buffer of these values. */
function bufferOf(executor: Executor, values: readonly number[]): BufferHandle {
  const buffer = executor.allocate(4 * values.length);
  executor.write(buffer, 0, new Uint8Array(Float32Array.from(values).buffer));
  return buffer;
}

function valuesOf(executor: Executor, buffer: BufferHandle, count: number): number[] {
  const bytes = new Uint8Array(4 * count);
  executor.read(buffer, 0, bytes);
  return [...new Float32Array(bytes.buffer)];
}

/** y = a + a, n values. */
function adding(a: BufferHandle, y: BufferHandle, n: Scalar, offset = 0): Command {
  const operand = (buffer: BufferHandle) => ({ buffer, offset, type: "f32" as const });
  return { kernel: "add", operands: { a: operand(a), b: operand(a), y: operand(y) }, sizes: { n } };
}

/** The executor still computes: a list that it had before, and a new one. */
function expectAlive(executor: Executor, list: ListHandle, [a, y]: readonly [BufferHandle, BufferHandle]): void {
  executor.write(y, 0, new Uint8Array(16));
  executor.execute(list);
  expect(valuesOf(executor, y, 4)).toEqual([2, 4, 6, 8]);
  const fresh = executor.compile([adding(a, y, 2)]);
  executor.execute(fresh);
  executor.freeList(fresh);
}

describe.each(executors)("a fault on $name", ({ executor: make }) => {
  const begin = () => {
    const executor = make();
    executor.threads = 2;
    const [a, y] = [bufferOf(executor, [1, 2, 3, 4]), bufferOf(executor, [0, 0, 0, 0])] as const;
    return { executor, a, y, buffers: [a, y] as const, good: executor.compile([adding(a, y, 4)]) };
  };

  it("inside a kernel is a typed error; its list is refused from then on, all others run", () => {
    const { executor, a, y, buffers, good } = begin();
    const list = executor.compile([adding(a, y, 4), fault({ register: 0 }), adding(a, y, 4)]);
    executor.execute(list, Float64Array.of(0));
    const words = control();
    expect(() => executor.execute(list, Float64Array.of(1), words)).toThrow(code("E_NATIVE_PANIC", { kernel: "fault" }));
    expect(words[CONTROL_PROGRESS]).toBe(1);
    // Also for registers with which it would run.
    const refused = code("E_PROGRAM", { why: "a kernel failed in this list before; it will not run again" });
    expect(() => executor.execute(list, Float64Array.of(0))).toThrow(refused);
    expectAlive(executor, good, buffers);
    for (let i = 0; i < 3; i++) {
      const again = executor.compile([fault(1)]);
      expect(() => executor.execute(again)).toThrow(code("E_NATIVE_PANIC"));
      executor.freeList(again);
    }
    expectAlive(executor, good, buffers);
    executor.freeList(list);
  });

  it("that a kernel itself refuses leaves its list as it was", () => {
    const { executor, buffers, good } = begin();
    const list = executor.compile([fault({ register: 0 })]);
    expect(() => executor.execute(list, Float64Array.of(3))).toThrow(code("E_KERNEL", { kernel: "fault", why: "index", value: 1, limit: 1 }));
    executor.execute(list, Float64Array.of(0));
    expectAlive(executor, good, buffers);
  });

  it("writes how many commands are done, with a control block", () => {
    const { executor, a, y } = begin();
    const list = executor.compile([adding(a, y, 4), fault(0), adding(a, y, { register: 0 })]);
    const words = control();
    executor.execute(list, Float64Array.of(4), words);
    expect([...words]).toEqual([0, 3]);
    // Also when the last have nothing to do.
    words[CONTROL_PROGRESS] = 0;
    executor.execute(list, Float64Array.of(0), words);
    expect([...words]).toEqual([0, 3]);
  });

  it("by a control word that is set before is seen before anything runs", () => {
    const { executor, a, y } = begin();
    const list = executor.compile([adding(a, y, 4)]);
    const words = control();
    words[CONTROL_CANCEL] = 1;
    expect(() => executor.execute(list, undefined, words)).toThrow(code("E_CANCELLED"));
    expect([valuesOf(executor, y, 4), words[CONTROL_PROGRESS]]).toEqual([[0, 0, 0, 0], 0]);
  });

  it("by another thread that cancels is seen inside a kernel, and the list runs again afterwards", async () => {
    const { executor, a, y, buffers, good } = begin();
    const list = executor.compile([adding(a, y, 4), fault(2, { register: 0 }), adding(a, y, 4)]);
    const words = control();
    // Waits until the first command is done, then sets the word while the second runs.
    const script = `const { workerData: words } = require("node:worker_threads");
      while (Atomics.load(words, ${CONTROL_PROGRESS}) < 1) Atomics.wait(words, ${CONTROL_PROGRESS}, 0, 1);
      Atomics.store(words, ${CONTROL_CANCEL}, 1);`;
    const worker = new Worker(script, { eval: true, workerData: words });
    await new Promise((online) => worker.once("online", online));
    const ended = new Promise((end) => worker.once("exit", end));
    // Uncancelled it would take an hour.
    expect(() => executor.execute(list, Float64Array.of(3_600_000), words)).toThrow(code("E_CANCELLED"));
    expect(words[CONTROL_PROGRESS]).toBe(1);
    await ended;
    words.fill(0);
    executor.execute(list, Float64Array.of(0), words);
    expect(words[CONTROL_PROGRESS]).toBe(3);
    expectAlive(executor, good, buffers);
  });
});

describe.each(executors)("a list that does not fit is E_PROGRAM on $name", ({ executor: make }) => {
  const executor = make();
  const [a, y] = [bufferOf(executor, [1, 2, 3, 4]), bufferOf(executor, [0, 0, 0, 0])] as const;
  const good = adding(a, y, 4);
  const refuse = (command: object, kernel = "add") =>
    expect(() => executor.compile([command as Command]), JSON.stringify(command)).toThrow(
      code("E_PROGRAM", { kernel, why: expect.stringMatching(/./) }),
    );
  const operand = (change: object) => ({ ...good, operands: { ...good.operands, y: { ...good.operands["y"], ...change } } });

  it("when compiled: another kernel, operand, size or flag than there is", () => {
    refuse({ ...good, kernel: "multiply" }, "multiply");
    refuse({ ...good, operands: { a: good.operands["a"], y: good.operands["y"] } });
    refuse({ ...good, operands: { ...good.operands, z: good.operands["a"] } });
    refuse({ ...good, sizes: {} });
    refuse({ ...good, sizes: { n: 4, m: 4 } });
    refuse({ ...good, flags: { accumulate: true } });
    for (const type of ["bf16", "i32", "u8", "f16"]) refuse(operand({ type }));
  });

  it("when compiled: sizes that count nothing, that do not go together, or that need more than is there", () => {
    for (const n of [5, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) refuse({ ...good, sizes: { n } });
    refuse(
      {
        kernel: "quantizeRows",
        operands: { x: good.operands["a"], quantized: { ...good.operands["y"], type: "u8" }, scales: good.operands["y"] },
        sizes: { rows: 1, width: 4 },
      },
      "quantizeRows",
    );
    const top = {
      logits: good.operands["a"],
      scales: good.operands["a"],
      values: good.operands["y"],
      indices: { ...good.operands["y"], type: "i32" },
      normalizer: good.operands["y"],
    };
    for (const count of [0, 5]) refuse({ kernel: "topCandidates", operands: top, sizes: { rows: 1, n: 4, count } }, "topCandidates");
  });

  it("when compiled: an offset outside the buffer, or a buffer that is none", () => {
    for (const offset of [1, 4, 5, -1, 0.5, Number.NaN, 2 ** 52]) refuse(operand({ offset }));
    for (const buffer of [0, 2 ** 31, undefined, {}, { bytes: 16 }, { ...y }]) refuse(operand({ buffer }));
  });

  it("when compiled: what is written lies on top of what is read, or of what is written beside it", () => {
    const long = bufferOf(executor, [1, 2, 3, 4, 5, 6, 7, 8]);
    refuse(adding(a, a, 4));
    refuse({ ...adding(long, long, 4), operands: { ...adding(long, long, 4).operands, y: { buffer: long, offset: 3, type: "f32" } } });
    refuse({ kernel: "exchange", operands: { a: good.operands["a"], b: good.operands["a"] }, sizes: { n: 4 } }, "exchange");
    // Neighbours do not touch, and pairs that the table names may be one.
    const apart = executor.compile([
      { ...adding(long, long, 4), operands: { ...adding(long, long, 4).operands, y: { buffer: long, offset: 4, type: "f32" } } },
      { kernel: "copy", operands: { x: good.operands["y"], y: good.operands["y"] }, sizes: { n: 4 }, flags: { accumulate: true } },
    ]);
    executor.write(y, 0, new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
    executor.execute(apart);
    expect([valuesOf(executor, long, 8), valuesOf(executor, y, 4)]).toEqual([
      [1, 2, 3, 4, 2, 4, 6, 8],
      [2, 4, 6, 8],
    ]);
  });

  it("when compiled: registers that no list can have", () => {
    for (const register of [256, -1, 0.5, Number.NaN]) refuse({ ...good, sizes: { n: { register } } });
  });

  it("when run: registers that are missing, or whose values do not fit, and nothing has run then", () => {
    const list = executor.compile([good, adding(a, y, { register: 1 })]);
    const words = control();
    for (const registers of [[], [4], [4, 5], [4, -1], [4, 1.5], [4, Number.NaN]]) {
      executor.write(y, 0, new Uint8Array(16));
      expect(() => executor.execute(list, Float64Array.from(registers), words), `${registers}`).toThrow(code("E_PROGRAM"));
      expect([valuesOf(executor, y, 4), words[CONTROL_PROGRESS]]).toEqual([[0, 0, 0, 0], 0]);
    }
    executor.execute(list, Float64Array.of(0, 4), words);
    expect([valuesOf(executor, y, 4), words[CONTROL_PROGRESS]]).toEqual([[2, 4, 6, 8], 2]);
  });

  it("when run: a buffer that was freed in the meantime; lists of other buffers run", () => {
    const gone = executor.allocate(16);
    const [list, other] = [executor.compile([good, adding(a, gone, 4)]), executor.compile([good])];
    executor.execute(list);
    executor.free(gone);
    executor.write(y, 0, new Uint8Array(16));
    expect(() => executor.execute(list)).toThrow(code("E_PROGRAM", { kernel: "add", why: expect.stringContaining("freed") }));
    expect(valuesOf(executor, y, 4)).toEqual([0, 0, 0, 0]);
    executor.execute(other);
    refuse(adding(gone, y, 4));
  });

  it("when a handle is used after it was freed, or never was one", () => {
    const [buffer, list] = [executor.allocate(8), executor.compile([])];
    executor.execute(list);
    executor.free(buffer);
    executor.freeList(list);
    const uses = [() => executor.free(buffer), () => executor.write(buffer, 0, new Uint8Array(1)), () => executor.read(buffer, 0, new Uint8Array(1))];
    for (const use of [...uses, () => executor.execute(list), () => executor.freeList(list)]) expect(use).toThrow(code("E_PROGRAM"));
    for (const handle of [{ bytes: 16 }, { ...a }]) expect(() => executor.free(handle)).toThrow(code("E_PROGRAM"));
    expect(valuesOf(executor, a, 4)).toEqual([1, 2, 3, 4]);
  });

  it("when bytes outside a buffer are read or written", () => {
    for (const at of [13, -1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => executor.write(a, at, new Uint8Array(4)), `${at}`).toThrow(code("E_PROGRAM", { kernel: "write" }));
      expect(() => executor.read(a, at, new Uint8Array(4)), `${at}`).toThrow(code("E_PROGRAM", { kernel: "read" }));
    }
    expect(valuesOf(executor, a, 4)).toEqual([1, 2, 3, 4]);
  });

  it("and other refusals have codes of their own: memory, tiers", () => {
    for (const bytes of [2 ** 53, -1, Number.NaN]) expect(() => executor.allocate(bytes), `${bytes}`).toThrow(code("E_MEMORY"));
    expect(() => executor.compile([good], { tier: "mmx" })).toThrow(code("E_TIER", { tier: "mmx", available: executor.tiers.join(", ") }));
  });
});
