// Question: TF-IDF and a linear support vector machine on public sets: how right, and how fast, beside scikit-learn?
// node bench/classical.mjs --data FOLDER --python PYTHON [--sets sms-spam,clinc150] [--rounds 5]
// FOLDER has the sets as their authors publish them (see the list below); PYTHON is one with scikit-learn (see peers/sklearn_peer.py), which also splits where there is no dev part.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { interleave, option, root, runProcess, summary } from "./support.mjs";

const folder = option("data", join(root, "../shared/data"));
const python = option("python", "python3");
const rounds = Number(option("rounds", "5"));

const text = (path, encoding = "utf8") => readFileSync(join(folder, path), encoding);
const lines = (path, encoding) =>
  text(path, encoding)
    .split("\n")
    .filter((line) => line !== "");

function csv(path) {
  const rows = [[""]];
  let quoted = false;
  const all = text(path);
  for (let i = 0; i < all.length; i++) {
    const row = rows[rows.length - 1];
    if (quoted && all[i] === '"' && all[i + 1] === '"') row[row.length - 1] += all[i++];
    else if (all[i] === '"') quoted = !quoted;
    else if (!quoted && all[i] === ",") row.push("");
    else if (!quoted && all[i] === "\n") rows.push([""]);
    else if (quoted || all[i] !== "\r") row[row.length - 1] += all[i];
  }
  return rows.filter((row) => row.length > 1);
}
const named = (path, columns) => {
  const [head, ...rows] = csv(path);
  const places = columns.map((column) => head.indexOf(column));
  return rows.map((row) => places.map((place) => row[place]));
};
const first = (line, mark) => [line.slice(line.indexOf(mark) + 1), line.slice(0, line.indexOf(mark))];
const last = (line) => [line.slice(0, line.lastIndexOf("\t")), line.slice(line.lastIndexOf("\t") + 1)];
const tabs = (path) =>
  lines(path)
    .slice(1)
    .map((line) => first(line, "\t"));

/** Rows of [text, label]: all of them, or train and dev apart. */
const sets = {
  "sms-spam": ["en", () => lines("classification/sms-spam/train.tsv").map((line) => first(line, "\t"))],
  "trec-question": [
    "en",
    () =>
      lines("classification/trec-question/train.txt", "latin1").map((line) => [line.slice(line.indexOf(" ") + 1), line.slice(0, line.indexOf(":"))]),
  ],
  sst2: ["en", () => lines("classification/sst2/train.tsv").map(last), () => lines("classification/sst2/dev.tsv").map(last)],
  "davidson-hate-speech": ["en", () => named("classification/davidson-hate-speech/train.csv", ["tweet", "class"])],
  banking77: ["en", () => named("qa-customer-service/banking77/train.csv", ["text", "category"])],
  clinc150: [
    "en",
    () => JSON.parse(text("qa-customer-service/clinc150/data_full_train_val.json")).train,
    () => JSON.parse(text("qa-customer-service/clinc150/data_full_train_val.json")).val,
  ],
  "ag-news": [
    "en",
    () => csv("classification/ag-news/train_small.csv").map(([label, body]) => [body, label]),
    () => csv("classification/ag-news/dev.csv").map(([label, title, body]) => [`${title} ${body}`, label]),
  ],
  chnsenticorp: ["zh", () => tabs("classification/chnsenticorp/train.tsv"), () => tabs("classification/chnsenticorp/dev.tsv")],
  "thucnews-titles": ["zh", () => lines("classification/thucnews-titles/train.txt").map(last)],
  "cold-zh-offensive": [
    "zh",
    () => named("classification/cold-zh-offensive/train.csv", ["TEXT", "label"]),
    () => named("classification/cold-zh-offensive/dev.csv", ["TEXT", "label"]),
  ],
};

const work = mkdtempSync(join(tmpdir(), "inkstone-bench-"));
const json = (output) => JSON.parse(output.trim().split("\n").at(-1));
const peer = async (...args) => json((await runProcess(python, ["bench/peers/sklearn_peer.py", ...args])).output);

async function parts(name) {
  const [language, train, dev] = sets[name];
  const rows = train();
  const columns = (some) => [some.map(([body]) => body), some.map(([, label]) => label)];
  let [kept, held] = [rows, dev?.()];
  if (held === undefined) {
    const path = join(work, "labels.json");
    writeFileSync(path, JSON.stringify({ labels: rows.map(([, label]) => label) }));
    const out = new Set(await peer("--split", path));
    [kept, held] = [rows.filter((_, i) => !out.has(i)), rows.filter((_, i) => out.has(i))];
  }
  const [[trainTexts, trainLabels], [devTexts, devLabels]] = [columns(kept), columns(held)];
  return { language, train: trainTexts, trainLabels, dev: devTexts, devLabels };
}

try {
  const results = {};
  for (const name of option("sets", Object.keys(sets).join(",")).split(",")) {
    const path = join(work, `${name}.json`);
    writeFileSync(path, JSON.stringify(await parts(name)));
    const contenders = [
      { name: "inkstone", measure: async () => json((await runProcess(process.execPath, ["bench/classical-ours.mjs", path])).output) },
      { name: "scikit-learn", measure: () => peer(path) },
    ];
    results[name] = summary(await interleave(contenders, rounds));
    const { medians } = results[name];
    const speed = 1 / results[name]["inkstone / other, median of pairs"]["scikit-learn"].fitSeconds;
    console.error(`${name}: x${speed.toFixed(2)} ${JSON.stringify(medians)}`);
  }
  console.log(JSON.stringify(results, null, 2));
} finally {
  rmSync(work, { recursive: true });
}
