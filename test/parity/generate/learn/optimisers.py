"""Optimisers, clipping and moving averages: fixtures/learn/optimisers.json.

    python optimisers.py [optimiser ...]

With names, the cases of these optimisers alone are made, and put in the place of theirs in the fixture.
Needs torch, keras and tensorflow (or KERAS_BACKEND=torch). Not run by the tests. Nothing is differentiated: ten gradients are given, so that each step depends on the optimiser alone. Form of a case:
    name       of the optimiser, with what is special after a space
    library    "torch" or "keras"
    optimiser  SGD, Adam, AdamW, RMSprop, Adagrad, Adadelta, Muon; NAdam of PyTorch, Nadam of Keras
    given      the settings that differ from the library's defaults; null is None
    settings   all settings that matter, defaults included, in the library's names
    start      {name: array}, the weights before the first step
    gradients  {name: array of ten in front}: gradients.w [10, 3, 4] is for start.w [3, 4]
    after      {name: array of ten in front}, the weights after each step
    averages   (only with an exponential moving average) the same, of the averages after each step
Some gradients are exactly zero (w[0, 0] in all steps, b[1] in steps 4 to 10). Compare `after - start`, not `after`: the moves are small beside the weights.
Muon's case "torch" is PyTorch as it is: its Newton-Schulz iteration runs in bf16 (moves are right to about 1e-2); "torch f32" is the same code with that rounding switched off.
PyTorch's Muon takes matrices only. Keras's Muon treats other weights with Adam of the same rate (epsilon 1e-7) and decays both by 0.004 of the rate.
Keras's Adam (epsilon 1e-7) divides by sqrt(v) + epsilon with v not yet corrected ("epsilon hat"), PyTorch's by sqrt(v / (1 - beta2^t)) + epsilon. Keras's RMSprop (rho 0.9) and Adagrad (its sum
starts at 0.1) divide by sqrt(v + 1e-7), PyTorch's by sqrt(v) + epsilon. Momentum of RMSprop is on the update, with the rate inside in Keras and outside in PyTorch.
Nadam's epsilon stands beside the corrected root in both; its momentum grows with 0.96^t in Keras, with 0.96^(0.004 t) in PyTorch. Adadelta is the same but for its defaults.
PyTorch's weight_decay of SGD, Adam, RMSprop, Adagrad, Adadelta, NAdam is added to the gradient, AdamW's and Muon's is decoupled; Keras's is decoupled in all
(w -= w * decay * rate before the step).
Clipping: torch "clipNorm" is clip_grad_norm_ (all weights together, norm + 1e-6 below the line), "clipValue" is clip_grad_value_. Averages: torch.optim.swa_utils with decay 0.9 (the first one is a copy); Keras's ema_momentum 0.9.
"""

import json
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # the cases of Adadelta and Nadam were made with "torch"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
from common import FOLDER, STEPS, arrays, close, write  # first: see there

import keras
import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

HIDDEN = {"foreach", "maximize", "capturable", "differentiable", "fused", "params", "initial_lr", "decoupled_weight_decay"}
made = []


def problem(**shapes):
    torch.manual_seed(13)
    start = {name: torch.randn(shape) for name, shape in shapes.items()}
    gradients = {name: torch.randn(STEPS, *shape) * torch.linspace(2, 0.2, STEPS).view(-1, *[1] * len(shape)) for name, shape in shapes.items()}
    for name, gradient in gradients.items():
        if name == "b":
            gradient[3:, 1] = 0
        else:
            gradient[:, 0, 0] = 0
    return start, gradients


SMALL = problem(w=(3, 4), b=(4,))
MATRICES = problem(w=(3, 4), wide=(4, 7), tall=(6, 3))
MIXED = problem(w=(3, 4), b=(4,), tall=(6, 3))


def record(name, library, optimiser, given, settings, start, gradients, after, averages=None):
    case = {"name": name, "library": library, "optimiser": optimiser, "given": given, "settings": settings, "start": arrays(start), "gradients": arrays(gradients), "after": arrays(after)}
    made.append({**case, "averages": arrays(averages)} if averages else case)


def torch_steps(optimiser, given, start, gradients, kind, clip_norm=None, clip_value=None, average=None):
    weights = {name: torch.nn.Parameter(value.to(kind).clone()) for name, value in start.items()}
    stepper = getattr(torch.optim, optimiser)(list(weights.values()), **given)
    model = torch.nn.ParameterDict(weights)
    mean = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(average)) if average else None
    after, averages = {name: [] for name in start}, {name: [] for name in start}
    for step in range(STEPS):
        for name, weight in weights.items():
            weight.grad = gradients[name][step].to(kind).clone()
        if clip_norm:
            torch.nn.utils.clip_grad_norm_(list(weights.values()), clip_norm)
        if clip_value:
            torch.nn.utils.clip_grad_value_(list(weights.values()), clip_value)
        stepper.step()
        if mean:
            mean.update_parameters(model)
        for name, weight in weights.items():
            after[name].append(weight.detach().clone())
            if mean:
                averages[name].append(mean.module[name].detach().clone())
    stack = lambda named: {name: torch.stack(values) for name, values in named.items()} if named["w"] else None
    return stack(after), stack(averages), {key: value for key, value in stepper.param_groups[0].items() if key not in HIDDEN and value is not None}


def from_torch(name, optimiser, given=None, data=SMALL, tolerance=1e-5, clip_norm=None, clip_value=None, average=None):
    if wanted and optimiser not in wanted:
        return None
    given, (start, gradients) = given or {}, data
    extra = {"clip_norm": clip_norm, "clip_value": clip_value, "average": average}
    after, averages, settings = torch_steps(optimiser, given, start, gradients, torch.float32, **extra)
    right, _, _ = torch_steps(optimiser, given, start, gradients, torch.float64, **extra)
    for key in start:
        close(f"{name} {key}", after[key] - start[key], right[key] - start[key].double(), tolerance)
    more = {key: value for key, value in {"clipNorm": clip_norm, "clipValue": clip_value, "average": average}.items() if value}
    record(name, "torch", optimiser, {**given, **more}, {**settings, **more}, start, gradients, after, averages)
    return after


def from_keras(name, optimiser, given=None, data=SMALL, like=None):
    """like: what another library gave, to be equal within 1e-4 of the moves."""
    if wanted and optimiser not in wanted:
        return
    given, (start, gradients) = given or {}, data
    stepper = getattr(keras.optimizers, optimiser)(**given)
    weights = {key: keras.Variable(value.numpy(), name=key) for key, value in start.items()}
    after, averages = {key: [] for key in start}, {key: [] for key in start}
    for step in range(STEPS):
        stepper.apply([keras.ops.convert_to_tensor(gradients[key][step].numpy()) for key in start], list(weights.values()))
        for place, (key, weight) in enumerate(weights.items()):
            after[key].append(keras.ops.convert_to_numpy(weight))
            if stepper.use_ema:
                averages[key].append(keras.ops.convert_to_numpy(stepper._model_variables_moving_average[place]))
    stack = lambda named: {key: np.stack(values) for key, values in named.items()} if named["w"] else None
    settings = {key: value for key, value in stepper.get_config().items() if value is not None and key not in ("name", "exclude_layers")}
    after = stack(after)
    if like:
        for key in start:
            close(f"{name} {key}", after[key] - start[key].numpy(), (like[key] - start[key]).numpy(), 1e-4)
    record(name, "keras", optimiser, given, {key: float(value) if isinstance(value, np.floating) else value for key, value in settings.items()}, start, gradients, after, stack(averages))


def all_torch():
    from_torch("SGD", "SGD", {"lr": 0.05})
    from_torch("SGD momentum", "SGD", {"lr": 0.05, "momentum": 0.9})
    from_torch("SGD momentum dampening", "SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.5})
    from_torch("SGD nesterov", "SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True})
    from_torch("SGD nesterov decay", "SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1})
    for optimiser in ("Adam", "AdamW", "RMSprop", "Adagrad"):
        from_torch(f"{optimiser} defaults", optimiser, tolerance=1e-4)
        from_torch(f"{optimiser} decay", optimiser, {"lr": 0.05, "weight_decay": 0.1}, tolerance=1e-4)
    from_torch("Adam betas", "Adam", {"lr": 0.05, "betas": [0.5, 0.9], "eps": 1e-3})
    from_torch("AdamW amsgrad", "AdamW", {"lr": 0.05, "amsgrad": True})
    from_torch("RMSprop momentum", "RMSprop", {"lr": 0.05, "alpha": 0.8, "momentum": 0.9})
    from_torch("RMSprop centered", "RMSprop", {"lr": 0.05, "alpha": 0.8, "centered": True}, tolerance=1e-4)
    from_torch("Adagrad accumulator", "Adagrad", {"lr": 0.05, "initial_accumulator_value": 0.1, "lr_decay": 0.1})
    from_torch("Adadelta defaults", "Adadelta", tolerance=1e-4)
    from_torch("Adadelta decay", "Adadelta", {"lr": 0.5, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.1}, tolerance=1e-4)
    from_torch("NAdam defaults", "NAdam", tolerance=1e-4)
    from_torch("NAdam decay", "NAdam", {"lr": 0.05, "weight_decay": 0.1, "momentum_decay": 0.1}, tolerance=1e-4)
    from_torch("NAdam decoupled", "NAdam", {"lr": 0.05, "betas": [0.8, 0.9], "weight_decay": 0.1, "decoupled_weight_decay": True}, tolerance=1e-4)
    from_torch("SGD clip norm", "SGD", {"lr": 0.05}, clip_norm=1.0)
    from_torch("SGD clip value", "SGD", {"lr": 0.05}, clip_value=0.5)
    from_torch("AdamW clip norm", "AdamW", {"lr": 0.05}, clip_norm=1.0)
    from_torch("SGD average", "SGD", {"lr": 0.05}, average=0.9)


def all_muon():
    from_torch("Muon torch", "Muon", data=MATRICES, tolerance=1e-1)
    rounded = torch.bfloat16
    torch.bfloat16 = torch.float32
    from_torch("Muon torch f32", "Muon", data=MATRICES, tolerance=1e-3)
    from_torch("Muon torch f32 plain", "Muon", {"lr": 0.02, "weight_decay": 0.0, "nesterov": False}, data=MATRICES, tolerance=1e-3)
    from_torch("Muon torch f32 match_rms_adamw", "Muon", {"lr": 0.02, "adjust_lr_fn": "match_rms_adamw"}, data=MATRICES, tolerance=1e-3)
    torch.bfloat16 = rounded
    from_keras("Muon defaults", "Muon", data=MIXED)
    from_keras("Muon plain", "Muon", {"learning_rate": 0.02, "weight_decay": None, "adam_weight_decay": None, "rms_rate": None, "nesterov": False}, data=MIXED)


def all_keras():
    from_keras("SGD defaults", "SGD")
    same = lambda name: {key: torch.stack(list(value)) for key, value in torch_steps(*name, *SMALL, torch.float32)[0].items()}
    from_keras("SGD momentum", "SGD", {"learning_rate": 0.05, "momentum": 0.9}, like=same(("SGD", {"lr": 0.05, "momentum": 0.9})))
    from_keras("SGD nesterov", "SGD", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}, like=same(("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True})))
    from_keras("SGD decay", "SGD", {"learning_rate": 0.05, "weight_decay": 0.1})
    for optimiser in ("Adam", "AdamW", "RMSprop", "Adagrad"):
        from_keras(f"{optimiser} defaults", optimiser)
        from_keras(f"{optimiser} decay", optimiser, {"learning_rate": 0.05, "weight_decay": 0.1})
    from_keras("Adam amsgrad", "Adam", {"learning_rate": 0.05, "amsgrad": True})
    from_keras("RMSprop momentum", "RMSprop", {"learning_rate": 0.05, "rho": 0.8, "momentum": 0.9})
    from_keras("RMSprop centered", "RMSprop", {"learning_rate": 0.05, "rho": 0.8, "centered": True})
    from_keras("Adagrad accumulator", "Adagrad", {"learning_rate": 0.05, "initial_accumulator_value": 0.5})
    from_keras("Adadelta defaults", "Adadelta")
    from_keras("Adadelta decay", "Adadelta", {"learning_rate": 0.5, "rho": 0.8, "epsilon": 1e-3, "weight_decay": 0.1})
    from_keras("Nadam defaults", "Nadam")
    from_keras("Nadam decay", "Nadam", {"learning_rate": 0.05, "beta_1": 0.8, "beta_2": 0.9, "weight_decay": 0.1})
    from_keras("SGD clip norm of each", "SGD", {"learning_rate": 0.05, "clipnorm": 1.0})
    from_keras("SGD clip norm of all", "SGD", {"learning_rate": 0.05, "global_clipnorm": 1.0})
    from_keras("SGD clip value", "SGD", {"learning_rate": 0.05, "clipvalue": 0.5})
    from_keras("SGD average", "SGD", {"learning_rate": 0.05, "use_ema": True, "ema_momentum": 0.9})


wanted = set(sys.argv[1:])
for family in (all_torch, all_muon, all_keras):
    family()
versions = {"keras": keras.__version__, keras.backend.backend(): sys.modules[keras.backend.backend()].__version__}
if wanted:
    with open(os.path.join(FOLDER, "optimisers.json"), encoding="utf-8") as file:
        before = json.load(file)
    made = [case for case in before["cases"] if case["optimiser"] not in wanted] + made
    versions = {**before["made"], **{f"{name} of {', '.join(sorted(wanted))}": version for name, version in versions.items()}}
    del versions["torch"]
write("optimisers", made, **versions)
