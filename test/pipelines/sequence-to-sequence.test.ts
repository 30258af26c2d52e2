// A sentence in, a sentence out: learning, writing, saving, threads, memory, and what is refused.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createReferenceExecutor } from "#native";
import { Adam } from "#nn";
import { SequenceToSequence, type SequenceToSequenceOptions, type TextPair } from "#pipelines";
import { type Device, type Tensor, withDevice } from "#tensor";
import { WordTokenizer } from "#text";
import { anyDevice, watch } from "../support/devices.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-sequences-"));
afterAll(() => rmSync(folder, { recursive: true }));

const words = ["apples", "tea", "books", "music", "rain", "snow"];
const characters: Readonly<Record<string, string>> = { apples: "苹果", tea: "茶", books: "书", music: "音乐", rain: "雨", snow: "雪" };
const people: readonly (readonly [string, string])[] = [
  ["I", "我"],
  ["you", "你"],
  ["they", "他们"],
];
const pairs: TextPair[] = people.flatMap(([who, 谁]) => words.map((word): TextPair => [`${who} like ${word}.`, `${谁}喜欢${characters[word]}。`]));

const source = WordTokenizer.train(pairs.map(([english]) => english));
const target = WordTokenizer.train(
  pairs.map(([, chinese]) => chinese),
  { by: "characters" },
);
const make = (options: Partial<SequenceToSequenceOptions> = {}) => new SequenceToSequence({ encoder: "lstm", units: 48, source, target, ...options });
const learn = (model: SequenceToSequence, epochs: number) =>
  model.fit(pairs, { epochs, batchSize: 6, verbose: 0, optimizer: new Adam({ learningRate: 0.01 }) });
const code = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );

describe("SequenceToSequence", () => {
  it.each(["lstm", "transformer"] as const)("learns sentences by heart with %s, writes them, and says where it looked", async (encoder) => {
    const model = make({ encoder, units: 32, layers: 1, heads: 2, dropout: 0 });
    const history = await learn(model, 60);
    expect(history.history["loss"][0]).toBeGreaterThan(1.5);
    expect(history.history["loss"].at(-1)).toBeLessThan(0.2);
    expect(await model.predict("they like music.")).toBe("他们喜欢音乐。");
    expect(await model.predict(pairs.map(([english]) => english))).toEqual(pairs.map(([, chinese]) => chinese));
    expect((await model.evaluate(pairs)).chrF).toBeCloseTo(100, 6);
    const { source: read, target: written, weights } = await model.attention("you like tea.");
    expect(read).toEqual(["you", "like", "tea", ".", "</s>"]);
    expect(written).toEqual([..."你喜欢茶。", "</s>"]);
    for (const head of weights.flat()) for (const row of head) expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 4);
    model.dispose();
  });

  it("follows several texts side by side where it is a Transformer, and says that an LSTM does not", async () => {
    const model = make({ encoder: "transformer", units: 32, layers: 1, heads: 2, dropout: 0 });
    await learn(model, 60);
    expect(
      await model.predict(
        pairs.map(([english]) => english),
        { beams: 4 },
      ),
    ).toEqual(pairs.map(([, chinese]) => chinese));
    expect(await code(model.predict("you like tea.", { beams: 17 }))).toBe("E_OPTION");
    const other = make();
    await learn(other, 1);
    expect(await code(other.predict("you like tea.", { beams: 2 }))).toBe("E_OPTION");
    model.dispose();
    other.dispose();
  });

  it("writes the same alone as among others", async () => {
    const model = make();
    await learn(model, 10);
    const together = await model.predict(["I like rain.", "you like", "they like apples. I like apples. you like apples."]);
    expect(await model.predict("you like")).toBe(together[1]);
  });

  it("is saved as one folder and comes back the same; other tokenizers are given again", async () => {
    const model = make({ encoder: "transformer", units: 16, layers: 1, heads: 2 });
    await learn(model, 3);
    const path = join(folder, "translator");
    await model.save(path);
    const again = await SequenceToSequence.load(path);
    expect(again.choices).toEqual(model.choices);
    expect(await again.predict(pairs.map(([english]) => english))).toEqual(await model.predict(pairs.map(([english]) => english)));
    const config = JSON.parse(readFileSync(join(path, "config.json"), "utf8"));
    writeFileSync(join(path, "config.json"), JSON.stringify({ ...config, source: { type: "given", vocabularySize: source.vocabularySize } }));
    expect(await code(SequenceToSequence.load(path))).toBe("E_PIPELINE");
    rmSync(join(path, "SHA256SUMS"));
    expect(await code(SequenceToSequence.load(path, { source }))).toBeUndefined();
    await expect(SequenceToSequence.load(join(folder, "none"))).rejects.toMatchObject({ code: "E_FORMAT_NO_FILE", exit: 66 });
    for (const broken of ["{", "{}", JSON.stringify({ ...config, formatVersion: 9 })]) {
      writeFileSync(join(path, "config.json"), broken);
      expect(await code(SequenceToSequence.load(path)), broken).toBe("E_PIPELINE");
    }
  });

  it("gives the same bits on one thread and on two, dropout included", async () => {
    const train = async (threads: number) => {
      anyDevice.executor.threads = threads;
      const model = withDevice(anyDevice, () => make({ encoder: "transformer", units: 32, layers: 1, heads: 2, dropout: 0.3 }));
      const history = await learn(model, 3);
      return [
        ...history.history["loss"],
        ...[...model.model.stateDict().values()].flatMap((weight) => [...(weight as { dataSync(): Float32Array }).dataSync()]),
      ];
    };
    const one = await train(1);
    expect(await train(2)).toEqual(one);
    anyDevice.executor.threads = 1;
  });

  it("keeps its memory from the second epoch on", async () => {
    const { device, bytes } = watch(createReferenceExecutor());
    const model = withDevice(device as Device, () => make({ units: 8 }));
    const seen: number[] = [];
    await model.fit(pairs, { epochs: 4, batchSize: 6, verbose: 0, callbacks: [{ onEpochEnd: () => void seen.push(bytes()) }] });
    expect(seen[0]).toBeGreaterThan(10_000);
    expect(new Set(seen.slice(1)).size).toBe(1);
  });

  it("stops at a signal with the weights of the last whole step, and goes on from there", async () => {
    const model = make();
    const stop = new AbortController();
    const stopped = model.fit(pairs, {
      epochs: 50,
      batchSize: 6,
      verbose: 0,
      signal: stop.signal,
      callbacks: [{ onTrainBatchEnd: (batch) => (batch === 1 ? stop.abort() : undefined) }],
    });
    expect(await code(stopped)).toBe("E_CANCELLED");
    for (const weight of model.model.trainableParameters()) expect(weight.dataSync().every(Number.isFinite)).toBe(true);
    await learn(model, 1);
  });

  it("holds pairs back for validation", async () => {
    const history = await make().fit(pairs, { epochs: 2, batchSize: 6, verbose: 0, validationSplit: 0.25 });
    expect(history.history["val_loss"]).toHaveLength(2);
  });
});

describe("what is refused", () => {
  it("is pairs that are none, named by their row, before anything is learnt", async () => {
    const model = make();
    const before = model.model.trainableParameters().map((weight) => [...weight.dataSync()]);
    expect(await code(model.fit([], { verbose: 0 }))).toBe("E_TRAINING_DATA");
    await expect(
      model.fit(
        [
          ["I like tea.", "我喜欢茶。"],
          ["you", " "],
        ],
        { verbose: 0 },
      ),
    ).rejects.toMatchObject({ code: "E_TRAINING_ROW", parameters: { row: 1 } });
    await expect(model.fit([["I like tea.", undefined as unknown as string]], { verbose: 0 })).rejects.toMatchObject({ code: "E_TRAINING_ROW" });
    expect(model.model.trainableParameters().map((weight) => [...weight.dataSync()])).toEqual(before);
  });

  it("is writing before learning, and options that make no model", async () => {
    expect(await code(make().predict("I like tea."))).toBe("E_NOT_FITTED");
    for (const options of [
      { encoder: "gru" as "lstm" },
      { units: 0 },
      { encoder: "transformer" as const, units: 30, heads: 4 },
      { dropout: 1 },
      { maxLength: 300 },
    ]) {
      expect(() => make(options)).toThrow(expect.objectContaining({ code: "E_OPTION" }));
    }
    expect(await code(make().fit(pairs, { validationSplit: 1, verbose: 0 }))).toBe("E_OPTION");
  });

  it("is a step whose loss is not finite: no weight is changed by it", async () => {
    const model = make({ units: 8 });
    const weights = () => model.model.trainableParameters().map((weight) => [...weight.dataSync()]);
    const bias = model.model.stateDict().get("output.bias") as Tensor;
    bias.write([Number.NaN], 5);
    const before = weights();
    expect(await code(model.fit(pairs, { epochs: 2, batchSize: 6, verbose: 0 }))).toBe("E_TRAINING_LOSS");
    expect(weights()).toEqual(before);
  });
});

describe("going on", () => {
  const made = () => make({ encoder: "transformer", units: 16, heads: 2, layers: 1 });

  it("two fits, and a fit after saving and opening, are one fit of as many epochs", async () => {
    const [whole, parts] = [made(), made()];
    const once = await whole.fit(pairs, { epochs: 4, verbose: 0 });
    const first = await parts.fit(pairs, { epochs: 2, verbose: 0 });
    const path = join(folder, "going-on");
    await parts.save(path);
    const opened = await SequenceToSequence.load(path);
    for (const each of [parts, opened]) {
      const second = await each.fit(pairs, { epochs: 2, verbose: 0 });
      expect([...first.history["loss"], ...second.history["loss"]]).toEqual(once.history["loss"]);
    }
  });

  it("options that nobody knows are refused with the nearest", async () => {
    await expect(made().fit(pairs, { batch_size: 2 } as never)).rejects.toMatchObject({
      code: "E_OPTION_UNKNOWN",
      parameters: { nearest: "batchSize" },
    });
    expect(() => new SequenceToSequence({ encoder: "lstm", max_length: 9 } as never)).toThrow(/maxLength/);
  });
});
