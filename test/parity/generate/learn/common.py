"""Shared by the generators of this folder: how an array is written, how a model case is made and checked.

An array is {"shape": [...], "f32": "..."} or {"shape": [...], "i32": "..."}: base64 of little-endian numbers, row by row.
Truth values of masks are i32 (1: seen, 0: hidden) unless a generator says otherwise.

A model case (gpt, llama, lstm, gru, rnn, bidirectional, transformer, seq2seq) has
    name           what it is
    config         plain numbers and words
    weights        {name as in PyTorch's state_dict: array}; linear layers are [out, in]
    inputs         {name: array}
    targets        array
    outputs        {name: array}, of the initial weights
    loss           number, of the initial weights
    gradients      {name: array}, of every weight
    inputGradients {name: array}, of the float inputs
    runs           [{"optimiser", "settings", "losses"}]: losses[k] is the loss after k steps on the same batch, k = 0 to 10; every
                   run starts from the initial weights. Settings are PyTorch's, and may have
                   "clipNorm": gradients are scaled to this global norm before each step (torch.nn.utils.clip_grad_norm_)
                   "decayOnlyMatrices": weights of fewer than two dimensions have no weight decay
Every case is computed in f32 and again in f64 from the same weights: the generator stops where losses differ by more than 2e-5 of their value
or gradients by more than 1e-4 of the largest of the array, so that 1e-4 is a fair tolerance for another f32 implementation.
"""

import base64
import copy
import json
import os
import sys

sys.modules["triton"] = None  # its LLVM and that of tensorflow do not live in one process; nothing here compiles
import numpy as np
import torch

torch.set_num_threads(1)
STEPS = 10
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "fixtures", "learn")
OPTIMISERS = {"SGD": torch.optim.SGD, "Adam": torch.optim.Adam, "AdamW": torch.optim.AdamW, "RMSprop": torch.optim.RMSprop, "Adagrad": torch.optim.Adagrad}


def array(values):
    """The JSON form of a tensor or NumPy array."""
    values = values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)
    kind = "f32" if values.dtype.kind == "f" else "i32"
    data = np.ascontiguousarray(values, dtype="<f4" if kind == "f32" else "<i4")
    return {"shape": list(values.shape), kind: base64.b64encode(data.tobytes()).decode()}


def arrays(named):
    return {name: array(value) for name, value in named.items()}


def write(name, cases, **versions):
    """Writes fixtures/learn/NAME.json: {"made": {package: version}, "cases": [...]}, one case a line."""
    made = {"torch": torch.__version__.split("+")[0], **versions}
    path = os.path.join(FOLDER, f"{name}.json")
    lines = ",\n".join(json.dumps(case, ensure_ascii=True, separators=(",", ":")) for case in cases)
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"made":' + json.dumps(made) + ',"cases":[\n' + lines + "\n]}\n")
    print(f"{name}: {len(cases)} cases, {os.path.getsize(path) / 1024:.0f} KB", file=sys.stderr)


def stir(model, deviation=0.3):
    """Weights that use every part: matrices and biases from a normal distribution, scales of norms around one."""
    for name, weight in model.named_parameters():
        with torch.no_grad():
            weight.normal_(0, deviation if weight.dim() > 1 else 0.1)
            if "norm" in name and name.endswith("weight") or ".ln_" in name and name.endswith("weight"):
                weight.add_(1)
    return model


def close(what, got, want, tolerance, floor=1e-3):
    got, want = np.asarray(got, dtype=np.float64), np.asarray(want, dtype=np.float64)
    gap = np.abs(got - want).max(initial=0) / max(np.abs(want).max(initial=0), floor)
    if not gap <= tolerance:
        raise SystemExit(f"{what}: f32 and f64 differ by {gap:.1e}")


def steps(model, forward, inputs, targets, optimiser, settings):
    """Losses before the first step and after each of ten."""
    model = copy.deepcopy(model)
    settings = dict(settings)
    clip, split = settings.pop("clipNorm", None), settings.pop("decayOnlyMatrices", False)
    weights = list(model.parameters())
    groups = [{"params": weights}]
    if split:
        groups = [{"params": [w for w in weights if w.dim() > 1]}, {"params": [w for w in weights if w.dim() < 2], "weight_decay": 0.0}]
    made = OPTIMISERS[optimiser](groups, **settings)
    losses = []
    for _ in range(STEPS):
        made.zero_grad()
        loss, _ = forward(model, inputs, targets)
        losses.append(loss.item())
        loss.backward()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_(weights, clip)
        made.step()
    return losses + [forward(model, inputs, targets)[0].item()]


def measure(model, forward, inputs, targets):
    model.zero_grad()
    floats = {name: value for name, value in inputs.items() if value.is_floating_point() and value.requires_grad}
    for value in floats.values():
        value.grad = None
    loss, outputs = forward(model, inputs, targets)
    loss.backward()
    missing = [name for name, weight in model.named_parameters() if weight.grad is None]
    assert not missing, f"no gradient: {missing}"
    return loss.item(), outputs, {name: weight.grad.clone() for name, weight in model.named_parameters()}, {name: value.grad.clone() for name, value in floats.items()}


def model_case(name, config, model, forward, inputs, targets, runs):
    """forward(model, inputs, targets) gives (loss, {output name: tensor}); float inputs that need a gradient have requires_grad."""
    model.train()
    loss, outputs, gradients, input_gradients = measure(model, forward, inputs, targets)
    finished = [{"optimiser": kind, "settings": settings, "losses": steps(model, forward, inputs, targets, kind, settings)} for kind, settings in runs]
    exact = copy.deepcopy(model).double()
    wide = {key: value.detach().double().requires_grad_(value.requires_grad) if value.is_floating_point() else value for key, value in inputs.items()}
    wide_targets = targets.double() if targets.is_floating_point() else targets
    right = measure(exact, forward, wide, wide_targets)
    close(f"{name} loss", loss, right[0], 2e-5)
    for got, want in ((gradients, right[2]), (input_gradients, right[3])):
        for key in got:
            close(f"{name} {key}", got[key], want[key], 1e-4)
    for run, (kind, settings) in zip(finished, runs):
        close(f"{name} {kind}", np.array(run["losses"]) / steps(exact, forward, wide, wide_targets, kind, settings), np.ones(STEPS + 1), 2e-5)
        print(f"  {name} {kind}: {run['losses'][0]:.4f} -> {run['losses'][-1]:.4f}", file=sys.stderr)
    weights = dict(model.named_parameters())
    return {"name": name, "config": config, "weights": arrays(weights), "inputs": arrays(inputs), "targets": array(targets), "outputs": arrays(outputs), "loss": loss, "gradients": arrays(gradients), "inputGradients": arrays(input_gradients), "runs": finished}
