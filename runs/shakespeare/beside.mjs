// Time to a validation loss, ours beside PyTorch's: node runs/shakespeare/beside.mjs RECIPE OUT [UNTIL=1.75] [PYTHON=python3] [arguments of torch_peer.py …]; needs a build and PyTorch.
// Both train at once, but only one of them runs at any moment: each has its five seconds, then the other (SIGSTOP and SIGCONT), so that what else the machine does meets both alike. Counted is the time in which a side
// ran, to the first look at UNTIL or below: of ours from the start of its process (tokens and the look at the data are in it), of PyTorch from its first step. `processor` is the processor time of the same span, which on a
// machine that is not quiet says more. OUT/prepared holds the tokens that it reads.
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [recipe, out, until = "1.75", python = "python3", ...peer] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const main = join(here, "../../dist/cli/main.js");
const prepared = join(out, "prepared");
mkdirSync(out, { recursive: true });
if (!existsSync(join(prepared, "data/shards.json")))
  spawnSync(process.execPath, [main, "train", recipe, "--output", prepared, "--set", "budget.steps=1", "--set", "evaluation.sample=0"], { stdio: "inherit" });
rmSync(join(out, "ours"), { recursive: true, force: true });

const SLICE = 5000;
class Side {
  constructor(name, command, args, read) {
    this.name = name;
    this.milliseconds = 0;
    this.looks = [];
    this.child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.on("data", (bytes) => {
        for (const line of bytes.toString().split(/[\r\n]+/)) this.take(read(line));
      });
    this.over = new Promise((done) => this.child.on("exit", done));
  }
  take(found) {
    if (found === undefined) return;
    if (found === "begin") {
      this.since ??= performance.now();
      this.before = this.processor();
    } else {
      const look = { ...found, seconds: Number((this.now() / 1000).toFixed(1)), processor: Number((this.processor() - this.before).toFixed(1)) };
      this.looks.push(look);
      appendFileSync(join(out, "looks.jsonl"), `${JSON.stringify({ side: this.name, ...look })}\n`);
      if (look.validationLoss <= Number(until)) this.end();
    }
  }
  now() {
    return this.milliseconds + (this.running && this.since !== undefined ? performance.now() - this.since : 0);
  }
  /** Seconds of processor time of the child and its threads so far (Linux counts in hundredths). */
  processor() {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }
  go() {
    this.running = true;
    if (this.since !== undefined) this.since = performance.now();
    this.child.kill("SIGCONT");
  }
  stop() {
    this.child.kill("SIGSTOP");
    this.milliseconds = this.now();
    this.running = false;
  }
  end() {
    this.reached = this.looks.at(-1);
    this.child.kill("SIGKILL");
  }
}
const ours = new Side("ours", process.execPath, [main, "train", recipe, "--output", join(out, "ours")], (line) => {
  const found = /step (\d+): validation ([\d.]+)/.exec(line);
  return found ? { step: Number(found[1]), validationLoss: Number(found[2]) } : undefined;
});
ours.take("begin");
ours.stop();
const theirs = new Side("PyTorch", python, [join(here, "torch_peer.py"), prepared, ...peer], (line) => {
  if (!line.startsWith("{")) return undefined;
  const { begin, step, validationLoss } = JSON.parse(line);
  return begin === undefined ? { step, validationLoss } : "begin";
});
theirs.stop();
const sides = new Set([ours, theirs]);
for (const side of sides) side.over.then(() => sides.delete(side));
while (sides.size > 0)
  for (const side of [...sides]) {
    side.go();
    await Promise.race([side.over, new Promise((done) => setTimeout(done, SLICE))]);
    if (sides.has(side)) side.stop();
  }
const [a, b] = [ours.reached, theirs.reached];
console.log(JSON.stringify({ until: Number(until), ours: a ?? ours.looks.at(-1), theirs: b ?? theirs.looks.at(-1), ratio: a && b ? Number((a.seconds / b.seconds).toFixed(3)) : undefined, processorRatio: a && b ? Number((a.processor / b.processor).toFixed(3)) : undefined }));
