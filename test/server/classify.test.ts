// Classifiers over HTTP: what they do, and requests that are wrong on purpose. Every table is removed, every place is given back.
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localPath } from "#hub";
import { nativeStatus } from "#native";
import { finetuneEncoder, TextClassifier } from "#pipelines";
import { createServer } from "#server";
import { until } from "../support/until.ts";
import { FakeGenerator } from "./fake-generator.ts";
import { type Answer, ask, events, raw, type Serving, serving } from "./serving.ts";
import { classify, sendTable, trained, twoKinds } from "./tables.ts";

const minilm = nativeStatus().available && (await localPath("minilm")) !== undefined;

let s: Serving;
let folder: string;
let before: string | undefined;
const limits = { tableBytes: 1 << 20, trainingLabels: 5, classifyCharacters: 100 };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inkstone-test-"));
  before = process.env.TMPDIR;
  process.env.TMPDIR = folder; // so that what is left behind can be counted
  s = await serving(new FakeGenerator(), { limits });
});
afterAll(async () => {
  await s?.server.stop({ now: true });
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  await rm(folder, { recursive: true });
});

const leftTables = async () => (await readdir(folder)).filter((name) => name.startsWith("inkstone-table-"));

async function expectRefused(answer: Answer, status: number, message: RegExp): Promise<void> {
  expect(answer.json?.error?.message ?? answer.text).toMatch(message);
  expect(answer.status).toBe(status);
  expect(answer.text).not.toContain(folder);
  expect(answer.text).not.toMatch(/node_modules|\n\s+at /);
  expect(await leftTables()).toEqual([]);
}

describe("a classifier", () => {
  it("is trained, listed, asked, written, read about and forgotten", async () => {
    const { text, headers } = await sendTable(s, "?folds=3&model=linear-svm", twoKinds(12));
    expect(headers["content-type"]).toBe("text/event-stream; charset=utf-8");
    const all = events(text);
    expect(all.at(-1)).toBe("[DONE]");
    const steps = all.slice(0, -2).map((one) => JSON.parse(one).progress);
    expect(steps.map(({ fraction }) => fraction)).toEqual(steps.map(({ fraction }) => fraction).sort((a, b) => a - b));
    expect(steps.at(-1)).toEqual({ fraction: 1, model: "linear-svm" });
    const { done } = JSON.parse(all.at(-2) ?? "");
    expect(done).toMatchObject({
      classes: ["bad", "good"],
      examples: 24,
      skipped: { count: 0 },
      tried: [{ model: "linear-svm" }],
      report: { support: 24 },
    });

    const listed = await ask(s.port, "GET", "/v1/classifiers");
    expect(listed.json.data).toMatchObject([{ id: done.id, object: "classifier", classes: ["bad", "good"], language: "en" }]);

    const { json } = await classify(s, { model: done.id, input: ["a lovely day", "ugly"], because: 3 });
    expect(json).toMatchObject({ model: done.id, results: [{ label: "good" }, { label: "bad" }] });
    expect(json.results[0].because[0]).toMatchObject({ text: "lovely", start: 2, end: 8 });
    expect((await classify(s, { model: done.id, input: "ugly" })).json.results[0]).not.toHaveProperty("because");

    const file = await ask(s.port, "GET", `/v1/classifiers/${done.id}`);
    expect(file.headers["content-disposition"]).toBe('attachment; filename="classifier.json"');
    expect(file.json).toMatchObject({ formatVersion: 2, type: "text-classifier" });

    const report = (language: string) => ask(s.port, "GET", `/v1/classifiers/${done.id}/report`, { headers: { "accept-language": language } });
    expect((await report("zh")).text).toContain("混淆矩阵");
    expect((await report("en")).text).toContain("Confusion");
    expect((await ask(s.port, "GET", `/v1/classifiers/${done.id}/report?language=zh`)).text).toContain("混淆矩阵");

    expect((await ask(s.port, "DELETE", `/v1/classifiers/${done.id}`)).json).toEqual({ id: done.id, object: "classifier", deleted: true });
    await expectRefused(await classify(s, { model: done.id, input: "ugly" }), 404, /no classifier/);
  });

  it("is measured on a table that it has not learned from; columns keep the order of the file", async () => {
    const { id } = await trained(s, "?folds=2&model=naive-bayes", twoKinds(6));
    const table =
      "2023,said,1,kind\nx,a good and lovely thing,y,good\nx,a bad and ugly thing,y,bad\nx,a lovely good thing,y,bad\nx,too,many,cells,here\n";
    const { status, json } = await sendTable(s, `/${id}/evaluate?text=said&label=kind`, table);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      examples: 3,
      skipped: { count: 1 },
      report: { accuracy: 2 / 3 },
      worst: [{ line: 4, truth: "bad", predicted: "good" }],
    });
    const there = /no column "text"; it has: 2023, said, 1, kind/;
    await expectRefused(await sendTable(s, `/${id}/evaluate`, table), 400, there);
    await expectRefused(await sendTable(s, `/${id}/evaluate?label=kind`, table), 400, there);
    await expectRefused(await sendTable(s, `/${id}/evaluate?text=said`, table), 400, /no column "label"; it has: 2023, said, 1, kind/);
    await expectRefused(await sendTable(s, `/${id}/evaluate?text=said&label=2023`, table), 400, /good/);
    await expectRefused(await sendTable(s, "/nobody/evaluate", table), 404, /nobody/);
    await ask(s.port, "DELETE", `/v1/classifiers/${id}`);
    expect((await sendTable(s, "/check", table)).json.columns).toEqual(["2023", "said", "1", "kind"]);
  });

  it("gives a table back with its labels: every column as it was, in order, broken rows left out and counted", async () => {
    const { id } = await trained(s, "?folds=2&model=naive-bayes", twoKinds(6));
    const table = '2023,said,1\nx,a good and lovely thing,"y, z"\nx,a bad and ugly thing,y\nx,too,many,cells\n';
    const answer = await sendTable(s, `/${id}/label?text=said&name=in.csv`, table);
    expect([answer.status, answer.headers["content-type"], answer.headers["inkstone-rows"], answer.headers["inkstone-left-out"]]).toEqual([
      200,
      "text/csv",
      "2",
      "1",
    ]);
    expect(answer.text.replace(/,[01]\.\d+/g, ",p")).toBe(
      '2023,said,1,label,confidence\nx,a good and lovely thing,"y, z",good,p\nx,a bad and ugly thing,y,bad,p\n',
    );
    const lines = '{"id":7,"text":"so lovely and good"}\n';
    const other = await sendTable(s, `/${id}/label`, lines, { "content-type": "application/jsonl" });
    expect(JSON.parse(other.text)).toMatchObject({ id: 7, label: "good" });
    await expectRefused(await sendTable(s, `/${id}/label?text=words`, table), 400, /no column "words"; it has: 2023, said, 1/);
    await expectRefused(await sendTable(s, "/nobody/label", table), 404, /nobody/);
    await expectRefused(await sendTable(s, `/${id}/label?colour=red`, table), 400, /colour/);
    expect(await leftTables()).toEqual([]);
  });

  it.runIf(minilm && process.env.INKSTONE_TEST_LARGE === "1")(
    "may be an encoder that is tuned on the rows; its folder goes when it is forgotten",
    { timeout: 300_000 },
    async () => {
      const data = process.env.INKSTONE_DATA;
      process.env.INKSTONE_DATA = join(folder, "data");
      try {
        await expectRefused(await sendTable(s, "?tuned=true&model=linear-svm", twoKinds(4)), 400, /tuned/);
        const texts = ["The sun is up", "A warm bright day", "Light at noon", "Clear blue sky"].map((text) => `${text},day\n`);
        const others = ["The moon is up", "A dark cold evening", "Stars at midnight", "Black sky"].map((text) => `${text},night\n`);
        const table = `text,label\n${Array.from({ length: 4 }, (_, i) => [...texts, ...others].map((row) => `Note ${i}: ${row}`).join("")).join("")}`;
        const made = (await trained(s, "?folds=2&tuned=true&minutes=60", table)) as {
          id: string;
          skipped: { count: number };
          tuned?: boolean;
          folder?: string;
          tried?: { model: string }[];
        };
        expect(made.tried?.map(({ model }) => model).sort()).toEqual(expect.arrayContaining(["joined", "tuned"]));
        expect(made.tuned === true).toBe(made.tried?.[0].model === "tuned");
        expect((await classify(s, { model: made.id, input: "Note 9: A warm bright day" })).json.results[0].label).toBe("day");
        if (made.folder !== undefined) expect(await readdir(made.folder)).toContain("inkstone.json");
        await ask(s.port, "DELETE", `/v1/classifiers/${made.id}`);
        expect(await readdir(join(folder, "data", "classifiers")).catch(() => [])).toEqual([]);
      } finally {
        if (data === undefined) delete process.env.INKSTONE_DATA;
        else process.env.INKSTONE_DATA = data;
      }
    },
  );

  it("learns the same from CSV, TSV and JSON Lines", async () => {
    const csv = twoKinds(6);
    const lines = csv.trim().split("\n").slice(1);
    const jsonl = lines.map((line) => JSON.stringify({ text: line.split(",")[0], label: line.split(",")[1] })).join("\n");
    const tables = [
      [csv, "text/csv; charset=utf-8"],
      [csv.replaceAll(",", "\t"), "text/tab-separated-values"],
      [jsonl, "application/jsonl"],
      [jsonl, "application/x-ndjson"],
    ];
    const files: string[] = [];
    for (const [table, type] of tables) {
      const { id } = await trained(s, "?folds=2&model=naive-bayes", table, { "content-type": type });
      files.push((await ask(s.port, "GET", `/v1/classifiers/${id}`)).text);
      await ask(s.port, "DELETE", `/v1/classifiers/${id}`);
    }
    expect(new Set(files).size).toBe(1);
  });

  it("makes room: the one not used for longest goes", async () => {
    await using few = await serving(new FakeGenerator(), { limits: { classifiers: 2 } });
    const train = () => trained(few, "?folds=2&model=naive-bayes", twoKinds(4));
    const [first, second] = [await train(), await train()];
    await classify(few, { model: first.id, input: "ugly" });
    const third = await train();
    const { json } = await ask(few.port, "GET", "/v1/classifiers");
    expect(json.data.map(({ id }: { id: string }) => id)).toEqual([first.id, third.id]);
    expect((await classify(few, { model: second.id, input: "ugly" })).status).toBe(404);
  });

  it.runIf(minilm)("is served from the folder of a tuned encoder, with the verb's answers", async () => {
    const [data, output] = [join(folder, "tuned.csv"), join(folder, "Tuned things")];
    await writeFile(data, twoKinds(3));
    await finetuneEncoder("minilm", data, { task: "classify", method: "full", output, epochs: 6, batchSize: 6, learningRate: 3e-4, dropout: 0 });
    await using given = await serving(new FakeGenerator(), { classifiers: [output] });
    const { json } = await classify(given, { model: "tuned-things", input: ["a lovely thing", "an ugly thing"], because: 2 });
    const classifier = await TextClassifier.load(output);
    expect(json.results).toEqual(await classifier.classifyAll(["a lovely thing", "an ugly thing"], { because: 2 }));
    expect(json.results).toMatchObject([{ label: "good" }, { label: "bad" }]);
    await classifier.close();
  });

  it("is served from a file under the file's name, and has no report then", async () => {
    const { id } = await trained(s, "?folds=2&model=naive-bayes", twoKinds(6));
    const file = join(folder, "My Reviews_2.json");
    await writeFile(file, (await ask(s.port, "GET", `/v1/classifiers/${id}`)).text);
    await using given = await serving(new FakeGenerator(), { classifiers: [file] });
    expect((await classify(given, { model: "my-reviews-2", input: "lovely" })).json.results[0].label).toBe("good");
    await expectRefused(await ask(given.port, "GET", "/v1/classifiers/my-reviews-2/report"), 404, /opened from a file/);
    await expect(createServer({ generator: new FakeGenerator(), classifiers: [file, file] })).rejects.toMatchObject({ code: "E_OPTION" });
    await writeFile(file, '{"type":"text-classifier","formatVersion":9}');
    await expect(createServer({ generator: new FakeGenerator(), classifiers: [file] })).rejects.toMatchObject({ code: "E_PIPELINE" });
  });
});

describe("a check", () => {
  it("finds the columns, what repeats, and broken rows with their lines, in both languages", async () => {
    const table = "id,review,stars\n1,good thing,5\n2,bad thing,1\n3,Good  thing,5\n4,too,many,cells\n5,,1\n6,no star, \n";
    const { json } = await sendTable(s, "/check?name=..%2F..%2Fetc%2Freviews.csv", table);
    expect(json).toMatchObject({ columns: ["id", "review", "stars"], text: "review", label: "stars" });
    expect(json.sample[1]).toEqual({ id: "2", review: "bad thing", stars: "1" });
    const { report } = json;
    expect(report.files).toEqual([{ file: "reviews.csv", rows: 5, broken: 1, empty: 1, unlabelled: 1, labels: { 1: 2, 5: 2 } }]);
    expect(report.duplicates.examples).toEqual([{ first: { file: "reviews.csv", line: 2 }, again: { file: "reviews.csv", line: 4 } }]);
    expect(report.broken.examples[0].en).toMatch(/^reviews\.csv:5:/);
    expect(report.broken.examples[0].zh).toMatch(/^reviews\.csv:5:/);
    expect(await leftTables()).toEqual([]);
  });

  it("takes the columns that are named, and names those there are when they are wrong", async () => {
    expect((await sendTable(s, "/check?text=a&label=b", "a,b\nx,1\n")).json).toMatchObject({ text: "a", label: "b" });
    await expectRefused(await sendTable(s, "/check?text=nothing", "a,b\nx,1\n"), 400, /no column "nothing"; it has: a, b/);
  });
});

describe("a table that is wrong", () => {
  const good = twoKinds(4);
  it.each<[string, string, string | Buffer, RegExp]>([
    ["a text column that is not there", "?text=body", good, /no column "body"; it has: text, label/],
    ["a label column that is not there", "?label=class", good, /no column "class"; it has: text, label/],
    ["a row with too many cells, by its line", "?name=mine.csv", "text,label\na,x\nb,y,z\n", /^mine\.csv:3:/],
    ["a quote that never ends, by its line", "", 'text,label\na,x\n"b,y\n', /^table\.csv:3:/],
    ["a row without a label, by its line", "", "text,label\na,x\nb,\n", /^table\.csv:3:1: "label" is empty/],
    ["bytes that are not UTF-8", "", Buffer.concat([Buffer.from("text,label\na,x\n"), Buffer.from([0xff, 0xfe])]), /^table\.csv:3: .*UTF-8/],
    ["nothing", "", "", /There is no row in table\.csv/],
    ["a head without rows", "", "text,label\n", /There is no row in table\.csv/],
    ["one label", "", "text,label\na,x\nb,x\n", /label x: there is nothing to tell apart/],
    [
      "more labels than may be learned",
      "",
      `text,label\n${Array.from({ length: 12 }, (_, i) => `a,l${i % 6}\n`).join("")}`,
      /"label".*6 different labels, at most 5/,
    ],
    ["labels that are there once", "", "text,label\na,x\nb,y\n", /no label has two different texts/],
  ])("is refused before any header: %s", async (_name, path, body, message) => {
    await expectRefused(await sendTable(s, path, body), 400, message);
  });

  it("is learned from without its broken rows where that is asked for", async () => {
    const { skipped } = await trained(s, "?folds=2&model=naive-bayes&skip_bad=true", `${twoKinds(4)}too,many,cells\n,good\n`);
    expect(skipped.count).toBe(2);
  });

  it.each(["application/json", "text/plain", "application/octet-stream", "text/csv; charset=gbk", "multipart/form-data; boundary=x", ""])(
    "is refused by its content type: %j",
    async (type) => {
      for (const path of ["", "/check"]) await expectRefused(await sendTable(s, path, good, { "content-type": type }), 415, /content type/);
    },
  );

  it("is no body for any other route", async () => {
    const answer = await ask(s.port, "POST", "/v1/classify", { headers: { "content-type": "text/csv" }, body: good });
    await expectRefused(answer, 415, /content type "text\/csv"/);
  });

  it("is refused by its declared length before it is read, and cut when it does not declare one", async () => {
    const head = "POST /v1/classifiers/check HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/csv\r\n";
    expect(await raw(s.port, `${head}content-length: ${(1 << 20) + 1}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413[\s\S]*1048576/);
    const piece = `${(1 << 19).toString(16)}\r\n${"a".repeat(1 << 19)}\r\n`;
    expect(await raw(s.port, `${head}transfer-encoding: chunked\r\n\r\n${piece.repeat(3)}0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413/);
    await until(async () => expect(await leftTables()).toEqual([]));
  });

  it.each(["../../etc/passwd", "..\\..\\boot.ini", "/etc/shadow", "a\u0000b.csv", "..", "x".repeat(900), "\u001b[31m.csv", "com<script>.csv"])(
    "has a harmless name whatever it is called: %j",
    async (name) => {
      const { json, status } = await sendTable(s, `/check?name=${encodeURIComponent(name)}`, good);
      expect(status).toBe(200);
      expect(json.report.files[0].file).toMatch(/^[\p{L}\p{N} ._-]{1,60}\.csv$/u);
      expect(json.report.files[0].file).not.toMatch(/^\./);
      expect(await leftTables()).toEqual([]);
    },
  );
});

describe("fields", () => {
  it.each([
    ["?unknown=1", "unknown"],
    ["?__proto__=1", "__proto__"],
    ["?folds=1", "folds"],
    ["?folds=21", "folds"],
    ["?folds=2.5", "folds"],
    ["?folds=many", "folds"],
    ["?seed=-1", "seed"],
    ["?seed=99999999999999999999", "seed"],
    ["?model=gpt", "model"],
    ["?skip_bad=yes", "skip_bad"],
    ["?text=", "text"],
    ["?text=a&text=b", "text"],
    [`?label=${"x".repeat(201)}`, "label"],
    ["/check?folds=2", "folds"],
  ])("of a table: %s", async (path, param) => {
    const answer = await sendTable(s, path, twoKinds(4));
    await expectRefused(answer, 400, new RegExp(param));
    expect(answer.json.error.param).toBe(param);
  });

  it.each<[string, object, string]>([
    ["no model", { input: "x" }, "model"],
    ["no input", { model: "m" }, "input"],
    ["an empty text", { model: "m", input: "" }, "input"],
    ["no texts", { model: "m", input: [] }, "input"],
    ["65 texts", { model: "m", input: Array(65).fill("x") }, "input"],
    ["a number for a text", { model: "m", input: ["x", 7] }, "input[1]"],
    ["a text that is too long", { model: "m", input: "x".repeat(101) }, "input"],
    ["because 51", { model: "m", input: "x", because: 51 }, "because"],
    ["because as text", { model: "m", input: "x", because: "3" }, "because"],
    ["an unknown field", { model: "m", input: "x", file: "/etc/passwd" }, "file"],
  ])("of a question: %s", async (_name, body, param) => {
    const answer = await classify(s, body);
    expect({ status: answer.status, param: answer.json.error.param }).toEqual({ status: 400, param });
  });

  it("of addresses that lead nowhere", async () => {
    for (const id of ["nothing", "00000000-0000-4000-8000-000000000000", "..%2f..%2fetc%2fpasswd", "%00", "__proto__", "constructor"]) {
      await expectRefused(await ask(s.port, "GET", `/v1/classifiers/${id}`), 404, /no classifier/);
      await expectRefused(await ask(s.port, "GET", `/v1/classifiers/${id}/report`), 404, /no classifier/);
      await expectRefused(await ask(s.port, "DELETE", `/v1/classifiers/${id}`), 404, /no classifier/);
    }
    await expectRefused(await classify(s, { model: "../../etc/passwd", input: "x" }), 404, /no classifier/);
    const put = await ask(s.port, "PUT", "/v1/classifiers/nothing");
    expect([put.status, put.headers.allow]).toEqual([405, "GET, HEAD, DELETE"]);
  });

  it("come with their limits", async () => {
    expect((await ask(s.port, "GET", "/v1/limits")).json).toMatchObject({
      tableBytes: 1 << 20,
      tables: 8,
      trainingLabels: 5,
      classifiers: 8,
      classifyTexts: 64,
    });
  });
});

describe("a client that leaves", () => {
  // Large enough that it is not over before the test has looked.
  const long = twoKinds(6000);
  const big = { limits: { tables: 2 } };

  function begin(serving: Serving): { leave: () => void; answered: Promise<IncomingMessage> } {
    const sent = httpRequest({ port: serving.port, method: "POST", path: "/v1/classifiers", headers: { "content-type": "text/csv" }, agent: false });
    sent.on("error", () => undefined);
    const answered = once(sent, "response").then(([message]) => message as IncomingMessage);
    answered.catch(() => undefined);
    sent.end(long);
    return { leave: () => sent.destroy(), answered };
  }
  const open = async (serving: Serving) => (await ask(serving.port, "GET", "/health")).json.open;

  it("ends its training; one that waits is next, and a third is told to come again", async () => {
    await using few = await serving(new FakeGenerator(), big);
    const first = begin(few);
    await once(await first.answered, "data");
    const second = begin(few);
    await until(async () => expect(await leftTables()).toHaveLength(2));
    const third = await sendTable(few, "", twoKinds(4));
    expect([third.status, third.headers["retry-after"], third.json.error.code]).toEqual([429, "5", "rate_limit_exceeded"]);
    first.leave();
    await once(await second.answered, "data"); // it has its turn
    second.leave();
    await until(async () => expect([await open(few), await leftTables()]).toEqual([0, []]));
    expect((await trained(few, "?folds=2&model=naive-bayes", twoKinds(4))).id).toMatch(/^[0-9a-f-]{36}$/);
    expect((await ask(few.port, "GET", "/v1/classifiers")).json.data).toHaveLength(1);
  });

  it("while it sends or waits: nothing is left of it", async () => {
    await using few = await serving(new FakeGenerator(), big);
    const first = begin(few);
    await once(await first.answered, "data");
    const waiting = begin(few);
    await until(async () => expect(await leftTables()).toHaveLength(2));
    waiting.leave();
    await until(async () => expect(await leftTables()).toHaveLength(1));
    const sending = httpRequest({ port: few.port, method: "POST", path: "/v1/classifiers", headers: { "content-type": "text/csv" }, agent: false });
    sending.on("error", () => undefined);
    sending.write("text,label\n");
    await until(async () => expect(await leftTables()).toHaveLength(2));
    sending.destroy();
    await until(async () => expect(await leftTables()).toHaveLength(1));
    first.leave();
    await until(async () => expect([await open(few), await leftTables()]).toEqual([0, []]));
  });

  it("is told when it is the server that stops", async () => {
    const few = await serving(new FakeGenerator(), big);
    const { answered } = begin(few);
    const message = await answered;
    const pieces: string[] = [];
    message.on("data", (piece: Buffer) => pieces.push(piece.toString()));
    await once(message, "data");
    const ended = once(message, "end");
    await few.server.stop({ now: true });
    await ended;
    const all = events(pieces.join(""));
    expect(JSON.parse(all.at(-1) ?? "").error).toMatchObject({ code: "E_STOPPING" });
    expect(await leftTables()).toEqual([]);
  });
});

it("answers as before after all of this", async () => {
  expect((await ask(s.port, "GET", "/health")).json).toMatchObject({ status: "ok", open: 0, waiting: 0 });
  expect((await trained(s, "?folds=2&model=naive-bayes", twoKinds(4))).skipped.count).toBe(0);
});
