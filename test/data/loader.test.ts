// DataLoader: batches, orders, epochs; and a training loop in PyTorch's manner over it.
import { describe, expect, it } from "vitest";
import { DataLoader, Dataset, stackRows, TensorDataset } from "#data";
import { Linear, Module, SGD } from "#nn";
import { mean, square, subtract, type Tensor, tensor, tidy } from "#tensor";

const collected = async <B>(loader: DataLoader<number, B>) => {
  const found: B[] = [];
  for await (const batch of loader) found.push(batch);
  return found;
};
const ten = Array.from({ length: 10 }, (_, i) => i);

describe("DataLoader", () => {
  it("gives all examples in batches, the last one smaller or left out", async () => {
    expect(await collected(new DataLoader(ten, { batchSize: 4 }))).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
    const dropping = new DataLoader(ten, { batchSize: 4, dropLast: true });
    expect(await collected(dropping)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ]);
    expect(dropping.length).toBe(2);
  });

  it("has another order in each epoch, the same for the same seed and epoch", async () => {
    const options = { batchSize: 10, shuffle: true, seed: 3 };
    const loader = new DataLoader(ten, options);
    const [first] = await collected(loader);
    const [second] = await collected(loader);
    expect([...first].sort((a, b) => a - b)).toEqual(ten);
    expect(second).not.toEqual(first);
    const again = new DataLoader(ten, options);
    again.epoch = 1;
    expect(await collected(again)).toEqual([second]);
  });

  it("waits for examples that come later, and refuses batches of nothing", async () => {
    const later = { length: 3, at: (i: number) => Promise.resolve(i * 2) };
    expect(await collected(new DataLoader(later, { batchSize: 3 }))).toEqual([[0, 2, 4]]);
    expect(() => new DataLoader(ten, { batchSize: 0 })).toThrow(/batchSize/);
  });

  it("walks a Dataset as it comes, in another order each epoch, and holds no more than it shuffles", async () => {
    let walks = 0;
    const rows = Dataset.from(function* () {
      walks++;
      yield* ten;
    });
    const plain = new DataLoader(rows, { batchSize: 4 });
    expect(await collected(plain)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
    expect(plain.length).toBeNaN();
    expect(await collected(new DataLoader(rows, { batchSize: 4, dropLast: true }))).toHaveLength(2);
    const loader = new DataLoader(rows, { batchSize: 10, shuffle: true, seed: 3 });
    const [[first], [second]] = [await collected(loader), await collected(loader)];
    expect([...first].sort((a, b) => a - b)).toEqual(ten);
    expect(second).not.toEqual(first);
    expect(walks).toBe(4);
  });

  it("refuses what cannot be counted or walked, and options by the nearest name", () => {
    const untyped = DataLoader as unknown as new (examples: unknown, options?: unknown) => unknown;
    for (const examples of [undefined, 5, {}, { length: 3 }, new Map()]) expect(() => new untyped(examples)).toThrow(/examples/);
    expect(() => new untyped(ten, { batch_size: 4 })).toThrow(/batchSize/);
    expect(() => new untyped(ten, { batchSize: "4" })).toThrow(/batchSize/);
  });

  it("feeds a training loop in PyTorch's manner", async () => {
    class Net extends Module {
      readonly fc = new Linear(1, 1);
      forward(x: Tensor): Tensor {
        return this.fc.forward(x);
      }
    }
    const data = new TensorDataset(tensor([[0], [1], [2], [3]]), tensor([[1], [3], [5], [7]]));
    const loader = new DataLoader(data, { batchSize: 2, shuffle: true, collate: stackRows });
    const net = new Net();
    const optimizer = new SGD(net.parameters(), { learningRate: 0.1 });
    const losses: number[] = [];
    for (let epoch = 0; epoch < 30; epoch++) {
      for await (const [x, y] of loader) {
        tidy(() => {
          optimizer.zeroGrad();
          const loss = mean(square(subtract(net.forward(x), y)));
          loss.backward();
          optimizer.step();
          losses.push(loss.dataSync()[0]);
        });
      }
    }
    expect(losses.at(-1)).toBeLessThan(0.01);
    expect((net.stateDict().get("fc.weight") as Tensor).dataSync()[0]).toBeCloseTo(2, 1);
    expect([...net.stateDict().keys()]).toEqual(["fc.weight", "fc.bias"]);
  });

  it("refuses tensors of different lengths", () => {
    expect(() => new TensorDataset(tensor([1, 2]), tensor([1]))).toThrow(/2 rows in every tensor/);
  });
});
