// An encoder of the store tuned on a few rows: its folder, its answers, its reasons; and rows that cannot be learned from.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { localPath } from "#hub";
import { nativeStatus } from "#native";
import { finetuneEncoder, finetuneTogether, pipeline, readEncoderRows, readSharedTasks, TextClassifier, trainTextClassifier } from "#pipelines";
import { withHardNegatives } from "../../dist/pipelines/encoders/hard-negatives.js";
import { labelledColumns } from "../../dist/pipelines/encoders/rows.js";

const minilm = nativeStatus().available && (await localPath("minilm"));
const folder = mkdtempSync(join(tmpdir(), "inkstone-tuned-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const reviews = "text,label\na wonderful film,+\nI loved it,+\nsuperb acting,+\na terrible film,-\nI hated it,-\nawful acting,-\n";

describe("rows", () => {
  it("of spans become tags of words, whole words of an entity alike", async () => {
    const row = {
      text: "Ada lives in New York.",
      entities: [
        { start: 0, end: 3, label: "PER" },
        { start: 13, end: 21, label: "LOC" },
      ],
    };
    const [{ tags }] = await readEncoderRows("tag", file("spans.jsonl", `${JSON.stringify(row)}\n`));
    expect(tags).toEqual(["B-PER", "O", "O", "B-LOC", "I-LOC", "O"]);
  });

  it("are read as data sets of the hub have them: tokens with ner_tags, answers with where they begin", async () => {
    const [{ words, tags }] = await readEncoderRows("tag", file("hub.jsonl", '{"tokens":["Ada","writes"],"ner_tags":["B-PER","O"]}\n'));
    expect([words.map(({ text }) => text), tags]).toEqual([
      ["Ada", "writes"],
      ["B-PER", "O"],
    ]);
    const asked = (answers: object) => file("squad.jsonl", `${JSON.stringify({ question: "q", context: "ink and ink", answers })}\n`);
    expect(await readEncoderRows("qa", asked({ text: ["ink"], answer_start: [8] }))).toMatchObject([{ start: 8, end: 11 }]);
    expect(await readEncoderRows("qa", asked({ text: [], answer_start: [] }))).toMatchObject([{ start: -1, end: -1 }]);
    for (const answers of [
      { text: ["ink"], answer_start: [7] },
      { text: [7], answer_start: [0] },
    ])
      await expect(readEncoderRows("qa", asked(answers))).rejects.toMatchObject({ code: "E_DATA_ROW" });
  });

  it("of labelled texts are found by their names, then by what stands in them", async () => {
    const table = file("named.csv", "id,review,stars\n1,a long text of a film,5\n2,another text of a film,1\n3,one more text,5\n");
    expect(await labelledColumns(table)).toEqual({ text: "review", label: "stars" });
    expect(await labelledColumns(table, { label: "id" })).toEqual({ text: "review", label: "id" });
    expect(await labelledColumns(file("usual.csv", "note,label,text\nsome longer words,a,x\nother longer words,b,y\n"))).toEqual({
      text: "text",
      label: "label",
    });
  });

  it("are refused with their line where an answer, a tag or a score is wrong", async () => {
    const bad = [
      ["qa", '{"question":"q","context":"ink","answer":"stone"}'],
      ["tag", '{"words":["a","b"],"tags":["O"]}'],
      ["similarity", '{"first":"a","second":"b","score":7}'],
      ["classify", '{"text":"","label":"a"}'],
    ] as const;
    for (const [task, line] of bad)
      await expect(readEncoderRows(task, file(`${task}.jsonl`, `${line}\n`))).rejects.toMatchObject({ code: "E_DATA_ROW", parameters: { line: 1 } });
    await expect(readEncoderRows("pair", file("one.csv", "first,label\na,b\n"))).rejects.toMatchObject({ code: "E_DATA_COLUMN" });
  });
});

describe("hard negatives", () => {
  it("are the nearest texts that stand in no row beside theirs, and what is nearer than nearly their own comes last", async () => {
    const directions: Record<string, number[]> = { a: [1, 0], own: [0.9, 0.3], twin: [0.99, 0.1], near: [0.7, 0.7], away: [0, 1], other: [0.8, 0.5] };
    const rows = [
      { first: "a", second: "own", far: [] },
      { first: "a", second: "other", far: [] },
      { first: "b", second: "near", far: [] },
      { first: "b", second: "away", far: [] },
      { first: "c", second: "twin", far: [] },
    ];
    const encode = async (texts: readonly string[]) => texts.map((text) => unit(directions[text] ?? [0, -1]));
    const [mined] = await withHardNegatives(rows, { encode, count: 2 });
    expect(mined).toEqual({ first: "a", second: "own", far: ["near", "away"] });
    const more = await withHardNegatives(rows, { encode, count: 9 });
    expect(more[0].far).toEqual(["near", "away", "twin"]);
  });
});

const unit = (values: readonly number[]) => Float32Array.from(values, (value) => value / Math.hypot(...values));

// The first layer's query matrix of a folder, as bytes.
function trunkOf(path: string): Buffer {
  const bytes = readFileSync(join(path, "model.safetensors"));
  const size = Number(bytes.readBigUInt64LE(0));
  const [from, to] = JSON.parse(bytes.toString("utf8", 8, 8 + size))["bert.encoder.layer.0.attention.self.query.weight"].data_offsets;
  return bytes.subarray(8 + size + from, 8 + size + to);
}

describe.runIf(minilm)("auto with encoders", () => {
  const examples = [
    "a wonderful film",
    "I loved it",
    "superb acting",
    "a fine story",
    "a terrible film",
    "I hated it",
    "awful acting",
    "a dull story",
  ].map((text, i) => ({ text, label: i < 4 ? 1 : 0 }));

  it("tries words, vectors and a tuned encoder, and keeps what its folds say is best", async () => {
    const encoders = { folder: join(folder, "auto"), minutes: 30, leastRows: 0 };
    const { classifier, tried, untriedMinutes } = await trainTextClassifier(examples, { folds: 2, encoders });
    expect(tried.map(({ name }) => name).sort()).toEqual(["joined", "linear-svm", "logistic-regression", "naive-bayes", "tuned"]);
    expect(untriedMinutes).toBeUndefined();
    expect(classifier.modelName).toBe(tried[0].name);
    expect(tried.every(({ seconds }) => seconds > 0)).toBe(true);
    await classifier.close();
  });

  it("leaves the tuned one out where there is no time for it, and says how long it would take", async () => {
    const { classifier, tried, untriedMinutes } = await trainTextClassifier(examples, {
      folds: 2,
      encoders: { folder: join(folder, "never"), minutes: 0, leastRows: 0 },
    });
    expect(tried).toHaveLength(4);
    expect(untriedMinutes).toBeGreaterThan(0);
    expect(existsSync(join(folder, "never"))).toBe(false);
    await classifier.close();
  });
});

describe.runIf(minilm)("a tuned encoder", () => {
  it("is one folder that classifies, gives its reasons, and is refused for other tasks", async () => {
    const output = join(folder, "tuned");
    const tuned = await finetuneEncoder("minilm", file("reviews.csv", reviews), {
      task: "classify",
      method: "full",
      output,
      epochs: 8,
      batchSize: 6,
      dropout: 0,
      learningRate: 3e-4,
    });
    expect(tuned).toMatchObject({ labels: ["+", "-"], examples: 6, validation: 0, steps: 8 });
    const config = JSON.parse(readFileSync(join(output, "config.json"), "utf8"));
    expect(config).toMatchObject({ architectures: ["BertForSequenceClassification"], id2label: { 0: "+", 1: "-" } });
    const classifier = await TextClassifier.load(output);
    const answer = await classifier.classify("I loved the film", { because: 2 });
    expect(answer.label).toBe("+");
    expect(answer.because).toHaveLength(2);
    await classifier.close();
    await expect(pipeline("token-classification", output)).rejects.toMatchObject({ code: "E_PIPELINE_TASK" });
  });

  it("is made of few examples by pairs, and its vectors are told apart", async () => {
    const output = join(folder, "few");
    const tuned = await finetuneEncoder("minilm", file("few.csv", reviews), { task: "classify", output, batchSize: 6, seed: 1 });
    expect(tuned).toMatchObject({ method: "setfit", labels: ["+", "-"], examples: 6, validation: 0, steps: 20 });
    expect(JSON.parse(readFileSync(join(output, "config.json"), "utf8")).architectures).toEqual(["BertModel"]);
    const classifier = await TextClassifier.load(output);
    const answers = await classifier.classifyAll(["I loved the film", "what a terrible film"], { because: 1 });
    expect(answers.map(({ label }) => label)).toEqual(["+", "-"]);
    expect(answers[0].because?.map(({ text }) => text)).toEqual(["loved"]);
    await classifier.save(join(folder, "few-copy"));
    await classifier.close();
    const copy = await TextClassifier.load(join(folder, "few-copy"));
    expect(await copy.predict(["awful"])).toEqual(["-"]);
    await copy.close();
  });

  it("is made by pairs for nothing but labels", async () => {
    const pairs = file("few-pairs.csv", "first,second,label\na,b,x\nc,d,y\n");
    const refused = finetuneEncoder("minilm", pairs, { task: "pair", method: "setfit", output: join(folder, "none") });
    await expect(refused).rejects.toMatchObject({ code: "E_OPTION", parameters: { option: "method" } });
  });

  it("is one of several over one trunk, each with its own metrics and its own folder", async () => {
    const rows = Array.from({ length: 24 }, (_, i) => (i % 2 === 0 ? "a fine thing,good" : "a poor thing,bad")).join("\n");
    file("kinds.csv", `text,label\n${rows}\n`);
    file("names.conll", "Ada B-PER\nsmiles O\n\nBob B-PER\nsleeps O\n\n".repeat(12));
    const list = { kind: { task: "classify", data: "kinds.csv" }, name: { task: "tag", data: "names.conll" } };
    const output = join(folder, "several");
    const tasks = await readSharedTasks(file("tasks.json", JSON.stringify(list)));
    const tuned = await finetuneTogether("minilm", tasks, { output, epochs: 6, batchSize: 12, learningRate: 3e-4, dropout: 0, maxLength: 16 });
    expect(tuned).toMatchObject({ kind: { labels: ["bad", "good"], steps: 24 }, name: { labels: ["B-PER", "O"] } });
    expect(tuned.kind.looks.map(({ metrics }) => Object.keys(metrics)[0])).toEqual(Array(6).fill("accuracy"));
    expect(tuned.name.best?.metrics.entityF1).toBe(1);
    expect(trunkOf(join(output, "kind"))).toEqual(trunkOf(join(output, "name")));
    const classifier = await TextClassifier.load(join(output, "kind"));
    expect(await classifier.predict(["a fine thing", "a poor thing"])).toEqual(["good", "bad"]);
    await classifier.close();
  });

  it("keeps what lay there before where a second tuning is ended, cuts what is too long, and refuses labels that it has not learned", async () => {
    const output = join(folder, "twice");
    const long = file("long.csv", `text,label\n${"ink ".repeat(40)},+\nstone,-\n`);
    const quick = { task: "classify", method: "full", output, epochs: 1, maxLength: 8 } as const;
    expect((await finetuneEncoder("minilm", long, quick)).cut).toBe(1);
    const before = readFileSync(join(output, "inkstone.json"), "utf8");
    const end = new AbortController();
    const stopped = finetuneEncoder("minilm", long, { ...quick, signal: end.signal, onStep: () => end.abort() });
    await expect(stopped).rejects.toThrow();
    expect(readFileSync(join(output, "inkstone.json"), "utf8")).toBe(before);
    const other = finetuneEncoder("minilm", long, { ...quick, validation: file("other.csv", "text,label\nink,?\n") });
    await expect(other).rejects.toMatchObject({ code: "E_FIT_LABEL", parameters: { label: "?" } });
    await expect(finetuneEncoder("minilm", file("empty.csv", "text,label\n"), quick)).rejects.toMatchObject({ code: "E_DATA_EMPTY" });
  });

  it("is not made of rows with one label, and what lay there before stays", async () => {
    const output = join(folder, "kept");
    const one = file("one-label.csv", "text,label\na,x\nb,x\n");
    await expect(finetuneEncoder("minilm", one, { task: "classify", output })).rejects.toMatchObject({ code: "E_FIT_ONE_CLASS" });
    expect(existsSync(output)).toBe(false);
  });
});
