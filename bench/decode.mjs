// Question: how fast are prefill and decode of SmolLM2-135M beside llama.cpp built for this machine?
// node bench/decode.mjs --model FILE --text FILE --python PYTHON [--rounds 7] [--threads 2] [--prefill 512] [--decode 128] [--precision fast]
// PYTHON is one with llama-cpp-python (see peers/llama_cpp_peer.py); without it only ours is measured.
import { join } from "node:path";
import { interleave, option, root, runProcess, summary } from "./support.mjs";

const model = option("model", "smollm2:135m");
const text = option("text", join(root, "../shared/reference/ppl-slice.txt"));
const threads = option("threads", "2");
const prefill = option("prefill", "512");
const decode = option("decode", "128");
const python = option("python");

const last = (output) => JSON.parse(output.trim().split("\n").at(-1));
const contenders = [
  {
    name: "inkstone",
    measure: async () => {
      const run = last(
        (await runProcess(process.execPath, ["bench/ours.mjs", model, threads, prefill, decode, text, option("precision", "fast")])).output,
      );
      return { prefillTokensPerSecond: run.prefillTokensPerSecond, decodeTokensPerSecond: run.decodeTokensPerSecond };
    },
  },
];
if (python) {
  contenders.push({
    name: "llama.cpp",
    measure: async () => last((await runProcess(python, ["bench/peers/llama_cpp_peer.py", model, threads, prefill, decode, text])).output),
  });
}
console.log(JSON.stringify(summary(await interleave(contenders, Number(option("rounds", "7")))), null, 2));
