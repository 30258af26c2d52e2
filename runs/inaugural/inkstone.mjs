// The next-word program in Inkstone from the files that keras_peer.py wrote: same ids, initial weights and order of batches; beside Keras's figures, epoch by epoch.
//     node runs/inaugural/inkstone.mjs OUT
// OUT: the folder of keras_peer.py, best with --dense (Adam as published). Prints the table, and {"worst": largest difference of a loss in nats} as its last line.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openSafetensors } from "../../dist/formats/index.js";
import { Dense, Embedding, LSTM } from "../../dist/nn/index.js";
import { Sequential } from "../../dist/train/index.js";

const folder = process.argv[2];
const ids = (name) => new Int32Array(Uint8Array.from(readFileSync(join(folder, name))).buffer);
const windows = (values) => ({ values, shape: [values.length / 10, 10] });
const keras = JSON.parse(readFileSync(join(folder, "result.json"), "utf8"));
const [x, y, heldX, heldY] = ["train-x.i32", "train-y.i32", "held-out-x.i32", "held-out-y.i32"].map(ids);
const order = new Uint32Array(ids("order.i32").buffer);

const model = new Sequential([
  new Embedding({ inputDim: 2000, outputDim: 64, inputLength: 10 }),
  new LSTM({ units: 128 }),
  new Dense({ units: 2000, activation: "softmax" }),
]);
const file = await openSafetensors(join(folder, "weights.safetensors"));
const name = (path) => path.split("/").slice(-2).join(".").replace("recurrent_kernel", "recurrentKernel");
model.loadStateDict(new Map([...file.tensors.keys()].map((path) => [name(path), file.values(path)])));
file.close();

model.compile({ loss: "sparse_categorical_crossentropy", optimizer: "adam", metrics: ["accuracy"] });
const before = await model.evaluate(windows(heldX), heldY, { batchSize: 512 });
const { history, seconds } = await model.fit(windows(x), y, {
  epochs: keras.epochs.length,
  batchSize: keras.counts.batch,
  validationData: [windows(heldX), heldY],
  validationBatchSize: 512,
  shuffle: (epoch) => order.subarray(epoch * y.length, (epoch + 1) * y.length),
  verbose: 2,
});

const shown = (value) => value.toFixed(4);
console.log(`held out before: ${shown(before.loss)} (Keras ${shown(keras.before.heldOut.loss)}); unigram ${shown(keras.unigram)}`);
let worst = 0;
for (const [i, theirs] of keras.epochs.entries()) {
  const [loss, validation] = [history["loss"][i], history["val_loss"][i]];
  worst = Math.max(worst, Math.abs(loss - theirs.loss), Math.abs(validation - theirs.validationLoss));
  console.log(`epoch ${i + 1}: loss ${shown(loss)} (${shown(theirs.loss)}), held out ${shown(validation)} (${shown(theirs.validationLoss)}), accuracy ${shown(history["val_accuracy"][i])} (${shown(theirs.validationAccuracy)}), ${seconds[i].toFixed(1)} s (${theirs.seconds.toFixed(1)} s without validation)`);
}
console.log(JSON.stringify({ worst, belowUnigram: keras.unigram - Math.min(...history["val_loss"]) }));
