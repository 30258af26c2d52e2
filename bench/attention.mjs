// Question: how fast is attention for training, forward and backward, beside PyTorch's scaled_dot_product_attention (eager, f32)?
// node bench/attention.mjs --python PYTHON [--rounds 7] [--threads 2] [--seconds 1]
// PYTHON is one with torch (see peers/torch_attention_peer.py); without it only ours is measured.
import { interleave, option, runProcess, summary } from "./support.mjs";

const shapes = [
  { batch: 8, heads: 6, length: 256, width: 64, causal: true },
  { batch: 32, heads: 4, length: 128, width: 32, causal: true },
  { batch: 1, heads: 12, length: 1024, width: 64, causal: false },
];
const args = [JSON.stringify(shapes), option("threads", "2"), option("seconds", "1")];
const python = option("python");
const last = (output) => JSON.parse(output.trim().split("\n").at(-1));
const contenders = [
  { name: "inkstone", measure: async () => last((await runProcess(process.execPath, ["bench/attention-ours.mjs", ...args])).output) },
  ...(python
    ? [{ name: "torch", measure: async () => last((await runProcess(python, ["bench/peers/torch_attention_peer.py", ...args])).output) }]
    : []),
];
console.log(JSON.stringify(summary(await interleave(contenders, Number(option("rounds", "7")))), null, 2));
