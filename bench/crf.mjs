// Question: a CRF tagger on NCBI-disease, the same features: how right, and how fast, beside CRFsuite?
// node bench/crf.mjs --data FOLDER --python PYTHON [--rounds 3]   FOLDER has medical/ncbi-disease; PYTHON is one with python-crfsuite (see peers/crfsuite_peer.py).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { interleave, option, root, runProcess, summary } from "./support.mjs";

const folder = option("data", join(root, "../shared/data"));
const work = mkdtempSync(join(tmpdir(), "inkstone-bench-"));

function sentences(part) {
  const blocks = readFileSync(join(folder, `medical/ncbi-disease/${part}.tsv`), "utf8").split(/\n\s*\n/);
  const rows = blocks.map((block) =>
    block
      .split("\n")
      .filter((line) => line.includes("\t"))
      .map((line) => line.split("\t")),
  );
  return rows.filter((row) => row.length > 0).map((row) => ({ words: row.map(([word]) => word), labels: row.map(([, label]) => label) }));
}

const shape = (word) =>
  word
    .replace(/\p{Lu}/gu, "X")
    .replace(/\p{Ll}/gu, "x")
    .replace(/\p{N}/gu, "9")
    .replace(/(.)\1+/g, "$1$1");

function featuresOf(words) {
  const own = (i, name) =>
    i < 0 || i >= words.length ? [`${name}=none`] : [`${name}=${words[i].toLowerCase()}`, `${name} shape=${shape(words[i])}`];
  return words.map((word, i) => {
    const ends = [2, 3, 4].flatMap((n) => [`starts=${word.slice(0, n)}`, `ends=${word.slice(-n)}`]);
    const pairs = [`pair=${words[i - 1] ?? ""} ${word}`.toLowerCase(), `pair after=${word} ${words[i + 1] ?? ""}`.toLowerCase()];
    return [
      "bias",
      `word=${word}`,
      ...own(i, "own"),
      ...own(i - 1, "before"),
      ...own(i - 2, "two before"),
      ...own(i + 1, "after"),
      ...own(i + 2, "two after"),
      ...ends,
      ...pairs,
    ];
  });
}

const spans = (labels) => {
  const found = new Set();
  for (let i = 0; i < labels.length; i++) {
    if (!labels[i].startsWith("B-") && !(labels[i].startsWith("I-") && (i === 0 || labels[i - 1] === "O"))) continue;
    let end = i + 1;
    while (labels[end]?.startsWith("I-")) end++;
    found.add(`${i} ${end}`);
  }
  return found;
};

function spanF1(golds, guesses) {
  let [both, there, guessed] = [0, 0, 0];
  for (const [i, gold] of golds.entries()) {
    const [a, b] = [spans(gold), spans(guesses[i])];
    there += a.size;
    guessed += b.size;
    for (const span of b) if (a.has(span)) both++;
  }
  return (2 * both) / (there + guessed);
}

try {
  const part = (name) => sentences(name).map(({ words, labels }) => ({ features: featuresOf(words), labels }));
  const [train, dev] = [part("train"), part("devel")];
  const path = join(work, "ncbi.json");
  writeFileSync(path, JSON.stringify({ c2: Number(option("c2", "0.1")), train, dev: dev.map(({ features }) => features) }));
  const measure = async (program, script) => {
    const { fitSeconds, tags } = JSON.parse((await runProcess(program, [script, path])).output.trim().split("\n").at(-1));
    return {
      fitSeconds,
      spanF1: spanF1(
        dev.map(({ labels }) => labels),
        tags,
      ),
    };
  };
  const contenders = [
    { name: "inkstone", measure: () => measure(process.execPath, "bench/crf-ours.mjs") },
    { name: "crfsuite", measure: () => measure(option("python", "python3"), "bench/peers/crfsuite_peer.py") },
  ];
  console.log(JSON.stringify(summary(await interleave(contenders, Number(option("rounds", "3")))), null, 2));
} finally {
  rmSync(work, { recursive: true });
}
