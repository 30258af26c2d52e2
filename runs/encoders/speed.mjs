// Examples a second of tuning with the default options: node runs/encoders/speed.mjs TRAIN.jsonl MODEL SECONDS. The first ten steps, which record lists, are left out.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finetuneEncoder } from "#pipelines";

const [, , train, model, seconds] = process.argv;
const output = mkdtempSync(join(tmpdir(), "tuned-"));
const enough = new AbortController();
let [began, worked, steps] = [0, 0, 0];
const processor = () => Object.values(process.cpuUsage()).reduce((sum, each) => sum + each, 0) / 1e6;
const onStep = ({ done }) => {
  if (done <= 10) [began, worked] = [performance.now(), processor()];
  steps = done;
  if (performance.now() - began > 1000 * seconds) enough.abort();
};
await finetuneEncoder(model, train, { task: "classify", method: "full", output, epochs: 100, validation: false, signal: enough.signal, onStep }).catch((error) => {
  if (!enough.signal.aborted) throw error;
});
const examples = 32 * (steps - 10);
console.log(
  JSON.stringify({ examplesPerSecond: examples / ((performance.now() - began) / 1000), examplesPerProcessorSecond: examples / (processor() - worked), steps }),
);
rmSync(output, { recursive: true, force: true });
