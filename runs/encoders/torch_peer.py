"""The same weights tuned by PyTorch with the same recipe: python runs/encoders/torch_peer.py FOLDER TRAIN.jsonl TEST.jsonl [--seconds N] [--epochs N] [--precision bf16|f32] [--threads N]

FOLDER is what `untouched.mjs TRAIN.jsonl minilm FOLDER` wrote: trunk and fresh head as Inkstone begins with them. Batches of 32, padded to their longest text, drop-out 0.1, AdamW 1e-4 (head 5e-4),
decay 0.01 of matrices, a tenth of the steps warm-up, then linear to 0, gradients clipped at 1. With --seconds only examples a second are measured, behind ten steps.
"""

import argparse
import json
import random
import time

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

parser = argparse.ArgumentParser()
for name in ["folder", "train", "test"]:
    parser.add_argument(name)
parser.add_argument("--seconds", type=float)
parser.add_argument("--epochs", type=int, default=4)
parser.add_argument("--precision", choices=["bf16", "f32"], default="bf16")
parser.add_argument("--length", type=int, default=256)
parser.add_argument("--threads", type=int, default=2)
given = parser.parse_args()
torch.set_num_threads(given.threads)
torch.manual_seed(0)

tokenizer = AutoTokenizer.from_pretrained(given.folder)
model = AutoModelForSequenceClassification.from_pretrained(given.folder)
read = lambda path: [json.loads(line) for line in open(path, encoding="utf8")]
train, test = read(given.train), read(given.test)
number = model.config.label2id
encoded = [tokenizer(row["text"], truncation=True, max_length=given.length) for row in train]
labels = [number[row["label"]] for row in train]

groups = {}
for name, weight in model.named_parameters():
    groups.setdefault((name.startswith(("classifier", "bert.pooler")), weight.dim() < 2), []).append(weight)
optimizer = torch.optim.AdamW(
    [{"params": w, "lr": 5e-4 if head else 1e-4, "weight_decay": 0.0 if vector else 0.01} for (head, vector), w in groups.items()], betas=(0.9, 0.999)
)
steps = given.epochs * -(-len(train) // 32)
rising = round(steps / 10)
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda at: (at + 1) / rising if at < rising else max(0.0, (steps - at) / (steps - rising)))


def batches():
    order = list(range(len(train)))
    for epoch in range(given.epochs):
        random.Random(epoch).shuffle(order)
        for at in range(0, len(order), 32):
            rows = order[at : at + 32]
            yield tokenizer.pad([encoded[row] for row in rows], return_tensors="pt"), torch.tensor([labels[row] for row in rows])


model.train()
began, worked, seen = time.perf_counter(), time.process_time(), 0
for step, (inputs, truth) in enumerate(batches()):
    if step == 10:
        began, worked, seen = time.perf_counter(), time.process_time(), 0
    with torch.autocast("cpu", torch.bfloat16, enabled=given.precision == "bf16"):
        logits = model(**inputs).logits
    loss = torch.nn.functional.cross_entropy(logits.float(), truth)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    optimizer.zero_grad()
    seen += len(truth)
    if given.seconds and step > 10 and time.perf_counter() - began > given.seconds:
        break
result = {"peer": f"torch {torch.__version__}", "precision": given.precision, "examplesPerSecond": seen / (time.perf_counter() - began), "examplesPerProcessorSecond": seen / (time.process_time() - worked), "steps": step + 1}
if not given.seconds:
    model.eval()
    right = 0
    with torch.no_grad():
        for at in range(0, len(test), 32):
            rows = test[at : at + 32]
            inputs = tokenizer([row["text"] for row in rows], truncation=True, max_length=given.length, padding=True, return_tensors="pt")
            right += sum(model.config.id2label[at] == row["label"] for at, row in zip(model(**inputs).logits.argmax(-1).tolist(), rows))
    result["accuracy"] = right / len(test)
print(json.dumps(result))
