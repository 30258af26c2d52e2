// Question: how fast do the three training rows run, and in how much memory, beside PyTorch eager (and Keras)?
// node bench/train.mjs --python PYTHON [--rows gpt-10m,gpt-1m,lstm] [--rounds 5] [--threads 2] [--peers torch,torch-bf16,keras] [--ours f32,bf16]
// Every contender is a process that stays; they take turns of a few steps each. PYTHON is one with torch (see peers/train_peer.py). `ratio`: ours / other, median of pairs.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { interleave, option, root, summary } from "./support.mjs";

const python = option("python", "python3");
const threads = option("threads", "2");
const rounds = Number(option("rounds", "5"));
const steps = { "gpt-10m": 2, "gpt-1m": 4, lstm: 20 };

function contender(name, command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  const waiting = [];
  const answers = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const said = JSON.parse(line);
    if (waiting.length > 0) waiting.shift()(said);
    else answers.push(said);
  });
  child.on("exit", (code) => {
    if (code !== 0) throw new Error(`${name} ended with ${code}`);
  });
  const answer = () => (answers.length > 0 ? Promise.resolve(answers.shift()) : new Promise((done) => waiting.push(done)));
  // Also the processor's time, which says more than the clock's where others are at work on the machine.
  const ticks = () => {
    const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1].split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  };
  const run = async (count) => {
    const before = ticks();
    child.stdin.write(`${count}\n`);
    const said = await answer();
    return { ...said, processorSeconds: ticks() - before };
  };
  const end = () => {
    child.stdin.end();
    return answer();
  };
  return { name, run, end, ready: answer() };
}

const ours = (row, precision) => contender(`inkstone ${precision}`, process.execPath, ["bench/train-ours.mjs", row, threads, precision]);
const peers = {
  torch: (row) => contender("torch", python, ["bench/peers/train_peer.py", row, "--threads", threads]),
  "torch-bf16": (row) => contender("torch bf16", python, ["bench/peers/train_peer.py", row, "--threads", threads, "--bf16"]),
  "torch-compile": (row) => contender("torch compile", python, ["bench/peers/train_peer.py", row, "--threads", threads, "--compile"]),
  keras: (row) => contender("keras", python, ["bench/peers/train_peer.py", row, "--threads", threads, "--engine", "keras"]),
};

const results = {};
for (const row of option("rows", Object.keys(steps).join(",")).split(",")) {
  const wanted = option("peers", "torch")
    .split(",")
    .filter((peer) => peer !== "" && (peer !== "keras" || row === "lstm"));
  const running = [];
  for (const precision of option("ours", "f32").split(",")) running.push(ours(row, precision));
  for (const peer of wanted) running.push(peers[peer](row));
  const ready = [];
  for (const each of running) {
    ready.push(await each.ready);
    await each.run(2);
  }
  const contenders = running.map(({ name, run }) => ({
    name,
    measure: async () => {
      const { seconds, tokens, samples, processorSeconds } = await run(steps[row]);
      const done = row === "lstm" ? samples : tokens;
      return { [row === "lstm" ? "samplesPerSecond" : "tokensPerSecond"]: done / seconds, perProcessorSecond: done / processorSeconds };
    },
  }));
  const measured = await interleave(contenders, rounds);
  const memory = {};
  for (const [i, each] of running.entries())
    memory[each.name] = {
      startMegabytes: Math.round(ready[i].startBytes / 2 ** 20),
      peakMegabytes: Math.round((await each.end()).peakBytes / 2 ** 20),
    };
  results[row] = { ...summary(measured), memory };
  console.error(row, JSON.stringify(results[row].medians), JSON.stringify(memory));
}
console.log(JSON.stringify(results, null, 2));
