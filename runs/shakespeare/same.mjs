// The same training in PyTorch: size, first weights, batches in their order, rates, all taken from a run of ours. node runs/shakespeare/same.mjs RECIPE OUT PYTHON [--set field=value …]; needs a build and PyTorch.
// The recipe must be a gpt2 with AdamW in f32. Prints the largest difference of any step's loss and the bits a byte of both at every look.
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { exportRun, openRun, RunFolder } from "../../dist/train/index.js";
import { keptData, trainingSource } from "../../dist/train/runs/prepare.js";

const [recipePath, out, python, ...sets] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const main = join(here, "../../dist/cli/main.js");
mkdirSync(out, { recursive: true });
const train = (name, more) => {
  if (existsSync(join(out, name, "README.md"))) return;
  const { status } = spawnSync(process.execPath, [main, "train", recipePath, "--output", join(out, name), "--resume", ...sets, ...more], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
};
train("ours", []);
// One step that moves nothing leaves the weights as they are drawn.
const still = ["optimizer.learningRate=1e-30", "optimizer.warmup=0", "budget.steps=1", "evaluation.every=1", "evaluation.sample=0"];
train("initial", still.flatMap((change) => ["--set", change]));
if (!existsSync(join(out, "initial-hub"))) await exportRun(await openRun(join(out, "initial")), join(out, "initial-hub"));
const folder = new RunFolder(join(out, "ours"));
const recipe = await folder.recipe();
const source = await trainingSource(folder, recipe, await keptData(folder, recipe), { attempt: 0, world: undefined });
const file = openSync(join(out, "windows.bin"), "w");
for (let step = 0, epoch = 0; step < recipe.budget.steps; epoch++)
  for await (const { rows, columns } of source.batches(epoch, 0)) {
    if (step++ === recipe.budget.steps) break;
    const [ids, targets] = columns.map(({ shape, fill }) => {
      const values = new Int32Array(shape.reduce((all, one) => all * one, 1));
      fill(values);
      return values;
    });
    const length = ids.length / rows;
    for (let row = 0; row < rows; row++)
      writeSync(file, new Uint8Array(Int32Array.from([...ids.subarray(row * length, (row + 1) * length), targets[(row + 1) * length - 1]]).buffer));
  }
closeSync(file);
const { stdout, status } = spawnSync(python, [join(here, "torch_peer.py"), join(out, "ours"), "--same", out, "--every", String(recipe.evaluation.every)], { maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "inherit"] });
if (status !== 0) process.exit(status ?? 1);
const theirs = stdout.toString().trim().split("\n").map((line) => JSON.parse(line));
const ours = await folder.log();
const losses = new Map(theirs.filter(({ loss }) => loss !== undefined).map(({ step, loss }) => [step, loss]));
const apart = ours.filter(({ loss, step }) => loss !== undefined && losses.has(step)).map(({ step, loss }) => Math.abs(loss - losses.get(step)));
const looks = ours.filter(({ bitsPerByte }) => bitsPerByte !== undefined).map(({ step, bitsPerByte }) => {
  const other = theirs.find((one) => one.step === step && one.bitsPerByte !== undefined);
  return { step, ours: Number(bitsPerByte.toFixed(5)), theirs: Number(other.bitsPerByte.toFixed(5)), apart: Number((bitsPerByte / other.bitsPerByte - 1).toExponential(2)) };
});
console.log(JSON.stringify({ steps: apart.length, firstLossApart: apart[0], largestLossApart: Math.max(...apart), looks }));
