// node runs/translation/inkstone.mjs FOLDER train|beams [f32|bf16|fast]: an encoder-decoder of 8.2 M parameters. train: steps of 64 pairs of 16 ids by `trainRun`; beams: 64 texts by four beams and a cache.
// The pairs are random characters, so that every batch has one shape; the peer reads the folder's export. Needs a build.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Translator } from "../../dist/generate/index.js";
import { recipeOf, RunFolder, trainRun } from "../../dist/train/index.js";

const [folder, what, precision = "f32"] = process.argv.slice(2);
const [characters, pairs, length] = [6000, 4096, 15];
mkdirSync(folder, { recursive: true });
let state = 7;
const drawn = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return String.fromCharCode(0x4e00 + (state >>> 8) % characters);
};
const text = () => Array.from({ length }, drawn).join("");
const file = join(folder, "pairs.jsonl");
if (!existsSync(file)) writeFileSync(file, Array.from({ length: pairs }, () => `${JSON.stringify({ source: text(), target: text() })}\n`).join(""));

if (what === "train") {
  const output = join(folder, "run");
  rmSync(output, { recursive: true, force: true });
  const recipe = recipeOf({
    ...{ name: "speed", data: { files: file, check: false, validation: 0.02 }, precision },
    model: { architecture: "encoder-decoder", depth: 3, width: 256, heads: 4, contextLength: 64 },
    optimizer: { learningRate: 1e-3, warmup: 10, labelSmoothing: 0.1 },
    ...{ batch: { rows: 64 }, budget: { steps: Number(process.argv[5] ?? 24) }, evaluation: { every: 1000, batches: 1, answers: 0, sample: 0 } },
  });
  const { parameters } = await trainRun(recipe, { output });
  const seconds = (await new RunFolder(output).log()).flatMap((entry) => (entry.loss === undefined ? [] : [entry.seconds]));
  const each = seconds.slice(4).map((one, i) => one - seconds[i + 3]).sort((a, b) => a - b);
  console.log(JSON.stringify({ what, precision, parameters, steps: seconds.length, millisecondsPerStep: 1000 * each[each.length >> 1] }));
} else {
  const translator = await Translator.open(join(folder, "run", "hub"), { precision: precision === "f32" ? "exact" : precision });
  const sources = readFileSync(file, "utf8").split("\n").slice(0, 64).map((line) => JSON.parse(line).source);
  await translator.translate(sources.slice(0, 16), { beams: 4 });
  const began = performance.now();
  const written = await translator.translate(sources, { beams: 4 });
  const seconds = (performance.now() - began) / 1000;
  console.log(JSON.stringify({ what, precision, seconds, characters: written.reduce((sum, one) => sum + [...one].length, 0) }));
  await translator.close();
}
