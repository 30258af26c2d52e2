// How long memory lives: what a recording uses, what a tidy ends. Nobody who computes has to say a word for it.
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createReferenceExecutor } from "#native";
import { add, cpu, gradients, matmul, recompute, record, sum, type Tensor, tensor, tidy, zeros } from "#tensor";
import { anyDevice, executors, watch } from "../support/devices.ts";

const code = (code: string, parameters: object = {}) => expect.objectContaining({ code, parameters: expect.objectContaining(parameters) });

describe("a tidy inside of what is recorded", () => {
  it("leaves the recording its constants, also those of a part that is computed again", () => {
    const device = anyDevice;
    const x = tensor([1, 2], undefined, { device }).requireGrad();
    const constant = () => tensor([10, 20], undefined, { device });
    const plain = record(device, () => tidy(() => add(x, constant())));
    plain.run();
    expect([...plain.outputs.dataSync()]).toEqual([11, 22]);
    const again = record(device, () => {
      const y = recompute((a) => add(add(a, constant()), a), x);
      return [y, ...gradients(sum(y), [x])];
    });
    again.run();
    expect(again.outputs.map((output) => [...output.dataSync()])).toEqual([
      [12, 24],
      [2, 2],
    ]);
  });

  it("is given back with the recording, whole, also where that cannot be made", () => {
    const { device, live } = watch(executors[0].executor());
    const x = zeros([2], { device });
    const held = live.buffers.size;
    const made: Tensor[] = [];
    const recording = record(device, () => {
      made.push(tensor([1, 2], undefined, { device }));
      return tidy(() => add(add(x, made[0]), tensor([3, 4], undefined, { device })));
    });
    recording.run();
    recording.dispose();
    expect(() => made[0].dataSync()).toThrow(code("E_DISPOSED"));
    expect([live.buffers.size, live.lists.size]).toEqual([held, 0]);
    expect(() =>
      record(device, () => {
        add(x, tensor([1, 2], undefined, { device }));
        throw new Error("of the program");
      }),
    ).toThrow("of the program");
    expect(live.buffers.size).toBe(held);
    // And where the list does not compile.
    const { compile } = device.executor;
    device.executor.compile = () => {
      throw new Error("of the executor");
    };
    expect(() => record(device, () => add(x, tensor([1, 2], undefined, { device })))).toThrow("of the executor");
    device.executor.compile = compile;
    expect(live.buffers.size).toBe(held);
  });
});

describe("a function that waits", () => {
  it("is refused by tidy and by record, at once", () => {
    expect(() => tidy(async () => tensor([1]))).toThrow(code("E_SCOPE"));
    expect(() => record(cpu(), (async () => tensor([1])) as unknown as () => Tensor)).toThrow(code("E_SCOPE"));
  });
});

describe("memory that nobody can reach", () => {
  const device = anyDevice;

  /** Bytes by which the process grows while `work` runs. */
  async function growth(work: () => unknown): Promise<number> {
    const before = process.memoryUsage.rss();
    await work();
    return process.memoryUsage.rss() - before;
  }

  it("goes within a synchronous loop, without a word of the program", async () => {
    const [x, w] = [zeros([64, 256], { device }), zeros([256, 256], { device }).requireGrad()];
    // Each loop would hold more than 600 MB.
    const plain = await growth(() => {
      for (let i = 0; i < 10_000; i++) add(x, x);
    });
    const taped = await growth(() => {
      for (let i = 0; i < 5_000; i++) matmul(matmul(x, w), w);
    });
    const trained = await growth(() => {
      for (let i = 0; i < 2_000; i++) {
        w.zeroGrad();
        sum(matmul(x, w)).backward();
        expect(w.grad).toBe(w.grad);
      }
    });
    for (const bytes of [plain, taped, trained]) expect(bytes).toBeLessThan(250e6);
  });

  it("goes with recordings that were forgotten, arena and list", async () => {
    const x = zeros([1 << 18], { device });
    const bytes = await growth(async () => {
      for (let i = 0; i < 400; i++) {
        const recording = record(device, () => add(add(x, x), x));
        recording.run();
        if (i % 10 === 0) await nextTurn();
      }
    });
    expect(bytes).toBeLessThan(300e6);
  });
});

describe("tensors of a run that is under way", () => {
  it.each([
    ["native", () => anyDevice],
    ["reference", () => cpu(createReferenceExecutor())],
  ])("cannot be read or written meanwhile on %s; afterwards they can", async (_, make) => {
    const device = make();
    const x = zeros([1 << 16], { device });
    const other = tensor([1, 2], undefined, { device });
    const recording = record(device, () => {
      let y = add(x, x);
      for (let i = 0; i < 20; i++) y = add(y, x);
      return y;
    });
    const run = recording.runAsync();
    expect(() => x.write([1])).toThrow(code("E_RECORDING"));
    expect(() => recording.outputs.dataSync()).toThrow(code("E_RECORDING"));
    expect(() => recording.dispose()).toThrow(code("E_RECORDING"));
    // What is only read may be read, and what has nothing to do with it is free.
    expect(x.dataSync()[0]).toBe(0);
    expect([...add(other, other).dataSync()]).toEqual([2, 4]);
    await run;
    x.write([1]);
    await recording.runAsync();
    expect(recording.outputs.dataSync()[0]).toBe(22);
  });
});
