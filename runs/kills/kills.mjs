// A training that is killed at random (kill -9), again and again, on one thread and on two: the final weights and every loss must be those of a run that was never stopped.
// node runs/kills/kills.mjs [KILLS=20] [SEED=1] [THREADS=1,2]; needs a build. Prints one line of JSON for each number of threads; exits 1 where a bit differs.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [kills = "20", seed = "1", counts = "1,2"] = process.argv.slice(2);
const main = join(dirname(fileURLToPath(import.meta.url)), "../../dist/cli/main.js");
const folder = mkdtempSync(join(tmpdir(), "inkstone-kills-"));
const recipe = {
  name: "kills",
  data: { files: join(folder, "text.txt"), check: false },
  model: { depth: 2, width: 32, heads: 2, contextLength: 32 },
  batch: { rows: 8 },
  optimizer: { name: "muon", warmup: 10, average: 0.9 },
  budget: { steps: 600 },
  evaluation: { every: 15, batches: 2, sample: 0 },
};
writeFileSync(join(folder, "text.txt"), "the ink is on the stone, and the stone is in the water\n".repeat(400));
writeFileSync(join(folder, "recipe.json"), JSON.stringify(recipe));

// A small generator of numbers from 0 to 1.
let state = Number(seed);
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}

/** Trains; where `stopAt` is given, is killed once the log has that many steps more than at its start. */
function train(output, threads, stopAt) {
  return new Promise((done) => {
    const args = [main, "train", join(folder, "recipe.json"), "--output", output, "--resume"];
    const child = spawn(process.execPath, args, { env: { ...process.env, INKSTONE_THREADS: String(threads) }, stdio: "ignore" });
    const before = stepsOf(output);
    const clock = stopAt === undefined ? undefined : setInterval(() => stepsOf(output) - before >= stopAt && child.kill("SIGKILL"), 5);
    child.on("exit", (code, signal) => {
      clearInterval(clock);
      done(signal ?? code);
    });
  });
}

const logOf = (output) =>
  existsSync(join(output, "log.jsonl"))
    ? readFileSync(join(output, "log.jsonl"), "utf8")
        .split("\n")
        .filter((line) => line.endsWith("}"))
        .map((line) => JSON.parse(line))
    : [];
const stepsOf = (output) => logOf(output).at(-1)?.step ?? 0;
const digestOf = (output) => createHash("sha256").update(readFileSync(join(output, "checkpoints/last/model.safetensors"))).digest("hex");
const lossesOf = (output) => JSON.stringify(logOf(output).map(({ step, loss, validationLoss }) => [step, loss, validationLoss]));

let failed = false;
for (const threads of counts.split(",").map(Number)) {
  const [whole, parts] = [join(folder, `whole-${threads}`), join(folder, `parts-${threads}`)];
  await train(whole, threads);
  let killed = 0;
  const at = [];
  while (killed < Number(kills)) {
    if ((await train(parts, threads, 1 + Math.floor(random() * 40))) !== "SIGKILL") break;
    killed++;
    at.push(stepsOf(parts));
  }
  await train(parts, threads);
  const same = { weights: digestOf(parts) === digestOf(whole), losses: lossesOf(parts) === lossesOf(whole) };
  failed ||= !same.weights || !same.losses;
  console.log(JSON.stringify({ threads, killed, at, digest: digestOf(whole).slice(0, 16), ...same }));
}
rmSync(folder, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
