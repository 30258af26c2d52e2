// Tunes with the default options (or those given as JSON) and measures on the test part: node runs/encoders/measure.mjs FOLDER SET MODEL [OPTIONS]. FOLDER is what data.mjs wrote. Prints one line.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accuracy, f1 } from "#metrics";
import { finetuneEncoder, TextClassifier } from "#pipelines";

const [, , folder, set, model, options = "{}"] = process.argv;
const output = mkdtempSync(join(tmpdir(), "tuned-"));
const began = performance.now();
try {
  const tuned = await finetuneEncoder(model, join(folder, `${set}-train.jsonl`), { task: "classify", output, ...JSON.parse(options) });
  const minutes = (performance.now() - began) / 60_000;
  const test = `${set.replace(/-\d+shot$/, "")}-test.jsonl`;
  const rows = readFileSync(join(folder, test), "utf8").trim().split("\n").map((line) => JSON.parse(line));
  const classifier = await TextClassifier.load(output);
  const truth = rows.map(({ label }) => label);
  const said = await classifier.predict(rows.map(({ text }) => text));
  await classifier.close();
  const { method, examples, looks, best, examplesPerSecond } = tuned;
  const scores = { accuracy: accuracy(truth, said), macroF1: f1(truth, said, { average: "macro" }), ...(set === "sms" ? { spamF1: f1(truth.map((x) => +(x === "spam")), said.map((x) => +(x === "spam"))) } : {}) };
  console.log(JSON.stringify({ set, model, method, ...scores, examples, kept: best?.epoch, looks: looks.map(({ metrics }) => metrics), minutes, examplesPerSecond }));
} finally {
  rmSync(output, { recursive: true, force: true });
}
