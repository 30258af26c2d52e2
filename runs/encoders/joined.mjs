// Counted words, vectors, and both beside each other under one linear model: node runs/encoders/joined.mjs FOLDER SET MODEL. FOLDER is what data.mjs wrote. Prints a line each.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { accuracy, f1 } from "#metrics";
import { TextClassifier } from "#pipelines";

const [, , folder, set, embeddings] = process.argv;
const rows = (name) => readFileSync(join(folder, `${name}.jsonl`), "utf8").trim().split("\n").map((line) => JSON.parse(line));
const [train, test] = [rows(`${set}-train`), rows(`${set.replace(/-\d+shot$/, "")}-test`)];
for (const options of [{ model: "linear-svm" }, { model: "embeddings", embeddings }, { model: "joined", embeddings }]) {
  const classifier = await new TextClassifier(options).fit(train.map(({ text }) => text), train.map(({ label }) => label));
  const [truth, said] = [test.map(({ label }) => label), await classifier.predict(test.map(({ text }) => text))];
  await classifier.close();
  console.log(JSON.stringify({ set, ...options, accuracy: accuracy(truth, said), macroF1: f1(truth, said, { average: "macro" }) }));
}
