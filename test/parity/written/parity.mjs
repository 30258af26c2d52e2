// npm run parity: what we write is opened by Python's libraries: trained models by transformers (logits), tokenizers by tokenizers (ids), events by TensorBoard's reader.
// INKSTONE_PYTHON names a Python that has transformers, torch, tokenizers and tensorboard (default: python3). Needs a build. Tests never need it.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openTrainableEncoder } from "../../../dist/models/index.js";
import { openExecutor } from "../../../dist/native/index.js";
import { finetuneEncoder } from "../../../dist/pipelines/index.js";
import { cpu, noGrad, tensor } from "../../../dist/tensor/index.js";
import { tokenizerFromJson, tokenizerKinds, trainTokenizer } from "../../../dist/text/index.js";
import { exportRun, openRun, RunFolder, recipeOf, trainRun } from "../../../dist/train/index.js";

const here = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "inkstone-parity-"));
const text =
  readFileSync(join(here, "../fixtures/public-domain.txt"), "utf8") +
  JSON.parse(readFileSync(join(here, "../fixtures/tokenizer-training.json"), "utf8")).text;
writeFileSync(join(folder, "text.txt"), text.repeat(4));
const expected = { models: [], tuned: [], tokenizers: [], events: [] };
try {
  for (const architecture of ["gpt2", "llama", "bert"]) {
    const output = join(folder, architecture);
    const recipe = recipeOf({
      name: architecture,
      data: { files: join(folder, "text.txt"), check: false },
      tokenizer: { train: { size: 400 } },
      model: { architecture, depth: 2, contextLength: 32, ...(architecture === "llama" ? { keyValueHeads: 1 } : {}) },
      batch: { rows: 4 },
      budget: { steps: 8 },
      evaluation: { every: 4, sample: 0 },
    });
    await trainRun(recipe, { output });
    const run = await openRun(output);
    await exportRun(run, `${output}-hub`);
    const ids = run.coder.encode("The naïve café 砚台要静").slice(0, 30);
    run.model.eval();
    const logits = noGrad(() => [...run.model.forward(tensor(Int32Array.from(ids), [1, ids.length])).dataSync()]);
    expected.models.push({ path: `${output}-hub`, masked: architecture === "bert", ids, logits });
    const log = await new RunFolder(output).log();
    expected.events.push({ path: output, losses: log.flatMap(({ step, loss }) => (loss === undefined ? [] : [[step, loss]])) });
  }
  const pairs = text.split(/[\n.]+/).filter((line) => line.trim().length > 8 && line.length < 100);
  writeFileSync(join(folder, "pairs.jsonl"), pairs.map((line) => `${JSON.stringify({ source: line, target: line.toUpperCase() })}\n`).join(""));
  for (const train of [
    { kind: "byte-level", size: 400 },
    { kind: "unigram", size: 450, byteFallback: true },
  ]) {
    const output = join(folder, `pairs-${train.kind}`);
    const recipe = recipeOf({
      ...{ name: "pairs", data: { files: join(folder, "pairs.jsonl") }, tokenizer: { train } },
      ...{ model: { architecture: "encoder-decoder", depth: 2, contextLength: 64 }, batch: { rows: 4 }, budget: { steps: 8 } },
      evaluation: { every: 4, answers: 0 },
    });
    await trainRun(recipe, { output });
    const run = await openRun(output);
    await exportRun(run, `${output}-hub`);
    const given = "The naïve café, a stone";
    const ids = [...run.coder.encode(given).map((id) => id + 3), 2];
    const target = [1, 7, 9, 5];
    run.model.eval();
    const row = (each) => tensor(Int32Array.from(each), [1, each.length]);
    const logits = noGrad(() => [...run.model.forward(row(ids), row(target)).dataSync()]);
    expected.models.push({ path: `${output}-hub`, text: given, target, ids, logits });
  }
  const samples = [text.slice(0, 2000), "🙂  two  spaces\n\nlines\t龘 é", "for (let i = 0; i < 3; i++) 磨墨的人心要静"];
  for (const kind of tokenizerKinds) {
    const { json } = await trainTokenizer([text], { kind, vocabularySize: 700 });
    const path = join(folder, `${kind}.json`);
    writeFileSync(path, json);
    const tokenizer = tokenizerFromJson(json, openExecutor());
    expected.tokenizers.push({ path, kind, texts: samples, ids: samples.map((one) => tokenizer.forModel(tokenizer.encode(one)).ids) });
  }
  const rows = {
    classify: ["the ink is dark,a", "the stone is old,b", "dark ink,a", "old stone,b"]
      .map((row) => row.split(","))
      .map(([text, label]) => ({ text, label })),
    tag: [{ words: ["the", "ink", "stone"], tags: ["O", "B-THING", "I-THING"] }],
  };
  for (const [task, examples] of Object.entries(rows)) {
    const [data, output] = [join(folder, `${task}.jsonl`), join(folder, `tuned-${task}`)];
    writeFileSync(data, examples.map((row) => `${JSON.stringify(row)}\n`).join(""));
    const { labels } = await finetuneEncoder(join(folder, "bert-hub"), data, {
      task,
      output,
      ...(task === "classify" ? { method: "full" } : {}),
      epochs: 3,
      maxLength: 32,
    });
    const config = JSON.parse(readFileSync(join(output, "config.json"), "utf8"));
    const head = task === "tag" ? "tokens" : "classes";
    const model = await openTrainableEncoder(join(output, "model.safetensors"), config, cpu(), { head, outputs: labels.length });
    model.eval();
    const ids = [2, 60, 75, 90, 3];
    const column = (value) => tensor(Int32Array.from(ids, value), [ids.length]);
    const logits = noGrad(() => {
      const states = model.encoder.forward({
        ids: column((id) => id),
        positions: column((_, i) => i),
        types: column(() => 0),
        segments: column(() => 0),
      });
      return [...model.head.forward(task === "tag" ? states : states.rows(0, 1)).dataSync()];
    });
    expected.tuned.push({ path: output, task, labels, ids, logits });
    model.dispose();
  }
  writeFileSync(join(folder, "expected.json"), JSON.stringify(expected));
  const { status, error } = spawnSync(process.env.INKSTONE_PYTHON ?? "python3", [join(here, "check.py"), join(folder, "expected.json")], {
    stdio: "inherit",
  });
  if (error) console.error(error.message);
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
