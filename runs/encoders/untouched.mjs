// The folder that a tuning begins with, trunk and fresh head, for torch_peer.py: node runs/encoders/untouched.mjs TRAIN.jsonl MODEL FOLDER. Steps at a rate that changes nothing.
import { finetuneEncoder } from "#pipelines";

const [, , train, model, output] = process.argv;
const stop = { epochs: 1, batchSize: 64, learningRate: 1e-30, warmUp: 0, weightDecay: 0, dropout: 0, validation: false, maxLength: 8 };
await finetuneEncoder(model, train, { task: "classify", method: "full", output, ...stop });
console.log(output);
