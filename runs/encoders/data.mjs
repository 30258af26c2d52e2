// The public sets as rows, split once: node runs/encoders/data.mjs SHARED-DATA OUT writes NAME-train.jsonl and NAME-test.jsonl. A set without a public test part gives a tenth of each label (seed 7).
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRows } from "#data";

const [, , from, out] = process.argv;
mkdirSync(out, { recursive: true });

const read = (path, encoding = "utf8") => readFileSync(join(from, path), encoding);
const lines = (path, encoding) => read(path, encoding).trim().split("\n");
const table = async (path, make) => {
  const rows = [];
  for await (const { value } of openRows(join(from, path))) rows.push(make(value));
  return rows.filter(({ text }) => typeof text === "string" && text.trim() !== "");
};
const tabbed = (line, at = line.lastIndexOf("\t")) => ({ text: line.slice(0, at), label: line.slice(at + 1).trim() });

function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}

function shuffled(rows, draw) {
  for (let i = rows.length - 1; i > 0; i--) {
    const at = Math.floor(draw() * (i + 1));
    [rows[i], rows[at]] = [rows[at], rows[i]];
  }
  return rows;
}

function write(name, rows) {
  writeFileSync(join(out, `${name}.jsonl`), `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`);
  console.log(name, rows.length);
}

function writeSplit(name, rows) {
  const draw = random(7);
  const byLabel = new Map();
  for (const row of rows) byLabel.set(row.label, [...(byLabel.get(row.label) ?? []), row]);
  const [train, test] = [[], []];
  for (const list of byLabel.values()) {
    const own = shuffled(list, draw);
    const held = Math.max(1, Math.round(own.length / 10));
    test.push(...own.slice(0, held));
    train.push(...own.slice(held));
  }
  write(`${name}-train`, shuffled(train, draw));
  write(`${name}-test`, shuffled(test, draw));
  return train;
}

writeSplit("trec", lines("classification/trec-question/train.txt", "latin1").map((line) => ({ text: line.slice(line.indexOf(" ") + 1), label: line.slice(0, line.indexOf(":")) })));
writeSplit("sms", lines("classification/sms-spam/train.tsv").map((line) => ({ text: line.slice(line.indexOf("\t") + 1).trim(), label: line.slice(0, line.indexOf("\t")) })).filter(({ text }) => text !== ""));
const banking = writeSplit("banking", await table("qa-customer-service/banking77/train.csv", ({ text, category }) => ({ text, label: category })));
const seen = new Map();
write("banking-8shot-train", banking.filter(({ label }) => seen.set(label, (seen.get(label) ?? 0) + 1).get(label) <= 8));
writeSplit("davidson", await table("classification/davidson-hate-speech/train.csv", (row) => ({ text: row.tweet, label: String(row.class) })));
writeSplit("waimai", await table("classification/waimai-10k/train.csv", ({ review, label }) => ({ text: review, label: String(label) })));
writeSplit("thuc", lines("classification/thucnews-titles/train.txt").map((line) => tabbed(line)));
const clinc = JSON.parse(read("qa-customer-service/clinc150/data_full_train_val.json"));
for (const [part, name] of [["train", "train"], ["val", "test"]]) write(`clinc-${name}`, clinc[part].map(([text, label]) => ({ text, label })));
for (const [part, name] of [["train", "train"], ["dev", "test"]]) {
  write(`sst2-${name}`, lines(`classification/sst2/${part}.tsv`).map((line) => tabbed(line)));
  write(`cold-${name}`, await table(`classification/cold-zh-offensive/${part}.csv`, ({ TEXT, label }) => ({ text: TEXT, label: String(label) })));
  write(`chnsenticorp-${name}`, lines(`classification/chnsenticorp/${part}.tsv`).slice(1).map((line) => ({ text: line.slice(2).trim(), label: line[0] })).filter(({ text }) => text !== ""));
}
