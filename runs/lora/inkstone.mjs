// LoRA on a decoder, ours: a process that waits for numbers of steps on stdin, as peft_peer.py does. node runs/lora/inkstone.mjs MODEL TEXT [bf16|f32] [threads=2]; needs a build.
// MODEL: smollm2:135m or a .gguf file; TEXT: a text file, cut into rows that are packed into 4 windows of 256 tokens a step. Rank 16 on all matrices of the blocks, loss on every token, AdamW, clipping at 1.
// Each line of stdin is a number of steps: runs them and prints {"seconds", "steps", "tokens", "loss", "peakBytes"} (peakBytes: VmHWM of the process, Linux).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openTrainableDecoder } from "../../dist/models/index.js";
import { cpu } from "../../dist/tensor/index.js";
import { openBase } from "../../dist/train/finetune/model.js";
import { optimizerOf, tuningOf } from "../../dist/train/finetune/run.js";
import { finetuneSettings } from "../../dist/train/finetune/settings.js";
import { tuningData } from "../../dist/train/finetune/tuning-data.js";
import { TrainingLoop } from "../../dist/train/loop/index.js";

const [model, text, precision = "bf16", threads = "2"] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "inkstone-lora-"));
cpu().executor.threads = Number(threads);
const lines = readFileSync(text, "utf8").slice(0, 60_000).split(/\n\s*\n/);
writeFileSync(join(folder, "rows.jsonl"), lines.map((line) => JSON.stringify({ text: line })).join("\n"));
const method = process.env.METHOD ?? "lora";
const settings = finetuneSettings({ method, batch: 4, maxLength: 256, precision, validation: 0, template: "none", warmup: 0, schedule: "constant" });
const base = await openBase(model, {});
const data = await tuningData(base, settings, { data: join(folder, "rows.jsonl") });
const open = await openTrainableDecoder(base.file, cpu(), { ...tuningOf(settings), contextLength: data.length });
const task = await data.task(open);
const loop = new TrainingLoop(task, data.source, { optimizer: optimizerOf(task, settings, 1000), seed: 0 });
rmSync(folder, { recursive: true, force: true });

async function* steps() {
  for (let epoch = 0; ; epoch++) yield* loop.epoch(epoch);
}
const made = steps();
const peakBytes = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0) * 1024;
console.log(JSON.stringify({ ready: "inkstone", precision, tokensPerStep: data.tokensPerStep }));
for await (const line of createInterface({ input: process.stdin })) {
  const began = performance.now();
  let loss = 0;
  for (let i = 0; i < Number(line); i++) ({ loss } = (await made.next()).value);
  const seconds = (performance.now() - began) / 1000;
  console.log(JSON.stringify({ seconds, steps: Number(line), tokens: Number(line) * data.tokensPerStep, loss, peakBytes: peakBytes() }));
}
process.exit(0);
