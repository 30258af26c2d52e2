// Question: how long from a cold process to the first token, and how much memory at the peak?
// node bench/cold.mjs [--model smollm2:135m] [--rounds 7] [--max-tokens 64]
import { interleave, option, runProcess, summary } from "./support.mjs";

const args = [
  "dist/cli/main.js",
  "run",
  option("model", "smollm2:135m"),
  "The capital of France is",
  "--raw",
  "--max-tokens",
  option("max-tokens", "64"),
];
const contenders = [
  {
    name: "inkstone run",
    measure: async () => {
      const { firstByteSeconds, wallSeconds, peakMegabytes } = await runProcess(process.execPath, args);
      return { firstByteSeconds, wallSeconds, peakMegabytes };
    },
  },
];
console.log(JSON.stringify(summary(await interleave(contenders, Number(option("rounds", "7")))), null, 2));
