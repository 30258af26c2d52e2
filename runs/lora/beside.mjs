// LoRA beside peft, step by step in turn: node runs/lora/beside.mjs MODEL TEXT PYTHON [bf16|f32] [ROUNDS=4]; needs a build, PyTorch, transformers, peft. HOLD=1 waits for a line on stdin before the rounds.
// Prints each round's tokens a second of both, then the median of their ratios and the most memory of both processes.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const [model, text, python, precision = "bf16", rounds = "4"] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
function side(command, args) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value);
  return {
    child,
    ready: next(),
    async run(steps) {
      child.stdin.write(`${steps}\n`);
      const found = await next();
      return { ...found, pace: found.tokens / found.seconds };
    },
  };
}
const ours = side(process.execPath, [join(here, "inkstone.mjs"), model, text, precision]);
console.log(JSON.stringify(await ours.ready));
const theirs = side(python, [join(here, "peft_peer.py"), precision]);
console.log(JSON.stringify(await theirs.ready));
// Recordings, pages and caches.
for (const one of [ours, theirs]) await one.run(1);
// On a busy machine: everything is loaded, and waits until a line says that it is quiet.
if (process.env.HOLD) await new Promise((go) => process.stdin.once("data", go));
const ratios = [];
let last = [];
for (let i = 0; i < Number(rounds); i++) {
  last = [await ours.run(1), await theirs.run(1)];
  ratios.push(last[0].pace / last[1].pace);
  console.log(JSON.stringify({ ours: Math.round(last[0].pace), peft: Math.round(last[1].pace) }));
}
ratios.sort((a, b) => a - b);
const [a, b] = last.map(({ peakBytes }) => Math.round(peakBytes / 2 ** 20));
console.log(JSON.stringify({ ratio: Number(ratios[Math.floor(ratios.length / 2)].toFixed(2)), megabytes: { ours: a, peft: b, share: Number((a / b).toFixed(2)) } }));
for (const { child } of [ours, theirs]) child.stdin.end();
process.stdin.destroy();
