"""Keras: a next-word program and single layers: fixtures/learn/keras_lstm.json and keras_layers.json.

    python keras_programs.py

Needs keras, tensorflow and torch. Not run by the tests.
keras_lstm: Sequential [Embedding(23, 6), LSTM(8), Dense(23, softmax)], categorical_crossentropy, optimizer adam. One case:
    config   numbers
    weights  {path: array}: embedding/embeddings [23, 6], lstm/kernel [6, 32], lstm/recurrent_kernel [8, 32], lstm/bias [32] (gates side by side: input, forget,
             cell, output), dense/kernel [8, 23], dense/bias [23]; Keras's own initial values by seed (the forget bias is 1)
    trainX   i32 [40, 5]; trainY i32 [40], the labels: Keras got them one-hot
    order    i32 [10, 8]: rows of the ten batches, in order (two epochs of a permutation each)
    loss, gradients   of the first batch, at the initial weights
    runs     [{"optimiser", "embeddingGradient", "settings", "losses", "accuracies", "evaluation": {"loss", "accuracy"}}]: the loss and accuracy of each train_on_batch (before its step),
             and of all rows after the ten steps. Each run starts from `weights`
             embeddingGradient "slices": Keras on TensorFlow as it is. The gradient of an embedding comes as one slice an id read; Adam's second moment of a row then takes the sum of
             the squares of its slices, not the square of their sum (the first moment takes the sum), so rows read more than once in a batch take other steps than Adam as published.
             "dense": the same optimiser given the sums, as published and as on Keras's other backends.
    predictions  f32 [40, 23], of the initial weights
keras_layers: cases of
    name     of the layer, with what is special after a space
    layer    Keras's class
    config   the arguments that were given
    weights  {path without the layer's name and Keras's counters: array}, random; Keras's shapes and gate orders (GRU: update, reset, new; its bias [2, 18] with reset_after: input and recurrent)
    inputs   {x: array} (and `value` for attention on another sequence; ids i32 for embeddings), [rows, steps, channels]
    output, upstream (dL/d output, random), gradients {path: array} of the weights, inputGradients {name: array}
Checked: the program in PyTorch with an Adam as Keras has it; each layer in f64.
"""

import os
import re

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3")
from common import array, arrays, close, write  # first: see there

import keras
import numpy as np
import tensorflow as tf
import torch
from torch.nn import functional as F

VOCABULARY, EMBEDDING, UNITS, LENGTH, ROWS, BATCH = 23, 6, 8, 5, 40, 8


def numpy(value):
    return keras.ops.convert_to_numpy(value)


class DenseAdam(keras.optimizers.Adam):
    """Keras's Adam, given the sum of an embedding row's gradients rather than its slices."""

    def apply(self, grads, trainable_variables=None):
        return super().apply([tf.convert_to_tensor(gradient) for gradient in grads], trainable_variables)


def program(optimiser):
    model = keras.Sequential([keras.layers.Input((LENGTH,), dtype="int32"), keras.layers.Embedding(VOCABULARY, EMBEDDING, name="embedding"), keras.layers.LSTM(UNITS, name="lstm"), keras.layers.Dense(VOCABULARY, activation="softmax", name="dense")])
    model.compile(loss="categorical_crossentropy", optimizer=optimiser, metrics=["accuracy"])
    return model


def paths(model):
    return [variable.path.replace("lstm_cell/", "") for variable in model.trainable_variables]


def torch_losses(weights, x, y, order, rate, slices):
    """The same program written again in f64: cross-entropy of logits, Adam with epsilon hat. With `slices` the embedding's second moment is fed as Keras on TensorFlow does."""
    leaves = [torch.tensor(weight, dtype=torch.float64, requires_grad=True) for weight in weights]
    table, kernel, recurrent, bias, out, out_bias = leaves
    moments = [(torch.zeros_like(leaf), torch.zeros_like(leaf)) for leaf in leaves]
    losses, first = [], None
    for step, rows in enumerate(order, 1):
        hidden = cell = torch.zeros(len(rows), UNITS, dtype=torch.float64)
        ids = torch.tensor(x[rows]).long()
        read = table[ids]
        for t in range(LENGTH):
            i, f, c, o = (read[:, t] @ kernel + hidden @ recurrent + bias).split(UNITS, 1)
            cell = f.sigmoid() * cell + i.sigmoid() * c.tanh()
            hidden = o.sigmoid() * cell.tanh()
        loss = F.cross_entropy(hidden @ out + out_bias, torch.tensor(y[rows]).long())
        *gradients, of_each = torch.autograd.grad(loss, [*leaves, read])
        first = first or [gradient.numpy() for gradient in gradients]
        losses.append(loss.item())
        for leaf, gradient, (m, v) in zip(leaves, gradients, moments):
            square = gradient**2
            if leaf is table and slices:
                square = torch.zeros_like(table).index_add_(0, ids.flatten(), of_each.flatten(0, 1) ** 2)
            m.lerp_(gradient, 0.1)
            v.lerp_(square, 0.001)
            leaf.data -= rate * (1 - 0.999**step) ** 0.5 / (1 - 0.9**step) * m / (v.sqrt() + 1e-7)
    return losses, first


def next_word():
    keras.utils.set_random_seed(3)
    random = np.random.default_rng(3)
    x = random.integers(0, VOCABULARY, (ROWS, LENGTH), dtype=np.int32)
    y = ((x[:, -1] * 3 + x[:, -2]) % VOCABULARY).astype(np.int32)
    hot = np.eye(VOCABULARY, dtype=np.float32)[y]
    order = np.concatenate([random.permutation(ROWS) for _ in range(2)]).reshape(-1, BATCH).astype(np.int32)
    model = program("adam")
    start = model.get_weights()
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.categorical_crossentropy(hot[order[0]], model(x[order[0]], training=True)))
    gradients = dict(zip(paths(model), tape.gradient(loss, model.trainable_variables)))
    gradients = {name: numpy(tf.convert_to_tensor(gradient)) for name, gradient in gradients.items()}
    predictions, runs = model.predict(x, verbose=0), []
    for settings, kind in (({}, keras.optimizers.Adam), ({}, DenseAdam), ({"learning_rate": 0.02}, keras.optimizers.Adam), ({"learning_rate": 0.02}, DenseAdam)):
        model, slices = program(kind(**settings)), kind is not DenseAdam
        model.set_weights(start)
        losses, accuracies = [], []
        for rows in order:
            found = model.train_on_batch(x[rows], hot[rows], return_dict=True)
            losses.append(float(found["loss"]))
            accuracies.append(float(found["accuracy"]))
        loss_after, accuracy = model.evaluate(x, hot, verbose=0)
        rate = settings.get("learning_rate", 0.001)
        right, first = torch_losses(start, x, y, order, rate, slices)
        close("next word", losses, right, 2e-5)
        for name, gradient in zip(gradients, first):
            close(name, gradients[name], gradient, 1e-4)
        runs.append({"optimiser": "adam", "embeddingGradient": "slices" if slices else "dense", "settings": {"learning_rate": rate, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}, "losses": losses, "accuracies": accuracies, "evaluation": {"loss": loss_after, "accuracy": accuracy}})
    config = {"vocabulary": VOCABULARY, "embedding": EMBEDDING, "units": UNITS, "length": LENGTH, "rows": ROWS, "batch": BATCH}
    weights = dict(zip(paths(model), start))
    return {"name": "next word", "config": config, "weights": arrays(weights), "trainX": array(x), "trainY": array(y), "order": array(order), "loss": float(loss), "gradients": arrays(gradients), "predictions": array(predictions), "runs": runs}


layers_made = []
K = keras.layers


def evaluate(call, layer, inputs, weights, upstream, kind):
    tensors = {name: tf.constant(value.astype(kind) if value.dtype.kind == "f" else value) for name, value in inputs.items()}
    call(layer, tensors)
    if weights is not None:
        layer.set_weights([weight.astype(kind) for weight in weights])
    floats = {name: value for name, value in tensors.items() if value.dtype.is_floating}
    with tf.GradientTape() as tape:
        tape.watch(floats)
        output = call(layer, tensors)
        loss = tf.reduce_sum(output * upstream(output.shape).astype(kind))
    found = tape.gradient(loss, [layer.trainable_variables, floats])
    return numpy(output), [numpy(tf.convert_to_tensor(gradient)) for gradient in found[0]], {name: numpy(gradient) for name, gradient in found[1].items()}


def case(name, make, config, call=None, **inputs):
    """make(dtype) gives the layer; call(layer, inputs) its output."""
    call = call or (lambda layer, tensors: layer(tensors["x"]))
    seed = 100 + len(layers_made)
    upstream = lambda shape: np.random.default_rng(seed).normal(size=tuple(shape)).astype(np.float32)
    layer = make("float32")
    evaluate(call, layer, inputs, None, upstream, np.float32)
    random = np.random.default_rng(seed + 1000)
    weights = [(random.normal(size=weight.shape) * 0.5).astype(np.float32) for weight in layer.get_weights()]
    output, gradients, input_gradients = evaluate(call, layer, inputs, weights, upstream, np.float32)
    right, exact, input_exact = evaluate(call, make("float64"), inputs, weights, upstream, np.float64)
    close(name, output, right, 1e-5)
    names = [re.sub(r"_\d+/", "/", variable.path).split("/", 1)[1] for variable in layer.trainable_variables]
    assert len(set(names)) == len(names), names
    for key, got, want in [*zip(names, gradients, exact), *((key, input_gradients[key], input_exact[key]) for key in input_gradients)]:
        close(f"{name} {key}", got, want, 2e-5, floor=0.2)
    layers_made.append({"name": name, "layer": type(layer).__name__, "config": config, "weights": arrays(dict(zip(names, weights))), "inputs": arrays(inputs), "output": array(output), "upstream": array(upstream(output.shape)), "gradients": arrays(dict(zip(names, gradients))), "inputGradients": arrays(input_gradients)})


def plain(kind, name=None, x=None, **config):
    case(name or kind, lambda dtype: getattr(K, kind)(dtype=dtype, **config), config, x=normal(2, 5, 4) if x is None else x)


def normal(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


def recurrent():
    for kind in ("LSTM", "GRU", "SimpleRNN"):
        plain(kind, units=6)
        plain(kind, f"{kind} sequences", units=6, return_sequences=True)
        plain(kind, f"{kind} backwards", units=6, go_backwards=True, return_sequences=True)
    plain("GRU", "GRU reset before", units=6, reset_after=False)
    plain("LSTM", "LSTM relu hard_sigmoid", units=6, activation="relu", recurrent_activation="hard_sigmoid")
    for merge in ("concat", "sum"):
        for sequences in (False, True):
            config = {"layer": {"class": "LSTM", "units": 3, "return_sequences": sequences}, "merge_mode": merge}
            make = lambda dtype: K.Bidirectional(K.LSTM(3, return_sequences=sequences, dtype=dtype), merge_mode=merge, dtype=dtype)
            case(f"Bidirectional {merge}{' sequences' if sequences else ''}", make, config, x=normal(2, 5, 4))
    config = {"layer": {"class": "GRU", "units": 3}, "merge_mode": "concat"}
    case("Bidirectional GRU", lambda dtype: K.Bidirectional(K.GRU(3, dtype=dtype), dtype=dtype), config, x=normal(2, 5, 4))


def masked():
    """Embedding(mask_zero) below a layer; zeros pad behind, before and within rows."""
    ids = np.array([[3, 5, 2, 0, 0], [0, 0, 4, 1, 6], [1, 0, 2, 3, 0], [0, 0, 0, 0, 0]], dtype=np.int32)
    kinds = {
        "LSTM": lambda dtype: K.LSTM(4, dtype=dtype),
        "LSTM sequences": lambda dtype: K.LSTM(4, return_sequences=True, dtype=dtype),
        "GRU": lambda dtype: K.GRU(4, dtype=dtype),
        "SimpleRNN": lambda dtype: K.SimpleRNN(4, dtype=dtype),
        "Bidirectional LSTM": lambda dtype: K.Bidirectional(K.LSTM(2, dtype=dtype), dtype=dtype),
        "GlobalAveragePooling1D": lambda dtype: K.GlobalAveragePooling1D(dtype=dtype),
    }
    for name, make in kinds.items():
        build = lambda dtype: keras.Sequential([K.Embedding(7, 3, mask_zero=True, dtype=dtype, name="embedding"), make(dtype)], name="sequential")
        rows = ids[:3] if "Global" in name else ids
        case(f"mask_zero {name}", build, {"embedding": {"input_dim": 7, "output_dim": 3, "mask_zero": True}, "layer": name}, x=rows)


def attention():
    config = {"num_heads": 2, "key_dim": 3}
    make = lambda dtype: K.MultiHeadAttention(**config, dtype=dtype)
    case("MultiHeadAttention", make, config, lambda layer, t: layer(t["x"], t["x"]), x=normal(2, 5, 4))
    case("MultiHeadAttention causal", make, {**config, "use_causal_mask": True}, lambda layer, t: layer(t["x"], t["x"], use_causal_mask=True), x=normal(2, 5, 4))
    case("MultiHeadAttention cross", make, config, lambda layer, t: layer(t["x"], t["value"]), x=normal(2, 3, 4), value=normal(2, 5, 6))
    mask = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]], dtype=np.int32)
    case("MultiHeadAttention key mask", make, {**config, "attention_mask": "mask[:, None, :]"}, lambda layer, t: layer(t["x"], t["x"], attention_mask=t["mask"][:, None, :] == 1), x=normal(2, 5, 4), mask=mask)


def others():
    plain("LayerNormalization")
    plain("LayerNormalization", "LayerNormalization 1e-5", epsilon=1e-5)
    plain("RMSNormalization")
    plain("Conv1D", filters=3, kernel_size=3)
    plain("Conv1D", "Conv1D same relu", filters=3, kernel_size=3, padding="same", activation="relu")
    plain("Conv1D", "Conv1D same even kernel", filters=3, kernel_size=2, padding="same")
    plain("Conv1D", "Conv1D causal", filters=3, kernel_size=3, padding="causal")
    plain("Conv1D", "Conv1D causal dilation", x=normal(2, 8, 4), filters=3, kernel_size=3, padding="causal", dilation_rate=2)
    plain("Conv1D", "Conv1D strides", x=normal(2, 8, 4), filters=3, kernel_size=3, strides=2)
    plain("Conv1D", "Conv1D same strides even", x=normal(2, 8, 4), filters=3, kernel_size=3, strides=2, padding="same")
    plain("Conv1D", "Conv1D same strides odd", x=normal(2, 7, 4), filters=3, kernel_size=3, strides=2, padding="same")
    for kind in ("MaxPooling1D", "AveragePooling1D"):
        plain(kind, x=normal(2, 7, 3), pool_size=2)
        plain(kind, f"{kind} same", x=normal(2, 7, 3), pool_size=2, padding="same")
        plain(kind, f"{kind} same strides", x=normal(2, 8, 3), pool_size=3, strides=2, padding="same")
    plain("GlobalMaxPooling1D")
    plain("GlobalAveragePooling1D")
    plain("Flatten")
    plain("Dense", units=3, activation="tanh")
    plain("Dense", "Dense gelu", units=3, activation="gelu")
    plain("Dense", "Dense softmax", units=3, activation="softmax")
    config = {"layer": {"class": "Dense", "units": 3, "activation": "softmax"}}
    case("TimeDistributed", lambda dtype: K.TimeDistributed(K.Dense(3, activation="softmax", dtype=dtype), dtype=dtype), config, x=normal(2, 5, 4))
    plain("Embedding", x=np.array([[3, 0, 2], [3, 3, 6]], dtype=np.int32), input_dim=7, output_dim=3)


RANDOM = np.random.default_rng(17)
versions = {"keras": keras.__version__, "tensorflow": tf.__version__}
write("keras_lstm", [next_word()], **versions)
for family in (recurrent, masked, attention, others):
    family()
write("keras_layers", layers_made, **versions)
