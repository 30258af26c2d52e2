// Saved models: the same predictions, the same next step, whole whatever fails; weights by Keras's names.
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InkstoneError } from "#core";
import { nodeFileSystem, openSafetensors, previousFolder, settleFolder, writeFolderDurably } from "#formats";
import { ActivationLayer, Adam, Bidirectional, Dense, Dropout, Embedding, GRU, Layer, LSTM, SGD, TimeDistributed } from "#nn";
import { add, type Shape, type Tensor, withRandom } from "#tensor";
import { loadLayersModel, Sequential } from "#train";
import { anyDevice } from "../support/devices.ts";
import { faultFileSystem } from "../support/fault-fs.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "inkstone-save-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ids = { values: Int32Array.from({ length: 12 * 4 }, (_, i) => (i * 5) % 9), shape: [12, 4] };
const targets = Int32Array.from({ length: 12 }, (_, i) => i % 9);

async function trained(): Promise<Sequential> {
  const model = withRandom({ seed: 1, step: 0 }, () => {
    const layers = [
      new Embedding({ inputDim: 9, outputDim: 4, inputLength: 4 }),
      new Bidirectional({ layer: new GRU({ units: 3, returnSequences: true }) }),
      new TimeDistributed({ layer: new Dense({ units: 5, activation: "relu" }) }),
      new LSTM({ units: 6, name: "memory" }),
      new Dropout({ rate: 0.2 }),
      new Dense({ units: 9 }),
      new ActivationLayer({ activation: "softmax" }),
    ];
    return new Sequential(layers, { device: anyDevice, name: "next-word" });
  });
  model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", metrics: ["accuracy"] });
  await model.fit(ids, targets, { epochs: 2, batchSize: 4, verbose: 0 });
  return model;
}

describe("a saved model", () => {
  it("predicts the same, and makes the same next step", async () => {
    const model = await trained();
    await model.save(join(folder, "model"));
    const again = await loadLayersModel(join(folder, "model"), { device: anyDevice });
    expect(again.name).toBe("next-word");
    expect(again.summary()).toBe(model.summary());
    expect((await again.predict(ids)).values).toEqual((await model.predict(ids)).values);
    for (const one of [model, again]) await one.fit(ids, targets, { epochs: 3, initialEpoch: 2, batchSize: 4, verbose: 0 });
    expect(again.getWeights()).toEqual(model.getWeights());
    expect(again.optimizer.steps).toBe(9);
  });

  it("has the options of its optimiser again, before the first step, too", async () => {
    const model = new Sequential([new Dense({ units: 2, inputDim: 2 })], { device: anyDevice });
    model.compile({ optimizer: new Adam({ learningRate: 0.02, beta1: 0.8, clipnorm: 2 }), loss: { name: "mse" } });
    await model.save(join(folder, "model"));
    const { optimizer } = await loadLayersModel(join(folder, "model"), { device: anyDevice });
    expect(optimizer).toMatchObject({ name: "adam", learningRate: 0.02, settings: { beta1: 0.8, epsilon: 1e-7 }, clipping: { clipnorm: 2 } });
    model.compile({ optimizer: new SGD([], { momentum: 0.9 }), loss: "mse" });
    await model.save(join(folder, "model"));
    expect((await loadLayersModel(join(folder, "model"), { device: anyDevice })).optimizer.settings).toEqual(model.optimizer.settings);
  });

  it("has its weights by the names of layers and Keras's weights", async () => {
    await (await trained()).save(join(folder, "model"));
    const file = await openSafetensors(join(folder, "model", "model.safetensors"));
    expect([...file.tensors.keys()].sort()).toEqual([
      "bidirectional.backward_layer.bias",
      "bidirectional.backward_layer.kernel",
      "bidirectional.backward_layer.recurrent_kernel",
      "bidirectional.forward_layer.bias",
      "bidirectional.forward_layer.kernel",
      "bidirectional.forward_layer.recurrent_kernel",
      "dense.bias",
      "dense.kernel",
      "embedding.embeddings",
      "memory.bias",
      "memory.kernel",
      "memory.recurrent_kernel",
      "time_distributed.layer.bias",
      "time_distributed.layer.kernel",
    ]);
    expect(file.tensors.get("memory.recurrent_kernel")?.shape).toEqual([6, 24]);
    file.close();
  });

  it("may have layers of the program, which are given to load", async () => {
    class Twice extends Layer {
      static override readonly className: string = "Twice";
      override forward(x: Tensor): Tensor {
        return add(x, x);
      }
      override outputShape(shape: Shape): Shape {
        return shape;
      }
    }
    const model = new Sequential([new Dense({ units: 2, inputDim: 2 }), new Twice()], { device: anyDevice });
    await model.save(join(folder, "model"));
    await expect(loadLayersModel(join(folder, "model"))).rejects.toMatchObject({ code: "E_MODEL_LAYERS" });
    const again = await loadLayersModel(join(folder, "model"), { layers: { Twice }, device: anyDevice });
    expect((await again.predict([[1, 2]])).values).toEqual((await model.predict([[1, 2]])).values);
  });

  it("is refused where an option is a function, by the name of the layer", async () => {
    const model = new Sequential([new Dense({ units: 2, inputDim: 2, activation: (x) => x })], { device: anyDevice });
    await expect(model.save(join(folder, "model"))).rejects.toThrow(/Layer "dense": its option activation is a function/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("takes the place of the one before, and of nothing else", async () => {
    const model = await trained();
    const path = join(folder, "model");
    await model.save(path);
    await model.save(path);
    expect(readdirSync(folder)).toEqual(["model"]);
    writeFileSync(join(path, "notes.txt"), "mine");
    await expect(model.save(path)).rejects.toThrow(/notes\.txt/);
    expect(readFileSync(join(path, "notes.txt"), "utf8")).toBe("mine");
  });
});

describe("a folder that cannot be opened", () => {
  const broken: [string, (path: string) => void, string][] = [
    ["without config.json", (path) => rmSync(join(path, "config.json")), "E_MODEL_FOLDER"],
    [
      "with half of config.json",
      (path) => writeFileSync(join(path, "config.json"), readFileSync(join(path, "config.json")).subarray(0, 90)),
      "E_MODEL_FOLDER",
    ],
    ["of a later version", (path) => change(path, (config) => ({ ...config, formatVersion: 3 })), "E_MODEL_FOLDER"],
    ["of null", (path) => writeFileSync(join(path, "config.json"), "null"), "E_MODEL_FOLDER"],
    ["without layers", (path) => change(path, (config) => ({ ...config, model: { ...(config["model"] as object), layers: [] } })), "E_MODEL_FOLDER"],
    ["without weights", (path) => rmSync(join(path, "model.safetensors")), "E_FORMAT_NO_FILE"],
    [
      "with half of the weights",
      (path) => writeFileSync(join(path, "model.safetensors"), readFileSync(join(path, "model.safetensors")).subarray(0, 900)),
      "E_FORMAT",
    ],
  ];
  function change(path: string, edit: (config: Record<string, unknown>) => unknown): void {
    const file = join(path, "config.json");
    writeFileSync(file, JSON.stringify(edit(JSON.parse(readFileSync(file, "utf8")))));
  }

  it.each(broken)("%s: a typed error", async (_name, damage, code) => {
    const path = join(folder, "model");
    await new Sequential([new Dense({ units: 2, inputDim: 200 })], { device: anyDevice }).save(path);
    damage(path);
    const error = await loadLayersModel(path, { device: anyDevice }).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(InkstoneError);
    expect((error as InkstoneError).code).toContain(code);
  });

  it("with weights of another model: the weight is named", async () => {
    const [a, b] = [join(folder, "a"), join(folder, "b")];
    await new Sequential([new Dense({ units: 2, inputDim: 3 })], { device: anyDevice }).save(a);
    await new Sequential([new Dense({ units: 2, inputDim: 4 })], { device: anyDevice }).save(b);
    cpSync(join(a, "model.safetensors"), join(b, "model.safetensors"));
    rmSync(join(b, "SHA256SUMS"));
    await expect(loadLayersModel(b, { device: anyDevice })).rejects.toThrow(/"dense\.kernel" does not fit/);
  });
});

describe("writeFolderDurably", () => {
  const content = (value: string) =>
    new Map([
      ["config.json", value],
      ["data.bin", value.repeat(50)],
    ]);
  const at = (path: string) =>
    existsSync(path)
      ? readdirSync(path)
          .sort()
          .map((name) => readFileSync(join(path, name), "utf8"))
      : undefined;
  const whole = (value: string) => [value, value.repeat(50)];

  it("has all of the old or all of the new behind every operation that fails, once or for ever", async () => {
    const path = join(folder, "model");
    const counted = faultFileSystem(nodeFileSystem);
    await writeFolderDurably(path, content("old"), { fileSystem: nodeFileSystem });
    await writeFolderDurably(path, content("new"), { fileSystem: counted });
    for (const code of ["EIO"]) {
      for (let k = 1; k <= counted.operations(); k++) {
        for (const forEver of [false, true]) {
          rmSync(folder, { recursive: true });
          await nodeFileSystem.makeFolder(folder);
          await writeFolderDurably(path, content("old"));
          const error = await writeFolderDurably(path, content("new"), {
            fileSystem: faultFileSystem(nodeFileSystem, { at: k, code, forEver }),
          }).catch((failure: unknown) => failure);
          await settleFolder(path);
          const found = at(path);
          expect([whole("old"), whole("new")]).toContainEqual(found);
          if (error === undefined) expect(found).toEqual(whole("new"));
          else expect(error).toBeInstanceOf(InkstoneError);
        }
      }
    }
  });

  it("after a writer that was killed between the two names the old folder is back", async () => {
    const path = join(folder, "model");
    const model = new Sequential([new Dense({ units: 2, inputDim: 2 })], { device: anyDevice });
    await model.save(path);
    renameSync(path, previousFolder(path));
    await expect(loadLayersModel(path, { device: anyDevice })).resolves.toBeInstanceOf(Sequential);
    // A reader changes nothing; the next writer puts the names right.
    expect(readdirSync(folder)).toEqual([".model.previous"]);
    await model.save(path);
    expect(readdirSync(folder)).toEqual(["model"]);
  });

  it("readers and writers in any order: every read is a whole model, every save succeeds", async () => {
    const path = join(folder, "model");
    const models = [1, 2].map(
      (value) => new Sequential([new Dense({ units: 1, inputDim: 1, kernelInitializer: { name: "constant", value } })], { device: anyDevice }),
    );
    await models[0].save(path);
    const saving = models.map(async (model) => {
      for (let i = 0; i < 12; i++) await model.save(path);
    });
    const reading = [0, 1].map(async () => {
      for (let i = 0; i < 12; i++) expect([1, 2]).toContain((await loadLayersModel(path, { device: anyDevice })).getWeights()[0][0]);
    });
    await Promise.all([...saving, ...reading]);
    expect(readdirSync(folder)).toEqual(["model"]);
  });

  it("through a link the folder behind it is replaced, and the link stays", async () => {
    const model = new Sequential([new Dense({ units: 1, inputDim: 1 })], { device: anyDevice });
    await model.save(join(folder, "run7"));
    symlinkSync(join(folder, "run7"), join(folder, "latest"));
    for (let i = 0; i < 2; i++) await model.save(join(folder, "latest"));
    expect(lstatSync(join(folder, "latest")).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(["latest", "run7"]);
    expect((await loadLayersModel(join(folder, "latest"), { device: anyDevice })).getWeights()).toEqual(model.getWeights());
  });

  it("what killed writers have left is swept once it is old; what may be under way is not", async () => {
    const [old, young] = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"].map((id) =>
      join(folder, `.model.${id}.new`),
    );
    for (const left of [old, young]) {
      mkdirSync(left);
      writeFileSync(join(left, "config.json"), "{}");
    }
    utimesSync(old, 1, 1);
    await new Sequential([new Dense({ units: 1, inputDim: 1 })], { device: anyDevice }).save(join(folder, "model"));
    expect(readdirSync(folder).sort()).toEqual([basename(young), "model"]);
  });

  it("a folder that is not there is told by its path, not as a broken model", async () => {
    const path = join(folder, "none");
    await expect(loadLayersModel(path)).rejects.toMatchObject({ code: "E_FORMAT_NO_FILE", exit: 66, parameters: { file: path } });
  });

  it("a pipe in the place of a file is refused at once", async () => {
    const path = join(folder, "model");
    mkdirSync(path);
    execFileSync("mkfifo", [join(path, "config.json")]);
    await expect(loadLayersModel(path)).rejects.toMatchObject({ code: "E_MODEL_FOLDER" });
  });
});
