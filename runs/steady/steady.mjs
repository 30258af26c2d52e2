// node runs/steady/steady.mjs [STEPS]: a training of 2,000 steps, watched: memory at each look, and how long the event loop was held. Needs a build.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { recipeOf, trainRun } from "../../dist/train/index.js";

const steps = Number(process.argv[2] ?? 2000);
const folder = mkdtempSync(join(tmpdir(), "inkstone-steady-"));
try {
  writeFileSync(join(folder, "text.txt"), "the ink is on the stone, and the stone is in the ink\n".repeat(4000));
  const recipe = recipeOf({
    ...{ name: "steady", data: { files: join(folder, "text.txt"), check: false }, budget: { steps } },
    model: { depth: 2, width: 64, heads: 2, contextLength: 64 },
    ...{ batch: { rows: 8 }, evaluation: { every: steps / 20, batches: 4, sample: 16 } },
  });
  const megabytes = [];
  // The first tenth records, compiles and fills what is kept.
  const watch = monitorEventLoopDelay({ resolution: 5 });
  const onEntry = ({ step, validationLoss }) => {
    if (step === steps / 10) watch.enable();
    if (validationLoss !== undefined) megabytes.push(Math.round(process.memoryUsage().rss / 2 ** 20));
  };
  const { seconds } = await trainRun(recipe, { output: join(folder, "run"), onEntry });
  watch.disable();
  const [most, p99] = [watch.max / 1e6, watch.percentile(99) / 1e6].map((value) => Number(value.toFixed(1)));
  console.log(JSON.stringify({ steps, seconds: Math.round(seconds), megabytes, loopMilliseconds: { p99, most } }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
