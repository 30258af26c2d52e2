"""Losses: fixtures/learn/losses.json.

    python losses.py

Needs torch and keras with tensorflow. Not run by the tests. Form of a case:
    name        of the loss, with what is special after a space
    library     "torch" or "keras": whose value it is
    expression  the call
    settings    {labelSmoothing, ignoreIndex, temperature, fromLogits, symmetric, weights}, where they are not the defaults
    inputs      {name: array}
    value       number: the mean over rows (what a row is, is said by the expression)
    gradients   {name: array} of the f32 inputs that are predictions
Keras (on TensorFlow) clips probabilities to [1e-7, 1 - 1e-7] before the logarithm, so its value differs from PyTorch's on probabilities of 0 and 1 and the gradient of a clipped
probability is 0. Categorical: rows are first divided by their sum, then clipped: -sum y log p. Sparse: clipped, then -log of p_label / sum p: the same value on rows, but the
gradient of the other probabilities is 1 / sum p even where that of the label is clipped. Binary: p clipped, then -y log p - (1 - y) log(1 - p). KL clips both sides to [1e-7, 1]
(PyTorch's has 0 log 0 = 0). Only of probabilities that are given: behind an activation softmax or sigmoid Keras takes the logits of that layer and never clips.
Keras's binary label smoothing is y (1 - s) + s / 2; its categorical one y (1 - s) + s / classes, as PyTorch's.
contrastive is InfoNCE over the batch (van den Oord et al. 2018, arXiv:1807.03748, eq. 4; symmetric: Radford et al. 2021, arXiv:2103.00020, fig. 3): with unit rows a_i, b_i (x / max(|x|, 1e-12))
    and s_ij = a_i . b_j / temperature: one-directional  mean_i -log softmax_j(s_ij)[i]; symmetric: the mean of that and of the same on the transposed s.
"""

import os

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3")
from common import array, arrays, close, write  # first: see there

import keras
import tensorflow as tf
import torch
from torch.nn import functional as F

made = []
names = {"torch": torch, "F": F, "keras": keras}


def info_nce(a, b, temperature, symmetric):
    scores = F.normalize(a) @ F.normalize(b).T / temperature
    right = torch.arange(len(a))
    one = F.cross_entropy(scores, right)
    return (one + F.cross_entropy(scores.T, right)) / 2 if symmetric else one


names["info_nce"] = info_nce


def evaluate(expression, predictions, others):
    leaves = {name: value.clone().requires_grad_() for name, value in predictions.items()}
    value = eval(expression, names, {**leaves, **others})
    value.backward()
    return value.item(), {name: leaf.grad for name, leaf in leaves.items()}


def evaluate_keras(expression, predictions, others):
    leaves, others = ({name: tf.constant(value.numpy()) for name, value in named.items()} for named in (predictions, others))
    with tf.GradientTape() as tape:
        tape.watch(leaves)
        value = eval(expression, names, {**leaves, **others})
    return float(value), {name: torch.from_numpy(tf.convert_to_tensor(gradient).numpy()) for name, gradient in tape.gradient(value, leaves).items()}


def case(name, library, expression, predictions, others=None, **settings):
    others = others or {}
    value, gradients = (evaluate if library == "torch" else evaluate_keras)(expression, predictions, others)
    if library == "torch":
        widen = lambda named: {key: x.double() if x.is_floating_point() else x for key, x in named.items()}
        right, exact = evaluate(expression, widen(predictions), widen(others))
        close(name, value, right, 2e-6)
        for key in gradients:
            close(f"{name} d{key}", gradients[key], exact[key], 1e-5)
    made.append({"name": name, "library": library, "expression": expression, "settings": settings, "inputs": arrays({**predictions, **others}), "value": value, "gradients": arrays(gradients)})


def categorical():
    logits, labels = torch.randn(6, 11) * 2, torch.randint(11, (6,), dtype=torch.int)
    soft = torch.rand(6, 11)
    soft = soft / soft.sum(1, keepdim=True)
    hot = F.one_hot(labels.long(), 11).float()
    probabilities = logits.softmax(1)
    partly = labels.clone()
    partly[[1, 4]] = -100
    padded = labels.clone()
    padded[[0, 3]] = 0
    case("sparse categorical logits", "torch", "F.cross_entropy(logits, labels.long())", {"logits": logits}, {"labels": labels}, fromLogits=True)
    case("sparse categorical logits ignore -100", "torch", "F.cross_entropy(logits, labels.long())", {"logits": logits}, {"labels": partly}, fromLogits=True, ignoreIndex=-100)
    case("sparse categorical logits ignore 0", "torch", "F.cross_entropy(logits, labels.long(), ignore_index=0)", {"logits": logits}, {"labels": padded}, fromLogits=True, ignoreIndex=0)
    case("sparse categorical logits smoothing", "torch", "F.cross_entropy(logits, labels.long(), label_smoothing=0.1)", {"logits": logits}, {"labels": labels}, fromLogits=True, labelSmoothing=0.1)
    case("sparse categorical logits smoothing ignore 0", "torch", "F.cross_entropy(logits, labels.long(), ignore_index=0, label_smoothing=0.1)", {"logits": logits}, {"labels": padded}, fromLogits=True, labelSmoothing=0.1, ignoreIndex=0)
    case("sparse categorical logits steps", "torch", "F.cross_entropy(logits.flatten(0, 1), labels.flatten().long())", {"logits": torch.randn(2, 3, 7)}, {"labels": torch.randint(7, (2, 3), dtype=torch.int)}, fromLogits=True)
    case("sparse categorical logits far", "torch", "F.cross_entropy(logits, labels.long())", {"logits": logits * 50 + 300}, {"labels": labels}, fromLogits=True)
    case("categorical logits", "torch", "F.cross_entropy(logits, targets)", {"logits": logits}, {"targets": hot}, fromLogits=True)
    case("categorical logits soft", "torch", "F.cross_entropy(logits, targets)", {"logits": logits}, {"targets": soft}, fromLogits=True)
    case("categorical logits smoothing", "torch", "F.cross_entropy(logits, targets, label_smoothing=0.1)", {"logits": logits}, {"targets": hot}, fromLogits=True, labelSmoothing=0.1)
    case("sparse categorical", "torch", "F.nll_loss(probabilities.log(), labels.long())", {"probabilities": probabilities}, {"labels": labels})
    keras_sparse, keras_full = "keras.losses.SparseCategoricalCrossentropy({})(labels, {})", "keras.losses.CategoricalCrossentropy({})(targets, {})"
    extreme = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0.5, 0.5, 0], [0.2, 0.3, 0.5]])
    wrong, right = torch.tensor([1, 1, 2, 0], dtype=torch.int), torch.tensor([0, 1, 0, 2], dtype=torch.int)
    unscaled = torch.rand(4, 5) * 0.3 + 0.05
    fifth = torch.tensor([0, 4, 2, 1], dtype=torch.int)
    case("sparse categorical", "keras", keras_sparse.format("", "probabilities"), {"probabilities": probabilities}, {"labels": labels})
    case("sparse categorical logits", "keras", keras_sparse.format("from_logits=True", "logits"), {"logits": logits}, {"labels": labels}, fromLogits=True)
    case("sparse categorical ignore 0", "keras", keras_sparse.format("from_logits=True, ignore_class=0", "logits"), {"logits": logits}, {"labels": padded}, fromLogits=True, ignoreIndex=0)
    case("sparse categorical of 0 and 1, wrong", "keras", keras_sparse.format("", "probabilities"), {"probabilities": extreme}, {"labels": wrong})
    case("sparse categorical of 0 and 1, right", "keras", keras_sparse.format("", "probabilities"), {"probabilities": extreme}, {"labels": right})
    case("sparse categorical rows not of sum 1", "keras", keras_sparse.format("", "probabilities"), {"probabilities": unscaled}, {"labels": fifth})
    case("categorical", "keras", keras_full.format("", "probabilities"), {"probabilities": probabilities}, {"targets": hot})
    case("categorical logits", "keras", keras_full.format("from_logits=True", "logits"), {"logits": logits}, {"targets": hot}, fromLogits=True)
    case("categorical smoothing", "keras", keras_full.format("label_smoothing=0.1", "probabilities"), {"probabilities": probabilities}, {"targets": hot}, labelSmoothing=0.1)
    case("categorical of 0 and 1, wrong", "keras", keras_full.format("", "probabilities"), {"probabilities": extreme}, {"targets": F.one_hot(wrong.long(), 3).float()})
    case("categorical rows not of sum 1", "keras", keras_full.format("", "probabilities"), {"probabilities": unscaled}, {"targets": F.one_hot(fifth.long(), 5).float()})


def binary():
    logits, targets = torch.randn(5, 3) * 2, torch.randint(2, (5, 3)).float()
    probabilities, soft = logits.sigmoid(), torch.rand(5, 3)
    extreme = {"probabilities": torch.tensor([0.0, 1, 0.5, 0, 1])}
    call = "keras.losses.BinaryCrossentropy({})(targets, {})"
    case("binary", "torch", "F.binary_cross_entropy(probabilities, targets)", {"probabilities": probabilities}, {"targets": targets})
    case("binary soft", "torch", "F.binary_cross_entropy(probabilities, targets)", {"probabilities": probabilities}, {"targets": soft})
    case("binary logits", "torch", "F.binary_cross_entropy_with_logits(logits, targets)", {"logits": logits}, {"targets": targets}, fromLogits=True)
    case("binary logits far", "torch", "F.binary_cross_entropy_with_logits(logits, targets)", {"logits": logits * 60}, {"targets": targets}, fromLogits=True)
    case("binary", "keras", call.format("", "probabilities"), {"probabilities": probabilities}, {"targets": targets})
    case("binary logits", "keras", call.format("from_logits=True", "logits"), {"logits": logits}, {"targets": targets}, fromLogits=True)
    case("binary smoothing", "keras", call.format("label_smoothing=0.1", "probabilities"), {"probabilities": probabilities}, {"targets": targets}, labelSmoothing=0.1)
    case("binary of 0 and 1", "keras", call.format("", "probabilities"), extreme, {"targets": torch.tensor([0.0, 1, 1, 1, 0])})


def numbers():
    values, targets = torch.randn(4, 7), torch.randn(4, 7)
    p, q = torch.rand(4, 6).softmax(1), (torch.randn(4, 6) * 2).softmax(1)
    zeros = p.clone()
    zeros[0, :2] = 0
    case("mean squared error", "torch", "F.mse_loss(values, targets)", {"values": values}, {"targets": targets})
    case("mean absolute error", "torch", "F.l1_loss(values, targets)", {"values": values}, {"targets": targets})
    case("mean squared error", "keras", "keras.losses.MeanSquaredError()(targets, values)", {"values": values}, {"targets": targets})
    case("mean absolute error", "keras", "keras.losses.MeanAbsoluteError()(targets, values)", {"values": values}, {"targets": targets})
    case("mean squared error weighted", "keras", "keras.losses.MeanSquaredError()(targets, values, sample_weight=weights)", {"values": values}, {"targets": targets, "weights": torch.tensor([1.0, 0, 2, 0.5])}, weights="weights")
    case("kl", "torch", "F.kl_div(probabilities.log(), targets, reduction='batchmean')", {"probabilities": q}, {"targets": p})
    case("kl zeros", "torch", "F.kl_div(probabilities.log(), targets, reduction='batchmean')", {"probabilities": q}, {"targets": zeros})
    case("kl logits", "torch", "F.kl_div(F.log_softmax(logits, -1), targets, reduction='batchmean')", {"logits": torch.randn(4, 6) * 2}, {"targets": p}, fromLogits=True)
    case("kl", "keras", "keras.losses.KLDivergence()(targets, probabilities)", {"probabilities": q}, {"targets": p})
    case("kl zeros", "keras", "keras.losses.KLDivergence()(targets, probabilities)", {"probabilities": q}, {"targets": zeros})


def contrastive():
    pair = {"a": torch.randn(5, 8), "b": torch.randn(5, 8)}
    pair["b"] += pair["a"]
    for temperature in (0.07, 0.5):
        for symmetric in (True, False):
            case(f"contrastive {'symmetric' if symmetric else 'one-directional'} {temperature}", "torch", f"info_nce(a, b, {temperature}, {symmetric})", pair, temperature=temperature, symmetric=symmetric)


torch.manual_seed(5)
for family in (categorical, binary, numbers, contrastive):
    family()
write("losses", made, keras=keras.__version__, tensorflow=tf.__version__)
