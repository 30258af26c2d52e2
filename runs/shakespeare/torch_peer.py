"""Peer: PyTorch trains the GPT of a run of ours on its tokens: the ids of RUN/data, the sizes of RUN/recipe.json.

    pip install torch==2.15.0
    python torch_peer.py RUN [--steps 2500] [--rate 2e-3] [--every 50] [--until 1.75] [--threads 2] [--stop STEP]

f32, eager. The model is that of bench/peers/train_peer.py (nanoGPT's character model without dropout, the head a matrix of its own unless the recipe ties it). AdamW with betas 0.9 and 0.99, decay 0.1 on matrices,
clipping at 1, 100 steps of warm-up and a cosine over --steps to a tenth. Windows are drawn by torch's generator (seed 1). A look at all of the validation data every --every steps, the windows of ours.
--same FOLDER: first weights (FOLDER/initial-hub, GPT-2's names), windows (FOLDER/windows.bin) and rates (RUN/log.jsonl) are those of the run; each step's loss is printed too. same.mjs makes these files.
Prints a line of JSON at the beginning ({"begin"}) and for each look ({"step", "seconds", "validationLoss", "bitsPerByte"}); ends at --stop, or once a look is at --until or below.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

parser = argparse.ArgumentParser()
parser.add_argument("run", type=Path)
parser.add_argument("--steps", type=int, default=2500)
parser.add_argument("--stop", type=int)
parser.add_argument("--rate", type=float, default=2e-3)
parser.add_argument("--every", type=int, default=50)
parser.add_argument("--until", type=float, default=0)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--same", type=Path)
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(1)

recipe = json.loads((options.run / "recipe.json").read_text())
shards = json.loads((options.run / "data/shards.json").read_text())
model_of, rows = recipe["model"], recipe["batch"]["rows"]
width, heads, depth, length, vocabulary = model_of["width"], model_of["heads"], model_of["depth"], model_of["contextLength"], shards["vocabulary"]
kind = np.uint16 if shards["width"] == 2 else np.uint32
train, validation = (np.fromfile(options.run / f"data/{half}.bin", dtype=kind).astype(np.int64) for half in ("train", "validation"))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width, bias=False), nn.LayerNorm(width, bias=False)
        self.c_attn, self.attn_proj = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        self.c_fc, self.mlp_proj = nn.Linear(width, 4 * width, bias=False), nn.Linear(4 * width, width, bias=False)

    def forward(self, x):
        size = x.shape
        q, k, v = (part.view(size[0], size[1], heads, -1).transpose(1, 2) for part in self.c_attn(self.ln_1(x)).split(width, dim=2))
        x = x + self.attn_proj(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(size))
        return x + self.mlp_proj(F.gelu(self.c_fc(self.ln_2(x))))


class Gpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
        self.h = nn.ModuleList([Block() for _ in range(depth)])
        self.ln_f, self.lm_head = nn.LayerNorm(width, bias=False), nn.Linear(width, vocabulary, bias=False)
        if model_of["tiedHead"]:
            self.lm_head.weight = self.wte.weight
        for name, weight in self.named_parameters():
            if weight.dim() > 1:
                nn.init.normal_(weight, 0, 0.02 / (2 * depth) ** 0.5 if name.endswith("_proj.weight") else 0.02)

    def forward(self, ids):
        x = self.wte(ids[:, :-1]) + self.wpe.weight
        for block in self.h:
            x = block(x)
        return F.cross_entropy(self.lm_head(self.ln_f(x)).flatten(0, 1), ids[:, 1:].flatten())


model = Gpt()
if options.same:
    from safetensors.torch import load_file

    found = load_file(str(options.same / "initial-hub/model.safetensors"))
    hub = {"wte": "wte", "wpe": "wpe", "ln_f": "ln_f", "c_attn": "attn.c_attn", "attn_proj": "attn.c_proj", "c_fc": "mlp.c_fc", "mlp_proj": "mlp.c_proj"}
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name == "lm_head.weight":
                weight.copy_(found["lm_head.weight"])
                continue
            *before, last, _ = name.split(".")
            there = found[".".join(["transformer", *before, hub.get(last, last), "weight"])]
            weight.copy_(there.T if last in ("c_attn", "attn_proj", "c_fc", "mlp_proj") else there)
    logged = [json.loads(line) for line in (options.run / "log.jsonl").read_text().splitlines()]
    rates = [entry["learningRate"] for entry in logged if "loss" in entry]
    order = np.fromfile(options.same / "windows.bin", dtype=np.int32).reshape(-1, rows, length + 1)
    options.steps = len(rates)
weights = list(model.parameters())
of = recipe["optimizer"]
groups = [{"params": [w for w in weights if w.dim() > 1], "weight_decay": of["weightDecay"]}, {"params": [w for w in weights if w.dim() < 2], "weight_decay": 0.0}]
optimiser = torch.optim.AdamW(groups, lr=options.rate, betas=(of["beta1"], of["beta2"]), eps=1e-8)


def windows(ids, places):
    return torch.from_numpy(np.stack([ids[place : place + length + 1] for place in places]))


def look():
    places = [i * length for i in range((len(validation) - 1) // length)]
    with torch.no_grad():
        losses = [(model(windows(validation, places[at : at + rows])).item(), len(places[at : at + rows])) for at in range(0, len(places), rows)]
    return sum(loss * count for loss, count in losses) / sum(count for _, count in losses)


def rate(step):
    if options.same:
        return rates[step]
    if step < 100:
        return options.rate * (step + 1) / 100
    return options.rate * (0.1 + 0.45 * (1 + math.cos(math.pi * (step - 100) / max(1, options.steps - 100))))


print(json.dumps({"begin": time.time(), "weights": sum(weight.numel() for weight in set(weights)), "version": torch.__version__}), flush=True)
begin = time.perf_counter()
for step in range(1, (options.stop or options.steps) + 1):
    for group in optimiser.param_groups:
        group["lr"] = rate(step - 1)
    loss = model(torch.from_numpy(order[step - 1].astype(np.int64)) if options.same else windows(train, torch.randint(len(train) - length, (rows,)).tolist()))
    loss.backward()
    if options.same:
        print(json.dumps({"step": step, "loss": loss.item()}), flush=True)
    nn.utils.clip_grad_norm_(weights, 1.0)
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    if step % options.every == 0:
        found = look()
        bits = found / math.log(2) * shards["validation"]["tokens"] / shards["validation"]["bytes"]
        print(json.dumps({"step": step, "seconds": round(time.perf_counter() - begin, 2), "validationLoss": round(found, 6), "bitsPerByte": round(bits, 6)}), flush=True)
        if found <= options.until:
            break
