// npm run parity: what we write is opened by Python's libraries: trained models by transformers (logits), tokenizers by tokenizers (ids), events by TensorBoard's reader.
// INKSTONE_PYTHON names a Python that has transformers, torch, tokenizers and tensorboard (default: python3). Needs a build. Tests never need it.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openExecutor } from "../../../dist/native/index.js";
import { noGrad, tensor } from "../../../dist/tensor/index.js";
import { tokenizerFromJson, tokenizerKinds, trainTokenizer } from "../../../dist/text/index.js";
import { exportRun, openRun, RunFolder, recipeOf, trainRun } from "../../../dist/train/index.js";

const here = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "inkstone-parity-"));
const text =
  readFileSync(join(here, "../fixtures/public-domain.txt"), "utf8") +
  JSON.parse(readFileSync(join(here, "../fixtures/tokenizer-training.json"), "utf8")).text;
writeFileSync(join(folder, "text.txt"), text.repeat(4));
const expected = { models: [], tokenizers: [], events: [] };
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
  const samples = [text.slice(0, 2000), "🙂  two  spaces\n\nlines\t龘 é", "for (let i = 0; i < 3; i++) 磨墨的人心要静"];
  for (const kind of tokenizerKinds) {
    const { json } = await trainTokenizer([text], { kind, vocabularySize: 700 });
    const path = join(folder, `${kind}.json`);
    writeFileSync(path, json);
    const tokenizer = tokenizerFromJson(json, openExecutor());
    expected.tokenizers.push({ path, kind, texts: samples, ids: samples.map((one) => tokenizer.forModel(tokenizer.encode(one)).ids) });
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
