// English to Chinese on the Tatoeba pairs with Inkstone: the same models, ids, order and first weights as torch_peer.py, whose --export writes what is read here.
// node runs/tatoeba/inkstone.mjs EXPORT [--model lstm|transformer] [--steps 2000] [--threads 2] [--examples 10] [--pairs FILE]
// Prints losses, seconds a step, chrF of the held-out part and examples as JSON, and writes result-inkstone-MODEL.json into EXPORT. FILE is train.tsv: references for chrF.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SequenceWriter } from "#generate";
import { chrf } from "#metrics";
import { RecurrentEncoderDecoder, TransformerEncoderDecoder } from "#models";
import { Adam } from "#nn";
import { openSafetensors } from "#formats";
import { cpu, tensor, transpose } from "#tensor";
import { fitSequences } from "#train";

const option = (name, fallback) => (process.argv.includes(`--${name}`) ? process.argv[process.argv.indexOf(`--${name}`) + 1] : fallback);
const folder = process.argv[2];
const name = option("model", "lstm");
const steps = Number(option("steps", "2000"));
cpu().executor.threads = Number(option("threads", "2"));
const json = (file) => JSON.parse(readFileSync(join(folder, file), "utf8"));
const words = (file) => new Int32Array(Uint8Array.from(readFileSync(join(folder, file))).buffer);

const [sources, targets] = [json("source.json"), json("target.json")];
const pairs = json("pairs.json");
const order = words("order.i32");
const border = Math.floor(0.9 * pairs.source.length);
const part = (from, to) => ({ source: pairs.source.slice(from, to), target: pairs.target.slice(from, to) });
const [train, held] = [part(0, border), part(border)];

const sizes = { sourceVocabulary: sources.length, targetVocabulary: targets.length };
const model =
  name === "lstm"
    ? new RecurrentEncoderDecoder({ ...sizes, units: 256 })
    : new TransformerEncoderDecoder({ ...sizes, width: 256, heads: 4, layers: 3, mlpWidth: 1024 });
await load(model, join(folder, `${name}.safetensors`));
const { optimizer, labelSmoothing } =
  name === "lstm"
    ? { optimizer: adamWithTwoBiases(), labelSmoothing: 0 }
    : {
        optimizer: new Adam(model.trainableParameters(), { learningRate: (step) => 1e-3 * Math.min((step + 1) / 400, Math.sqrt(400 / (step + 1))), beta1: 0.9, beta2: 0.98, epsilon: 1e-9, maxGradNorm: 1 }),
        labelSmoothing: 0.1,
      };

const losses = [];
let [seen, total] = [0, 0];
let begun = performance.now();
const watch = {
  onTrainBatchEnd(batch, { loss }) {
    // Losses come as means over all ids of the epoch so far.
    const count = order.subarray(64 * batch, 64 * batch + 64).reduce((sum, row) => sum + train.target[row].length + 1, 0);
    const sum = loss * (seen + count);
    losses.push((sum - total) / count);
    [seen, total] = [seen + count, sum];
    if ((batch + 1) % 100 === 0) console.error(JSON.stringify({ step: batch + 1, meanLoss: loss, secondsAStep: (performance.now() - begun) / 1000 / (batch + 1) }));
  },
};
const batches = () => Array.from({ length: steps }, (_, i) => Uint32Array.from(order.subarray(64 * i, 64 * i + 64)));
begun = performance.now();
const history = await fitSequences(model, train, { begin: 1, end: 2, epochs: 1, batches, optimizer, labelSmoothing, callbacks: [watch], verbose: 0, validation: held });
const seconds = (performance.now() - begun) / 1000;

const writer = new SequenceWriter(model, { begin: 1, end: 2, never: [3], maxLength: 60, batchSize: 128 });
begun = performance.now();
const written = (await writer.write(held.source)).map((ids) => ids.map((id) => targets[id]).join(""));
const judgingSeconds = (performance.now() - begun) / 1000;
const lines = readFileSync(option("pairs"), "utf8").split("\n").filter((line) => line.trim() !== "").map((line) => line.split("\t"));
const permutation = words("permutation.i32");
const heldLines = Array.from(permutation.subarray(border), (line) => [lines[line][0], lines[line][1].replace(/\s/gu, "")]);
const { score } = await chrf(written, heldLines.map(([, right]) => [right]));
const result = {
  model: name,
  weights: model.parameterCount,
  steps,
  losses: losses.filter((_, i) => i < 10 || (i + 1) % 100 === 0),
  seconds,
  secondsAStep: seconds / steps,
  // With the smoothing that it was trained with.
  heldOutLoss: history.history.val_loss?.[0],
  judgingSeconds,
  chrF: score,
  exact: written.filter((text, i) => text === heldLines[i][1]).length / written.length,
  examples: heldLines.slice(0, Number(option("examples", "10"))).map(([source, target], i) => ({ source, target, said: written[i] })),
};
writeFileSync(join(folder, `result-inkstone-${name}.json`), JSON.stringify(result, undefined, 1));
console.log(JSON.stringify(result, undefined, 1));

// PyTorch's LSTM has two biases that are added: Adam moves both alike, so ours, their sum, moves twice as far; and the norm that clips counts its gradient twice.
function adamWithTwoBiases() {
  const twice = [model.encoder.bias, model.decoder.bias];
  const others = model.trainableParameters().filter((parameter) => !twice.includes(parameter));
  return new Adam([{ parameters: others }, { parameters: twice, learningRateScale: 2 }], { learningRate: 1e-3, maxGradNorm: 1 });
}

// Weights by PyTorch's names; of its packed and turned ones, their parts.
async function load(into, path) {
  const file = await openSafetensors(path);
  const own = into.stateDict();
  const sums = new Map();
  const put = (to, values) => {
    const before = sums.get(to);
    const sum = before ? values.map((value, i) => value + before[i]) : values;
    sums.set(to, sum);
    own.get(to).write(sum);
  };
  for (const [entry, { shape }] of file.tensors) {
    const values = file.values(entry);
    const renamed = entry
      .replace(/^transformer\.(encoder|decoder)\.layers\.(\d+)/, "$1.$2")
      .replace(/^transformer\.(encoder|decoder)\.norm/, "$1Norm")
      .replace("linear1", "mlp.up")
      .replace("linear2", "mlp.down")
      .replace("self_attn", "attention")
      .replace("multihead_attn", "cross")
      .replace("out_proj", "output")
      .replace(/^source_embedding/, "sourceEmbedding")
      .replace(/^target_embedding/, "targetEmbedding")
      .replace("norm1", "attentionNorm")
      .replace("norm3", "mlpNorm")
      .replace("norm2", entry.includes(".decoder.") ? "crossNorm" : "mlpNorm");
    const packed = /^(.*)\.in_proj_(weight|bias)$/.exec(renamed);
    const recurrent = /^(encoder|decoder)\.(weight_ih|weight_hh|bias_ih|bias_hh)_l0$/.exec(renamed);
    if (packed) {
      const third = values.length / 3;
      for (const [i, each] of ["query", "key", "value"].entries()) put(`${packed[1]}.${each}.${packed[2]}`, values.slice(i * third, (i + 1) * third));
    } else if (recurrent) {
      const kind = { weight_ih: "kernel", weight_hh: "recurrentKernel", bias_ih: "bias", bias_hh: "bias" }[recurrent[2]];
      put(`${recurrent[1]}.${kind}`, kind === "bias" ? values : Float32Array.from(transpose(tensor(values, shape)).dataSync()));
    } else put(renamed, values);
  }
  file.close();
}
