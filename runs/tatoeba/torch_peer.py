"""A sentence in, a sentence out, in PyTorch: English to Chinese on the Tatoeba pairs, and what another implementation needs to do exactly the same.

    pip install torch==2.15.0 sacrebleu==2.6.0 safetensors
    python torch_peer.py FILE OUT --model lstm|transformer [--steps N] [--threads 2] [--examples 10] [--export]

FILE is train.tsv: English TAB Chinese TAB licence, one pair a line. --export writes the files and the initial weights of both models, and ends.
Source tokens: of the lower-cased English, the matches of [a-z]+(?:'[a-z]+)*|[0-9]+|[^\\sa-z0-9]. Target tokens: the characters of the Chinese without white space. At most 40 and 50, the rest is cut.
Split: permutation (NumPy default_rng(1)) of the lines; the first int(0.9 * lines) of it are the training part, the others the held-out part. Ids: 0 pads, 1 begins, 2 ends, 3 is unknown; then
the tokens that the training part has at least twice, most frequent first (ties: the first to come, in the order of the permutation). The encoder reads tokens and then 2; the decoder reads 1 and the tokens and
says the tokens and 2.
Batches of 64: each epoch permutes the training part, sorts pieces of 1,280 by target length, cuts them into batches and permutes those (an incomplete last batch is left out); order.i32 has the outcome.
A batch is padded with zeros to its longest row. 200 or 201 steps are an epoch.

lstm         embeddings of 256; LSTM of 256 over the source sentence (packed: it stops at a row's end), LSTM of 256 over the target from the last state; attention h_t . e_s over the encoder's states (zeros hidden),
             h~ = tanh(combine [c; h_t]) without bias, logits = output h~ (Luong et al. 2015, "dot"). Cross-entropy over tokens that are not padding; Adam 0.001 (0.9, 0.999, 1e-8)
transformer  torch.nn.Transformer, width 256, 4 heads, 3 + 3 layers, feed-forward 1,024, relu, norms before (with last norms of encoder and decoder), no dropout; embeddings (initially N(0, 1/16)) times 16 plus sinusoidal
             positions (even places sin, odd cos); separate embeddings and output. Cross-entropy with label smoothing 0.1; Adam (0.9, 0.98, 1e-9), rate 0.001 min(step / 400, sqrt(400 / step)), steps from 1
Both: global norm clipped to 1.0, no dropout, teacher forcing, initial values PyTorch's by torch.manual_seed(1) (LSTM, linear) unless said. Names of weights: as in the files; linear layers [out, in].
Result: greedy decoding of the held-out part, at most 60 tokens, 0, 1 and 3 never said; chrF of sacrebleu's defaults (characters up to 6, beta 2; corpus level; references without white space), exact matches, held-out
cross-entropy a token without smoothing (id 3 counts as a token).

Files in OUT: source.json, target.json (tokens by id), permutation.i32 [lines], order.i32 [10,000, 64] (places in the training part, which is the first part of the permutation), pairs.json {"source": [[ids]], "target": [[ids]]}
of all lines in the order of the permutation, without 1 and 2; lstm.safetensors, transformer.safetensors; result-MODEL.json {"model", "steps", "losses", "seconds", "chrF", "exact", "crossEntropy", "examples"}, also printed.
"""

import argparse
import collections
import json
import math
import os
import re
import time

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

STEPS = {"lstm": 2000, "transformer": 2000}
BATCH, WIDTH, ORDER = 64, 256, 10000


def positions(length, width):
    angles = torch.arange(length)[:, None] * torch.exp(-math.log(10000) * torch.arange(0, width, 2) / width)
    return torch.stack([angles.sin(), angles.cos()], dim=2).reshape(length, width)


class Recurrent(nn.Module):
    smoothing = 0.0

    def __init__(self, sources, targets):
        super().__init__()
        self.source_embedding, self.target_embedding = nn.Embedding(sources, WIDTH), nn.Embedding(targets, WIDTH)
        self.encoder, self.decoder = (nn.LSTM(WIDTH, WIDTH, batch_first=True) for _ in range(2))
        self.combine = nn.Linear(2 * WIDTH, WIDTH, bias=False)
        self.output = nn.Linear(WIDTH, targets)

    def encode(self, source):
        packed = pack_padded_sequence(self.source_embedding(source), (source != 0).sum(1), batch_first=True, enforce_sorted=False)
        memory, state = self.encoder(packed)
        memory, _ = pad_packed_sequence(memory, batch_first=True, total_length=source.shape[1])
        return memory, (source == 0)[:, None], state

    def decode(self, target, encoded):
        memory, hidden, state = encoded
        states, state = self.decoder(self.target_embedding(target), state)
        attention = (states @ memory.transpose(1, 2)).masked_fill(hidden, float("-inf")).softmax(-1)
        return self.output(torch.tanh(self.combine(torch.cat([attention @ memory, states], dim=2)))), (memory, hidden, state)

    def forward(self, source, target):
        return self.decode(target, self.encode(source))[0]

    def greedy(self, source, limit):
        encoded, said = self.encode(source), [torch.ones(len(source), 1, dtype=torch.long)]
        for _ in range(limit):
            logits, encoded = self.decode(said[-1], encoded)
            said.append(likeliest(logits[:, -1:]))
        return torch.cat(said[1:], dim=1)

    def optimiser(self):
        return torch.optim.Adam(self.parameters(), lr=1e-3), lambda step: 1.0


class Transformer(nn.Module):
    smoothing = 0.1

    def __init__(self, sources, targets):
        super().__init__()
        self.source_embedding, self.target_embedding = nn.Embedding(sources, WIDTH), nn.Embedding(targets, WIDTH)
        self.transformer = nn.Transformer(WIDTH, 4, 3, 3, 1024, 0.0, "relu", batch_first=True, norm_first=True)
        self.transformer.encoder.enable_nested_tensor = False
        self.output = nn.Linear(WIDTH, targets)
        for table in (self.source_embedding, self.target_embedding):
            nn.init.normal_(table.weight, 0, WIDTH**-0.5)
        self.register_buffer("positions", positions(128, WIDTH), persistent=False)

    def embed(self, table, ids):
        return table(ids) * WIDTH**0.5 + self.positions[: ids.shape[1]]

    def encode(self, source):
        hidden = source == 0
        return self.transformer.encoder(self.embed(self.source_embedding, source), src_key_padding_mask=hidden), hidden

    def decode(self, target, encoded):
        memory, hidden = encoded
        later = torch.ones(target.shape[1], target.shape[1], dtype=torch.bool).triu(1)
        return self.output(self.transformer.decoder(self.embed(self.target_embedding, target), memory, tgt_mask=later, memory_key_padding_mask=hidden))

    def forward(self, source, target):
        return self.decode(target, self.encode(source))

    def greedy(self, source, limit):
        encoded, said, ended = self.encode(source), torch.ones(len(source), 1, dtype=torch.long), torch.zeros(len(source), dtype=torch.bool)
        for _ in range(limit):
            said = torch.cat([said, likeliest(self.decode(said, encoded)[:, -1:])], dim=1)
            ended |= said[:, -1] == 2
            if ended.all():
                break
        return said[:, 1:]

    def optimiser(self):
        return torch.optim.Adam(self.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-9), lambda step: min(step / 400, (400 / step) ** 0.5)


MODELS = {"lstm": Recurrent, "transformer": Transformer}


def likeliest(logits):
    logits[..., [0, 1, 3]] = float("-inf")
    return logits.argmax(-1)


def vocabulary(sentences):
    counts = collections.Counter(token for sentence in sentences for token in sentence)
    return ["<pad>", "<begin>", "<end>", "<unk>", *(token for token, count in counts.most_common() if count > 1)]


def read(path):
    """Pairs in the order of the permutation, the permutation, the border, both vocabularies and the ids."""
    with open(path, encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("\t") for line in file if line.strip()]
    permutation = np.random.default_rng(1).permutation(len(lines))
    pairs = [(lines[i][0], "".join(lines[i][1].split())) for i in permutation]
    sources = [re.findall(r"[a-z]+(?:'[a-z]+)*|[0-9]+|[^\sa-z0-9]", source.lower())[:40] for source, _ in pairs]
    targets = [list(target)[:50] for _, target in pairs]
    border = int(0.9 * len(pairs))
    tables = [vocabulary(sentences[:border]) for sentences in (sources, targets)]
    ids = []
    for table, sentences in zip(tables, (sources, targets)):
        places = {token: place for place, token in enumerate(table)}
        ids.append([[places.get(token, 3) for token in sentence] for sentence in sentences])
    return {"pairs": pairs, "permutation": permutation, "border": border, "tables": tables, "source": ids[0], "target": ids[1]}


def batch_order(data):
    random, batches = np.random.default_rng(2), []
    lengths = np.array([len(target) for target in data["target"][: data["border"]]])
    while len(batches) < ORDER:
        rows = random.permutation(data["border"])
        epoch = []
        for at in range(0, len(rows), 20 * BATCH):
            piece = rows[at : at + 20 * BATCH]
            piece = piece[np.argsort(lengths[piece], kind="stable")]
            epoch += [piece[i : i + BATCH] for i in range(0, len(piece) - BATCH + 1, BATCH)]
        batches += [epoch[i] for i in random.permutation(len(epoch))]
    return np.stack(batches[:ORDER]).astype("<i4")


def padded(rows):
    width = max(map(len, rows))
    return torch.tensor([row + [0] * (width - len(row)) for row in rows])


def batch(data, rows):
    source = padded([data["source"][i] + [2] for i in rows])
    return source, padded([[1] + data["target"][i] for i in rows]), padded([data["target"][i] + [2] for i in rows])


def loss_of(model, data, rows, smoothing, reduction="mean"):
    source, target, answer = batch(data, rows)
    return F.cross_entropy(model(source, target).flatten(0, 1), answer.flatten(), ignore_index=0, label_smoothing=smoothing, reduction=reduction)


def make(name, data):
    torch.manual_seed(1)
    return MODELS[name](*(len(table) for table in data["tables"]))


def export(data, order, out):
    for name, table in zip(("source", "target"), data["tables"]):
        with open(os.path.join(out, f"{name}.json"), "w", encoding="utf-8") as file:
            json.dump(table, file, ensure_ascii=False)
    with open(os.path.join(out, "pairs.json"), "w", encoding="utf-8") as file:
        json.dump({"source": data["source"], "target": data["target"]}, file, separators=(",", ":"))
    data["permutation"].astype("<i4").tofile(os.path.join(out, "permutation.i32"))
    order.tofile(os.path.join(out, "order.i32"))
    for name in MODELS:
        save_file(make(name, data).state_dict(), os.path.join(out, f"{name}.safetensors"))


def train(model, data, order, steps):
    optimiser, factor = model.optimiser()
    base, losses, begin = optimiser.param_groups[0]["lr"], [], time.perf_counter()
    for step in range(1, steps + 1):
        optimiser.param_groups[0]["lr"] = base * factor(step)
        optimiser.zero_grad()
        loss = loss_of(model, data, order[step - 1], model.smoothing)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        losses.append(loss.item())
        if step % 100 == 0 or step == 20:
            print(json.dumps({"step": step, "loss": float(np.mean(losses[-100:])), "secondsAStep": (time.perf_counter() - begin) / step}), flush=True)
    return losses, time.perf_counter() - begin


@torch.no_grad()
def judge(model, data, examples):
    from sacrebleu.metrics import CHRF

    rows = np.arange(data["border"], len(data["pairs"]))
    rows = rows[np.argsort([len(data["source"][i]) for i in rows], kind="stable")]
    said, nll, tokens = {}, 0.0, 0
    for at in range(0, len(rows), 128):
        some = rows[at : at + 128]
        nll += loss_of(model, data, some, 0.0, "sum").item()
        tokens += sum(len(data["target"][i]) + 1 for i in some)
        for i, ids in zip(some, model.greedy(batch(data, some)[0], 60).tolist()):
            said[i] = "".join(data["tables"][1][k] for k in (ids[: ids.index(2)] if 2 in ids else ids))
    held = range(data["border"], len(data["pairs"]))
    right = [data["pairs"][i][1] for i in held]
    found = [said[i] for i in held]
    shown = [{"source": data["pairs"][i][0], "target": data["pairs"][i][1], "said": said[i]} for i in held[:examples]]
    return {"chrF": CHRF().corpus_score(found, [right]).score, "exact": sum(a == b for a, b in zip(found, right)) / len(right), "crossEntropy": nll / tokens, "examples": shown}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("out")
    parser.add_argument("--model", choices=MODELS, default="lstm")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--examples", type=int, default=10)
    parser.add_argument("--export", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    os.makedirs(options.out, exist_ok=True)
    data = read(options.file)
    order = batch_order(data)
    export(data, order, options.out)
    if options.export:
        return
    model, steps = make(options.model, data), options.steps or STEPS[options.model]
    facts = {"model": options.model, "weights": sum(weight.numel() for weight in model.parameters()), "train": data["border"], "heldOut": len(data["pairs"]) - data["border"], "vocabularies": [len(table) for table in data["tables"]], "steps": steps}
    print(json.dumps(facts), flush=True)
    losses, seconds = train(model, data, order, steps)
    begin = time.perf_counter()
    judged = judge(model, data, options.examples)
    result = {**facts, "torch": torch.__version__, "losses": losses, "seconds": seconds, "judgingSeconds": time.perf_counter() - begin, **judged}
    with open(os.path.join(options.out, f"result-{options.model}.json"), "w", encoding="utf-8") as file:
        json.dump(result, file, ensure_ascii=False, indent=1)
    print(json.dumps({**result, "losses": losses[:10]}, ensure_ascii=False))


main()
