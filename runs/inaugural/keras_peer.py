"""The next-word program in Keras on the US inaugural addresses, and what another implementation needs to do exactly the same.

    pip install keras==3.15.1 tensorflow==2.21.0 safetensors
    python keras_peer.py DATA OUT [--epochs 5] [--limit N] [--threads 2] [--dense] [--backend tensorflow|torch]

DATA is a folder of .txt files, read in the order of their names as UTF-8. Words: of the lower-cased text, every run of letters a-z with inner apostrophes (regular expression [a-z]+(?:'[a-z]+)*); all
files' words are one row of words. The last tenth of the words (int(0.9 * count) on) is held out. Vocabulary: id 0 is <unk>, then the 1,999 most frequent words of the whole text
(ties: the one that comes first in the text goes first), so 2,000 ids. A context is 10 ids, its target the next one; contexts begin at every word, never cross the line between the training
and the held-out part. 109,046 and 12,108 contexts.
Order: epoch e takes the training contexts in the order of a seeded permutation, order[e]; batches of 128 in that order, the last one smaller. No other randomness: no dropout.
Model: Embedding(2000, 64), LSTM(128), Dense(2000, softmax); categorical cross-entropy (given as sparse ids: the same value), Adam with Keras's defaults (rate 0.001).
--limit N  only the first N training contexts;  --dense  the embedding's gradients are summed before Adam sees them. Without it Keras on TensorFlow is as it is: Adam's second moment of an embedding row
takes the sum of squares of the gradients of each place where the word stands, not the square of their sum. With --dense it is Adam as published, and what Keras does on its PyTorch backend
(checked in keras_lstm.json). The two differ by 0.05 nats of training loss in the first epochs here: compare like with like.

Files in OUT (little endian, row by row):
    vocabulary.json    the 2,000 words by id
    train-x.i32 [contexts, 10], train-y.i32 [contexts], held-out-x.i32, held-out-y.i32
    order.i32          [epochs, contexts]: places in train-x
    weights.safetensors   initial: embedding/embeddings [2000, 64], lstm/kernel [64, 512], lstm/recurrent_kernel [128, 512], lstm/bias [512], dense/kernel [128, 2000], dense/bias [2000] (gates: input, forget, cell, output)
    result.json        {"counts", "unigram", "before", "epochs": [{"loss", "accuracy", "validationLoss", "validationAccuracy", "seconds"}]}: also printed
`loss` and `accuracy` of an epoch are what fit shows: means over its contexts, each at the weights before its batch's step; validation is at the end of the epoch. `before` is both parts at the initial weights
(training: the first 12,800 contexts). unigram: held-out cross-entropy, in nats, of the training part's word frequencies (one added to each id).
"""

import argparse
import collections
import json
import os
import re
import time

parser = argparse.ArgumentParser()
parser.add_argument("data")
parser.add_argument("out")
parser.add_argument("--epochs", type=int, default=5)
parser.add_argument("--limit", type=int)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--dense", action="store_true")
parser.add_argument("--backend", choices=["tensorflow", "torch"], default="tensorflow")
options = parser.parse_args()
os.environ.update({"KERAS_BACKEND": options.backend, "TF_CPP_MIN_LOG_LEVEL": "3", "TF_NUM_INTRAOP_THREADS": str(options.threads), "TF_NUM_INTEROP_THREADS": "1"})

import keras
import numpy as np
from safetensors.numpy import save_file

CONTEXT, SIZE, BATCH, SEED = 10, 2000, 128, 1


def read_words():
    words = []
    for name in sorted(os.listdir(options.data)):
        if name.endswith(".txt"):
            with open(os.path.join(options.data, name), encoding="utf-8") as file:
                words += re.findall(r"[a-z]+(?:'[a-z]+)*", file.read().lower())
    return words


def contexts(ids):
    windows = np.lib.stride_tricks.sliding_window_view(ids, CONTEXT + 1)
    return np.ascontiguousarray(windows[:, :-1]), np.ascontiguousarray(windows[:, -1])


def unigram(train, held_out):
    counts = np.bincount(train, minlength=SIZE) + 1.0
    return float(-np.log(counts / counts.sum())[held_out].mean())


class DenseAdam(keras.optimizers.Adam):
    def apply(self, grads, trainable_variables=None):
        import tensorflow as tf

        return super().apply([tf.convert_to_tensor(gradient) for gradient in grads], trainable_variables)


def build():
    keras.utils.set_random_seed(SEED)
    model = keras.Sequential([keras.layers.Input((CONTEXT,), dtype="int32"), keras.layers.Embedding(SIZE, 64, name="embedding"), keras.layers.LSTM(128, name="lstm"), keras.layers.Dense(SIZE, activation="softmax", name="dense")])
    model.compile(loss="sparse_categorical_crossentropy", optimizer=(DenseAdam if options.dense else keras.optimizers.Adam)(), metrics=["accuracy"])
    return model


def save(name, values):
    np.asarray(values, dtype="<i4").tofile(os.path.join(options.out, name))


def evaluate(model, x, y):
    loss, accuracy = model.evaluate(x, y, batch_size=512, verbose=0)
    return {"loss": loss, "accuracy": accuracy}


def train_epoch(model, x, y, rows):
    """Means over the contexts of what Keras says of each batch."""
    begin = time.perf_counter()
    loss = accuracy = 0.0
    for at in range(0, len(rows), BATCH):
        taken = rows[at : at + BATCH]
        found = model.train_on_batch(x[taken], y[taken], return_dict=True)
        loss += float(found["loss"]) * len(taken)
        accuracy += float(found["accuracy"]) * len(taken)
    return {"loss": loss / len(rows), "accuracy": accuracy / len(rows), "seconds": time.perf_counter() - begin}


def main():
    os.makedirs(options.out, exist_ok=True)
    words = read_words()
    ranked = [word for word, _ in collections.Counter(words).most_common(SIZE - 1)]
    vocabulary = ["<unk>", *ranked]
    places = {word: place for place, word in enumerate(vocabulary)}
    ids = np.array([places.get(word, 0) for word in words], dtype=np.int32)
    border = int(0.9 * len(ids))
    x, y = (part[: options.limit] for part in contexts(ids[:border]))
    held_x, held_y = contexts(ids[border:])
    random = np.random.default_rng(SEED)
    order = np.stack([random.permutation(len(x)) for _ in range(options.epochs)])
    with open(os.path.join(options.out, "vocabulary.json"), "w", encoding="utf-8") as file:
        json.dump(vocabulary, file)
    for name, values in (("train-x.i32", x), ("train-y.i32", y), ("held-out-x.i32", held_x), ("held-out-y.i32", held_y), ("order.i32", order)):
        save(name, values)
    model = build()
    save_file({variable.path.replace("lstm_cell/", ""): keras.ops.convert_to_numpy(variable) for variable in model.trainable_variables}, os.path.join(options.out, "weights.safetensors"))
    counts = {"words": len(words), "different": len(set(words)), "unknown": float((ids == 0).mean()), "train": len(x), "heldOut": len(held_x), "weights": model.count_params(), "batch": BATCH}
    result = {"peer": "keras", "version": keras.__version__, "dense": options.dense, "counts": counts, "unigram": unigram(ids[:border], held_y), "before": {"train": evaluate(model, x[:12800], y[:12800]), "heldOut": evaluate(model, held_x, held_y)}, "epochs": []}
    print(json.dumps({key: result[key] for key in ("counts", "unigram", "before")}), flush=True)
    for rows in order:
        epoch = train_epoch(model, x, y, rows)
        held = evaluate(model, held_x, held_y)
        result["epochs"].append({**epoch, "validationLoss": held["loss"], "validationAccuracy": held["accuracy"]})
        print(json.dumps(result["epochs"][-1]), flush=True)
    with open(os.path.join(options.out, "result.json"), "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
    print(json.dumps(result))


main()
