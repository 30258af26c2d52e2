"""Recurrent layers: fixtures/learn/lstm.json, gru.json, rnn.json, bidirectional.json.

    python recurrent.py

Needs torch. Not run by the tests. Form: model cases of common.py. The layer is torch.nn.LSTM, GRU or RNN (tanh), one layer, batch first, 5 inputs, 8 units,
called `rnn` (weights rnn.weight_ih_l0 [gates x 8, 5], rnn.weight_hh_l0 [gates x 8, 8], rnn.bias_ih_l0, rnn.bias_hh_l0; those of the backward direction end in
_reverse); gates in PyTorch's order (LSTM: input, forget, cell, output; GRU: reset, update, new, the reset after the product). `head` is a linear layer.
Cases of every file:
    last     inputs.x f32 [4, 7, 5]; head of the last hidden state -> 3 numbers; targets f32 [4, 3]; mean squared error. Hidden states begin at zero.
    steps    inputs.x, inputs.h0 f32 [directions, 4, 8] (and c0 for LSTM); head of every step -> 6 classes; targets i32 [4, 7]; mean cross-entropy over all steps
    lengths  (not rnn) inputs.x, inputs.lengths i32 [4] = 7, 2, 5, 1: packed sequences, so the state stops at a row's length and the backward direction begins
             there; head of the last valid hidden state -> 6 classes; targets i32 [4]; cross-entropy. Gradients of x behind a row's length are zero.
The last hidden state of two directions is [forward; backward]: 16 wide.
    outputs.states     f32 [4, 7, directions x 8], every step (zeros behind a row's length)
    outputs.hidden     f32 [directions, 4, 8], the last valid state (and outputs.cell for LSTM)
    outputs.prediction f32, what the head gives
    inputGradients     of x, h0, c0
Runs: SGD with Nesterov momentum for `last`, Adam else.
"""

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from common import model_case, stir, write

INPUTS, UNITS, ROWS, LENGTH = 5, 8, 4, 7


class Net(nn.Module):
    def __init__(self, layer, directions, outputs):
        super().__init__()
        self.rnn = layer(INPUTS, UNITS, batch_first=True, bidirectional=directions == 2)
        self.head = nn.Linear(directions * UNITS, outputs)


def run_layer(model, inputs):
    x, state = inputs["x"], None
    if "h0" in inputs:
        state = (inputs["h0"], inputs["c0"]) if "c0" in inputs else inputs["h0"]
    if "lengths" in inputs:
        states, last = model.rnn(pack_padded_sequence(x, inputs["lengths"].long(), batch_first=True, enforce_sorted=False))
        states, _ = pad_packed_sequence(states, batch_first=True, total_length=LENGTH)
    else:
        states, last = model.rnn(x, state)
    hidden, *cell = last if isinstance(last, tuple) else (last,)
    return states, {"states": states, "hidden": hidden, **({"cell": cell[0]} if cell else {})}


def ends(outputs):
    return torch.cat(list(outputs["hidden"]), dim=1)


def last(model, inputs, targets):
    _, outputs = run_layer(model, inputs)
    outputs["prediction"] = model.head(ends(outputs))
    return F.mse_loss(outputs["prediction"], targets), outputs


def every_step(model, inputs, targets):
    states, outputs = run_layer(model, inputs)
    outputs["prediction"] = model.head(states)
    return F.cross_entropy(outputs["prediction"].flatten(0, 1), targets.flatten().long()), outputs


def by_lengths(model, inputs, targets):
    _, outputs = run_layer(model, inputs)
    outputs["prediction"] = model.head(ends(outputs))
    return F.cross_entropy(outputs["prediction"], targets.long()), outputs


def cases(layer, directions, lengths=True):
    torch.manual_seed(7)
    cells = ["h0", "c0"] if layer is nn.LSTM else ["h0"]
    needed = lambda *shape: torch.randn(*shape).requires_grad_()
    config = {"layer": layer.__name__, "inputs": INPUTS, "units": UNITS, "directions": directions}
    adam = ("Adam", {"lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-8})
    sgd = ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True})
    yield model_case("last", config, stir(Net(layer, directions, 3)), last, {"x": needed(ROWS, LENGTH, INPUTS)}, torch.randn(ROWS, 3), [sgd])
    inputs = {"x": needed(ROWS, LENGTH, INPUTS), **{name: needed(directions, ROWS, UNITS) for name in cells}}
    yield model_case("steps", config, stir(Net(layer, directions, 6)), every_step, inputs, torch.randint(6, (ROWS, LENGTH)), [adam])
    if lengths:
        inputs = {"x": needed(ROWS, LENGTH, INPUTS), "lengths": torch.tensor([7, 2, 5, 1])}
        yield model_case("lengths", config, stir(Net(layer, directions, 6)), by_lengths, inputs, torch.randint(6, (ROWS,)), [adam])


write("lstm", list(cases(nn.LSTM, 1)))
write("gru", list(cases(nn.GRU, 1)))
write("rnn", list(cases(nn.RNN, 1, lengths=False)))
write("bidirectional", list(cases(nn.LSTM, 2)))
