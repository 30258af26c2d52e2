"""Peer: PyTorch (and Keras for the LSTM) on the three training rows. A process that waits for lines on stdin, so that runs can be interleaved.

    pip install torch==2.15.0 safetensors        (--engine keras: keras==3.15.1 tensorflow==2.21.0)
    python train_peer.py MODEL [--engine torch|keras] [--threads 2] [--bf16] [--compile] [--tied] [--weights FILE] [--losses N]

MODEL   gpt-10m    6 layers, 6 heads, width 384, T 256, B 8, V 65: 10,770,048 weights (10,745,088 with --tied)
        gpt-1m     4 layers, 4 heads, width 128, T 128, B 32, V 65: 820,608 weights (812,288 with --tied)
        lstm       Embedding(10000, 100), LSTM(128), Dense(10000): T 50, B 32; 2,407,760 weights in Keras, 512 more in PyTorch, whose LSTM has two biases
--bf16     torch.autocast to bfloat16 around the forward pass and the loss (torch only)
--compile  torch.compile
--tied     the head is wte, as in nanoGPT
--weights  writes the initial weights as safetensors (names below; Keras: the paths of its variables) before the first step
--losses   prints {"losses": [...]} of the first N steps, one line, before waiting. Batch by batch the same stream as below: the loss of step i is before its update

Each line of stdin is a number of steps N: runs them and prints {"seconds", "steps", "tokens", "loss"} (lstm: "samples" too; loss is the last one). First of all it prints {"ready", "version", "weights", "startBytes", ...}: startBytes is what
is resident with the libraries and the initial weights, before the first step. At the end of stdin: {"peakBytes"}, the process's VmHWM (Linux).

The GPT (the shape of nanoGPT's character model, no dropout): x = wte[ids] + wpe[positions]; blocks x += proj(attention(ln_1 x)), x += fc_out(gelu(fc_in(ln_2 x))), ln_f, logits = lm_head x. Every linear layer and
LayerNorm without bias, LayerNorm eps 1e-5 with scale, gelu erf, MLP 4 x width, scores / sqrt(head width), causal by scaled_dot_product_attention; lm_head is a matrix of its own unless --tied.
Weights: N(0, 0.02), lm_head too; attn.c_proj and mlp.c_proj N(0, 0.02 / sqrt(2 layers)); scales 1; torch.manual_seed(1).
Names: wte.weight [65, W], wpe.weight [T, W], h.{i}.ln_1.weight, h.{i}.attn.c_attn.weight [3W, W] (query, key, value rows), h.{i}.attn.c_proj.weight, h.{i}.ln_2.weight, h.{i}.mlp.c_fc.weight, h.{i}.mlp.c_proj.weight,
ln_f.weight, lm_head.weight. The step: cross-entropy over all B T places, backward, clip_grad_norm_ 1.0, AdamW (lr 1e-3 constant, betas 0.9 and 0.99, eps 1e-8, decay 0.1 on matrices and embeddings,
0 on scales), zero_grad.
The LSTM: embedding.weight, lstm.weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, dense.weight, dense.bias with PyTorch's own initial values (seed 1): the last state, one class a sample, Adam 1e-3, no clipping.
Keras: the same model with its own initial values, sparse_categorical_crossentropy on softmax, adam, train_on_batch on batches given as arrays.

The stream of ids: state s_0 = 12345, s_{k+1} = (1664525 s_k + 1013904223) mod 2^32, id_k = (s_{k+1} >> 16) mod V. GPT: batch i takes the next B (T + 1) ids in order, row by row; inputs are the first T of a row, targets the last T.
lstm: batch i takes B (T + 1) ids the same way; the last of a row is its class. Random ids, so the loss falls to ln V, not below: this measures time, and equality of the first losses.
Fixed work in every step is in the time: making the batch's tensor is, making its ids (a few milliseconds for 64 batches, made once) is not; the stream begins again after 64 batches.
"""

import argparse
import json
import os
import sys
import time

KINDS = {"gpt-10m": dict(layers=6, heads=6, width=384, length=256, rows=8, vocabulary=65), "gpt-1m": dict(layers=4, heads=4, width=128, length=128, rows=32, vocabulary=65), "lstm": dict(width=100, units=128, length=50, rows=32, vocabulary=10000)}
BATCHES = 64
parser = argparse.ArgumentParser()
parser.add_argument("model", choices=KINDS)
parser.add_argument("--engine", choices=["torch", "keras"], default="torch")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--bf16", action="store_true")
parser.add_argument("--compile", action="store_true")
parser.add_argument("--tied", action="store_true")
parser.add_argument("--weights")
parser.add_argument("--losses", type=int, default=0)
options = parser.parse_args()
os.environ.update({"OMP_NUM_THREADS": str(options.threads), "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "TF_NUM_INTRAOP_THREADS": str(options.threads), "TF_NUM_INTEROP_THREADS": "1"})
shape = KINDS[options.model]
if options.engine == "keras" and options.model != "lstm":
    parser.error("--engine keras has the lstm only")

import numpy as np


def stream():
    """The ids of BATCHES batches, int64 [BATCHES, rows, length + 1]."""
    count = BATCHES * shape["rows"] * (shape["length"] + 1)
    ids, state = np.empty(count, dtype=np.int64), 12345
    for k in range(count):
        state = (1664525 * state + 1013904223) & 0xFFFFFFFF
        ids[k] = (state >> 16) % shape["vocabulary"]
    return ids.reshape(BATCHES, shape["rows"], shape["length"] + 1)


def say(**facts):
    print(json.dumps(facts), flush=True)


def torch_engine():
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)

    class Attention(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.c_attn = nn.Linear(width, 3 * width, bias=False)
            self.c_proj = nn.Linear(width, width, bias=False)

        def forward(self, x):
            rows, length, width = x.shape
            q, k, v = (part.view(rows, length, shape["heads"], -1).transpose(1, 2) for part in self.c_attn(x).split(width, dim=2))
            return self.c_proj(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(rows, length, width))

    class Mlp(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.c_fc = nn.Linear(width, 4 * width, bias=False)
            self.c_proj = nn.Linear(4 * width, width, bias=False)

        def forward(self, x):
            return self.c_proj(F.gelu(self.c_fc(x)))

    class Block(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.ln_1, self.attn = nn.LayerNorm(width, bias=False), Attention(width)
            self.ln_2, self.mlp = nn.LayerNorm(width, bias=False), Mlp(width)

        def forward(self, x):
            x = x + self.attn(self.ln_1(x))
            return x + self.mlp(self.ln_2(x))

    class Gpt(nn.Module):
        def __init__(self):
            super().__init__()
            width = shape["width"]
            self.wte, self.wpe = nn.Embedding(shape["vocabulary"], width), nn.Embedding(shape["length"], width)
            self.h = nn.ModuleList([Block(width) for _ in range(shape["layers"])])
            self.ln_f, self.lm_head = nn.LayerNorm(width, bias=False), nn.Linear(width, shape["vocabulary"], bias=False)
            if options.tied:
                self.lm_head.weight = self.wte.weight
            for name, weight in self.named_parameters():
                if weight.dim() > 1:
                    nn.init.normal_(weight, 0, 0.02 / (2 * shape["layers"]) ** 0.5 if name.endswith("c_proj.weight") else 0.02)

        def forward(self, ids):
            x = self.wte(ids[:, :-1]) + self.wpe.weight
            for block in self.h:
                x = block(x)
            return F.cross_entropy(self.lm_head(self.ln_f(x)).flatten(0, 1), ids[:, 1:].flatten())

    class Lstm(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(shape["vocabulary"], shape["width"])
            self.lstm = nn.LSTM(shape["width"], shape["units"], batch_first=True)
            self.dense = nn.Linear(shape["units"], shape["vocabulary"])

        def forward(self, ids):
            states, _ = self.lstm(self.embedding(ids[:, :-1]))
            return F.cross_entropy(self.dense(states[:, -1]), ids[:, -1])

    model = Lstm() if options.model == "lstm" else Gpt()
    weights = list(model.parameters())
    if options.weights:
        from safetensors.torch import save_file

        save_file(dict(model.named_parameters()), options.weights)
    if options.model == "lstm":
        optimiser = torch.optim.Adam(weights, lr=1e-3)
    else:
        groups = [{"params": [w for w in weights if w.dim() > 1], "weight_decay": 0.1}, {"params": [w for w in weights if w.dim() < 2], "weight_decay": 0.0}]
        optimiser = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), eps=1e-8)
    forward = torch.compile(model) if options.compile else model

    def step(ids):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.bf16):
            loss = forward(torch.from_numpy(ids))
        loss.backward()
        if options.model != "lstm":
            nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        return loss.item()

    return step, sum(weight.numel() for weight in weights), torch.__version__


def keras_engine():
    import keras

    keras.utils.set_random_seed(1)
    layers = keras.layers
    model = keras.Sequential([layers.Input((shape["length"],), dtype="int32"), layers.Embedding(shape["vocabulary"], shape["width"]), layers.LSTM(shape["units"]), layers.Dense(shape["vocabulary"], activation="softmax")])
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
    if options.weights:
        from safetensors.numpy import save_file

        save_file({variable.path: keras.ops.convert_to_numpy(variable) for variable in model.trainable_variables}, options.weights)

    def step(ids):
        return float(model.train_on_batch(ids[:, :-1].astype(np.int32), ids[:, -1].astype(np.int32)))

    return step, model.count_params(), keras.__version__


def memory(field):
    with open("/proc/self/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field))


batches = stream()
step, count, version = keras_engine() if options.engine == "keras" else torch_engine()
done = 0


def run(steps):
    global done
    losses = []
    for _ in range(steps):
        losses.append(step(batches[done % BATCHES]))
        done += 1
    return losses


say(ready=options.engine, version=version, model=options.model, weights=count, threads=options.threads, bf16=options.bf16, compiled=options.compile, startBytes=memory("VmRSS"))
if options.losses:
    say(losses=run(options.losses))
for line in sys.stdin:
    steps = int(line)
    begin = time.perf_counter()
    losses = run(steps)
    seconds = time.perf_counter() - begin
    say(seconds=seconds, steps=steps, tokens=steps * shape["rows"] * shape["length"], samples=steps * shape["rows"], loss=losses[-1])
say(peakBytes=memory("VmHWM"))
