// What fit takes: streams of batches, rows of ids, lists of tensors; and what it says of the first mistake with texts.
import { describe, expect, it } from "vitest";
import { DataLoader } from "#data";
import { Dense, Embedding } from "#nn";
import { subtract, type Tensor, tensor, withRandom } from "#tensor";
import { Model, Sequential } from "#train";
import { anyDevice } from "../support/devices.ts";

const quiet = { verbose: 0 } as const;
const seeded = <T>(make: () => T): T => withRandom({ seed: 3, step: 0 }, make);

describe("a stream of batches", () => {
  const rows = Array.from({ length: 12 }, (_, i) => ({ x: [i / 12], y: [(2 * i) / 12] }));
  const made = () => {
    const model = seeded(() => new Sequential([new Dense({ units: 1, inputDim: 1 })], { device: anyDevice }));
    model.compile({ optimizer: "adam", loss: "mse", metrics: ["mae"] });
    return model;
  };
  const inMemory = () =>
    made().fit(
      rows.map(({ x }) => x),
      rows.map(({ y }) => y),
      { ...quiet, epochs: 2, batchSize: 4, shuffle: false },
    );

  it("a DataLoader of rows trains as the same rows in memory", async () => {
    const loader = new DataLoader(rows, { batchSize: 4 });
    expect((await made().fit(loader, { ...quiet, epochs: 2 })).history).toEqual((await inMemory()).history);
  });

  it("a function of the epoch gives batches of [x, y]", async () => {
    const batches = () => [0, 4, 8].map((at) => [rows.slice(at, at + 4).map(({ x }) => x), rows.slice(at, at + 4).map(({ y }) => y)] as const);
    expect((await made().fit(batches, { ...quiet, epochs: 2 })).history).toEqual((await inMemory()).history);
  });

  it("what it cannot have is refused", async () => {
    await expect(made().fit(new DataLoader(rows), { ...quiet, validationSplit: 0.5 })).rejects.toMatchObject({ code: "E_OPTION" });
    await expect(made().fit(() => [], quiet)).rejects.toMatchObject({ code: "E_DATA_USED" });
  });
});

describe("the first mistake with texts", () => {
  const model = () => {
    const made = new Sequential([new Dense({ units: 1 })], { device: anyDevice });
    made.compile({ optimizer: "sgd", loss: "mse" });
    return made;
  };
  it.each([
    ["texts as rows", ["good film"], [1], /Row 0 of x .*"good film"/],
    ["texts as labels", [[1], [2]], ["pos", "neg"], /Row 0 of y .*"pos"/],
    ["a cell of a table", [[1], ["3"]], [1, 2], /Row 1 of x .*"3"/],
    ["null", [null], [1], /Row 0 of x .*null/],
    ["null in a later row", [[1], null], [1, 2], /Row 1 of x .*null/],
    ["true and false", [true, false], [1, 0], /Row 0 of x .*boolean/],
    ["bigints", [1n, 2n], [1, 0], /Row 0 of x .*bigint/],
  ])("%s: a typed error names the row", async (_what, x, y, message) => {
    await expect(model().fit(x as never, y as never, quiet)).rejects.toMatchObject({
      code: "E_TRAINING_ROW",
      message: expect.stringMatching(message),
    });
  });

  it("rows of padSequences are rows of ids", async () => {
    const embed = new Sequential([new Embedding({ inputDim: 5, outputDim: 2 })], { device: anyDevice });
    expect((await embed.predict({ rows: 2, columns: 3, ids: Int32Array.of(1, 2, 0, 3, 4, 0) })).shape).toEqual([2, 3, 2]);
  });

  it("a list of tensors is several inputs", async () => {
    class Sum extends Model {
      forward(x: readonly Tensor[]): Tensor {
        return subtract(x[0], x[1]);
      }
    }
    const found = await new Sum({ device: anyDevice }).predict([tensor([[3], [4]]), tensor([[1], [1]])] as never);
    expect([...found.values]).toEqual([2, 3]);
  });
});
