// How long memory lives: what a recording uses, what a tidy ends. Nobody who computes has to say a word for it.
import { describe, expect, it } from "vitest";
import { add, cpu, gradients, recompute, record, sum, type Tensor, tensor, tidy, zeros } from "#tensor";
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
