// Public sets as files that the commands read: node runs/apps/prepare.mjs SHARED-DATA OUT. NAME-train.csv and NAME-test.csv (columns text, label) for `classify train`, `moderate train` and `evaluate`;
// folders snips and clinc are projects for `support train`, with snips-test.jsonl and clinc-test.jsonl for measure.mjs; NAME.jsonl of conll rows for `finetune --task tag`.
// A set without a dev part gives a fifth of each label (rows of a label in an order drawn by seed 0).
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { uniform } from "../../dist/core/index.js";
import { openRows } from "../../dist/data/index.js";

const [from, out] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const read = (path) => readFileSync(join(from, path), "utf8");
const lines = (path) => read(path).trim().split("\n");
const rowsOf = async (path) => {
  const rows = [];
  for await (const { value } of openRows(join(from, path))) rows.push(value);
  return rows;
};
const cell = (value) => `"${String(value).replaceAll('"', '""')}"`;
const csv = (name, rows) => writeFileSync(join(out, `${name}.csv`), `text,label\n${rows.map(({ text, label }) => `${cell(text)},${cell(label)}`).join("\n")}\n`);
const jsonl = (name, rows) => writeFileSync(join(out, `${name}.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));

function grouped(rows, keyOf) {
  const groups = new Map();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return groups;
}

let drawn = 0;
function fifth(rows) {
  const byLabel = grouped(rows, ({ label }) => label);
  const [train, test] = [[], []];
  for (const own of byLabel.values()) {
    for (let i = own.length - 1; i > 0; i--) {
      const at = Math.floor(uniform(0, 0, 0, drawn++) * (i + 1));
      [own[i], own[at]] = [own[at], own[i]];
    }
    const held = Math.round(own.length / 5);
    test.push(...own.slice(0, held));
    train.push(...own.slice(held));
  }
  return { train, test };
}
function both(name, { train, test }) {
  csv(`${name}-train`, train);
  csv(`${name}-test`, test);
  console.log(name, train.length, test.length);
}
function project(name, examples) {
  const byIntent = grouped(examples, ({ intent }) => intent);
  const nlu = [...byIntent].map(([intent, own]) => ({ intent, examples: own.map(({ marked }) => `- ${marked}\n`).join("") }));
  mkdirSync(join(out, name), { recursive: true });
  writeFileSync(join(out, name, "nlu.yml"), stringify({ version: "3.1", nlu }, { blockQuote: "literal", lineWidth: 0 }));
}

both("banking", fifth((await rowsOf("qa-customer-service/banking77/train.csv")).map(({ text, category }) => ({ text, label: category }))));
both("davidson", fifth((await rowsOf("classification/davidson-hate-speech/train.csv")).map((row) => ({ text: row.tweet, label: String(row.class) }))));
both("sms", fifth(lines("classification/sms-spam/train.tsv").map((line) => ({ label: line.slice(0, line.indexOf("\t")), text: line.slice(line.indexOf("\t") + 1) }))));
const cold = async (part) => (await rowsOf(`classification/cold-zh-offensive/${part}.csv`)).map(({ TEXT, label }) => ({ text: TEXT, label }));
both("cold", { train: await cold("train"), test: await cold("dev") });
for (const kind of ["hate", "offensive", "emotion"]) {
  const part = (which) => {
    const labels = read(`classification/tweeteval/${kind}/${which}_labels.txt`).trim().split("\n");
    const texts = read(`classification/tweeteval/${kind}/${which}_text.txt`).split("\n");
    return labels.map((label, i) => ({ text: texts[i], label }));
  };
  both(kind, { train: part("train"), test: part("val") });
}

const clauses = lines("legal/cuad-clauses/train.jsonl").map(JSON.parse).filter((row) => row.clauses.length > 0);
const contracts = [...new Set(clauses.map(({ contract }) => contract))];
for (let i = contracts.length - 1; i > 0; i--) {
  const at = Math.floor(uniform(0, 0, 0, i) * (i + 1));
  [contracts[i], contracts[at]] = [contracts[at], contracts[i]];
}
const apart = new Set(contracts.slice(0, Math.round(contracts.length / 5)));
const kinds = (isApart) => clauses.filter(({ contract }) => apart.has(contract) === isApart).map((row) => ({ text: row.clauses.join(" "), label: row.category }));
both("cuad", { train: kinds(false), test: kinds(true) });

const clinc = JSON.parse(read("qa-customer-service/clinc150/data_full_train_val.json"));
const asRows = (rows) => rows.map(([text, label]) => ({ text, label }));
both("clinc", { train: asRows(clinc.train), test: asRows(clinc.val) });
project("clinc", clinc.train.map(([text, intent]) => ({ intent, marked: text.replaceAll("[", "(") })));
jsonl("clinc-test", [...clinc.val, ...clinc.oos_val].map(([text, intent]) => ({ text, intent })));

const snips = readdirSync(join(from, "qa-customer-service/snips-nlu")).flatMap((file) => {
  const [[intent, rows]] = Object.entries(JSON.parse(readFileSync(join(from, "qa-customer-service/snips-nlu", file), "utf8")));
  return rows.map(({ data }) => {
    let text = "";
    const spans = [];
    let marked = "";
    for (const { text: part, entity } of data) {
      const own = part.trim();
      const at = part.indexOf(own);
      if (entity !== undefined && own !== "") {
        spans.push({ entity, start: text.length + at, end: text.length + at + own.length });
        marked += `${part.slice(0, at)}[${own}](${entity})${part.slice(at + own.length)}`;
      } else marked += part;
      text += part;
    }
    return { label: intent, intent, text, spans, marked: marked.replaceAll("\n", " ") };
  });
});
const { train, test } = fifth(snips);
project("snips", train);
jsonl("snips-test", test.map(({ text, intent, spans }) => ({ text, intent, spans })));
console.log("snips", train.length, test.length);

for (const part of ["train", "devel"]) {
  const sentences = read(`medical/ncbi-disease/${part}.tsv`).trim().split(/\n\s*\n/).map((block) => block.split("\n").map((line) => line.split("\t")));
  jsonl(`ncbi-${part}`, sentences.map((words) => ({ tokens: words.map(([word]) => word), tags: words.map((row) => row.at(-1).trim()) })));
}
