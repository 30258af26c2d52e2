"""Learning rates over steps: fixtures/learn/schedules.json.

    python schedules.py

Needs torch, transformers, keras and tensorflow. Not run by the tests. Form of a case:
    name       of the schedule, with what is special after a space
    source     the function or class and its library
    settings   its arguments; "rate" is the base learning rate
    values     plain numbers: values[k] is the rate of step k (the first step is 0)
    momenta    (one-cycle of torch only) the same for beta1
    watched    (plateau only) the number that is watched after each epoch; values[k] is the rate after epoch k has been seen
transformers: warm-up goes linearly from 0 at step 0 to the rate at step `warmup`; linear falls to 0 at `total`; cosine: rate/2 (1 + cos(pi * 2 * cycles * progress)), 0.5 cycles; inverse square root:
    rate / sqrt((step + shift) / timescale), timescale = warm-up, shift = timescale - warm-up = 0. noam: Vaswani et al. 2017, eq. 3, width^-0.5 min(s^-0.5, s warmup^-1.5), s = step + 1, by hand.
Plateau: torch compares with best * (1 - 1e-4), lowers after more than `patience` epochs without gain; Keras with best - 1e-4 and lowers after `patience` epochs.
"""

import os

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3")
from common import write  # first: see there

import keras
import tensorflow as tf
import torch
import transformers
from torch.optim import lr_scheduler

RATE = 0.01
made = []


def optimiser(rate=RATE):
    return torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=rate, betas=(0.9, 0.95))


def case(name, source, settings, values, **more):
    made.append({"name": name, "source": source, "settings": settings, "values": [float(value) for value in values], **more})


def follow(make, count, momenta=False):
    """Rates of steps 0 to count - 1 (and first betas)."""
    stepper = optimiser()
    schedule = make(stepper)
    rates, betas = [], []
    for _ in range(count):
        rates.append(stepper.param_groups[0]["lr"])
        betas.append(stepper.param_groups[0]["betas"][0])
        stepper.step()
        schedule.step()
    return (rates, betas) if momenta else rates


def from_transformers():
    names = {"warmup": "num_warmup_steps", "total": "num_training_steps", "cycles": "num_cycles", "minimum": "min_lr"}
    kinds = [
        ("constant", "get_constant_schedule", {}),
        ("constant warmup", "get_constant_schedule_with_warmup", {"warmup": 5}),
        ("linear", "get_linear_schedule_with_warmup", {"warmup": 0, "total": 20}),
        ("linear warmup", "get_linear_schedule_with_warmup", {"warmup": 5, "total": 20}),
        ("cosine", "get_cosine_schedule_with_warmup", {"warmup": 0, "total": 20}),
        ("cosine warmup", "get_cosine_schedule_with_warmup", {"warmup": 5, "total": 20}),
        ("cosine restarts", "get_cosine_with_hard_restarts_schedule_with_warmup", {"warmup": 4, "total": 20, "cycles": 2}),
        ("cosine minimum", "get_cosine_with_min_lr_schedule_with_warmup", {"warmup": 4, "total": 20, "minimum": 0.001}),
        ("inverse square root", "get_inverse_sqrt_schedule", {"warmup": 6}),
    ]
    for name, function, settings in kinds:
        arguments = {names[key]: value for key, value in settings.items()}
        case(name, f"transformers.optimization.{function}", {"rate": RATE, **settings}, follow(lambda stepper: getattr(transformers.optimization, function)(stepper, **arguments), 25))
    case("noam", "by hand", {"width": 64, "warmup": 6}, [64**-0.5 * min((step + 1) ** -0.5, (step + 1) * 6**-1.5) for step in range(25)])


def from_torch():
    for name, settings in (("one-cycle", {}), ("one-cycle linear", {"anneal_strategy": "linear"}), ("one-cycle three phases", {"three_phase": True}), ("one-cycle fast.ai", {"pct_start": 0.25, "div_factor": 25.0, "final_div_factor": 1e5})):
        rates, betas = follow(lambda stepper: lr_scheduler.OneCycleLR(stepper, max_lr=RATE, total_steps=20, **settings), 19, momenta=True)
        full = {"max_lr": RATE, "total_steps": 20, "pct_start": 0.3, "anneal_strategy": "cos", "base_momentum": 0.85, "max_momentum": 0.95, "div_factor": 25.0, "final_div_factor": 1e4, "three_phase": False, **settings}
        case(name, "torch.optim.lr_scheduler.OneCycleLR", full, rates, momenta=betas)
    case("cosine annealing", "torch.optim.lr_scheduler.CosineAnnealingLR", {"rate": RATE, "T_max": 15, "eta_min": 0.001}, follow(lambda stepper: lr_scheduler.CosineAnnealingLR(stepper, 15, 0.001), 16))
    case("exponential", "torch.optim.lr_scheduler.ExponentialLR", {"rate": RATE, "gamma": 0.8}, follow(lambda stepper: lr_scheduler.ExponentialLR(stepper, 0.8), 12))
    case("steps", "torch.optim.lr_scheduler.StepLR", {"rate": RATE, "step_size": 4, "gamma": 0.5}, follow(lambda stepper: lr_scheduler.StepLR(stepper, 4, 0.5), 12))


WATCHED = [1.0, 0.9, 0.89995, 0.91, 0.9, 0.9, 0.95, 0.8, 0.81, 0.82, 0.83, 0.84, 0.85, 0.7999, 0.86, 0.87, 0.88, 0.8, 0.8]


def plateaus():
    for settings in ({"factor": 0.1, "patience": 2}, {"factor": 0.5, "patience": 1, "cooldown": 2, "min_lr": 0.002}):
        stepper, values = optimiser(), []
        schedule = lr_scheduler.ReduceLROnPlateau(stepper, **settings)
        for value in WATCHED:
            schedule.step(value)
            values.append(stepper.param_groups[0]["lr"])
        full = {"rate": RATE, "mode": "min", "threshold": 1e-4, "threshold_mode": "rel", "cooldown": 0, "min_lr": 0, "eps": 1e-8, **settings}
        case(f"plateau torch {settings['patience']}", "torch.optim.lr_scheduler.ReduceLROnPlateau", full, values, watched=WATCHED)
        model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
        model.compile(loss="mse", optimizer=keras.optimizers.SGD(RATE))
        schedule, values = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", **settings), []
        schedule.set_model(model)
        schedule.on_train_begin()
        for epoch, value in enumerate(WATCHED):
            schedule.on_epoch_end(epoch, {"val_loss": value})
            values.append(float(model.optimizer.learning_rate))
        case(f"plateau keras {settings['patience']}", "keras.callbacks.ReduceLROnPlateau", {"rate": RATE, "mode": "auto", "min_delta": 1e-4, "cooldown": 0, "min_lr": 0.0, **settings}, values, watched=WATCHED)


def from_keras():
    kinds = [
        ("ExponentialDecay", {"initial_learning_rate": RATE, "decay_steps": 5, "decay_rate": 0.5, "staircase": False}),
        ("ExponentialDecay", {"initial_learning_rate": RATE, "decay_steps": 5, "decay_rate": 0.5, "staircase": True}),
        ("CosineDecay", {"initial_learning_rate": RATE, "decay_steps": 15, "alpha": 0.1}),
        ("CosineDecay", {"initial_learning_rate": 0.0, "decay_steps": 12, "alpha": 0.0, "warmup_target": RATE, "warmup_steps": 4}),
        ("PolynomialDecay", {"initial_learning_rate": RATE, "decay_steps": 15, "end_learning_rate": 0.0001, "power": 1.0}),
        ("InverseTimeDecay", {"initial_learning_rate": RATE, "decay_steps": 2, "decay_rate": 0.5, "staircase": False}),
        ("PiecewiseConstantDecay", {"boundaries": [4, 9], "values": [0.01, 0.005, 0.001]}),
    ]
    for place, (name, settings) in enumerate(kinds):
        schedule = getattr(keras.optimizers.schedules, name)(**settings)
        case(f"keras {place + 1} {name}", f"keras.optimizers.schedules.{name}", settings, [schedule(step) for step in range(20)])


for family in (from_transformers, from_torch, plateaus, from_keras):
    family()
write("schedules", made, transformers=transformers.__version__, keras=keras.__version__, tensorflow=tf.__version__)
