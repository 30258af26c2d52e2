"""Opens what parity.mjs wrote: logits within 1e-4, the same ids, the same losses. Exits 1 where something differs."""

import json
import logging
import os
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")
logging.disable(logging.WARNING)
import torch  # noqa: E402
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402
from transformers import (  # noqa: E402
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
)

with open(sys.argv[1], encoding="utf-8") as file:
    expected = json.load(file)
failed = False


def told(what: str, good: bool, figure: str) -> None:
    global failed
    failed = failed or not good
    print(f"{'ok  ' if good else 'FAIL'}  {what}: {figure}")


for one in expected["models"]:
    target = one.get("target")
    kind = AutoModelForSeq2SeqLM if target else AutoModelForMaskedLM if one["masked"] else AutoModelForCausalLM
    model = kind.from_pretrained(one["path"]).eval()
    more = {"decoder_input_ids": torch.tensor([target])} if target else {}
    with torch.no_grad():
        logits = model(torch.tensor([one["ids"]]), **more).logits.flatten()
    if target:
        found = AutoTokenizer.from_pretrained(one["path"], use_fast=True)(one["text"])["input_ids"]
        told(f"AutoTokenizer of {model.config.model_type}", found == one["ids"], f"{found} beside {one['ids']}")
    difference = (logits - torch.tensor(one["logits"])).abs().max().item()
    told(f"transformers {model.config.model_type}", difference < 1e-4, f"logits differ by at most {difference:.2e}")
for one in expected["tuned"]:
    kind = AutoModelForTokenClassification if one["task"] == "tag" else AutoModelForSequenceClassification
    model = kind.from_pretrained(one["path"]).eval()
    with torch.no_grad():
        logits = model(torch.tensor([one["ids"]])).logits.flatten()
    difference = (logits - torch.tensor(one["logits"])).abs().max().item()
    same = model.config.id2label == dict(enumerate(one["labels"]))
    told(f"transformers {type(model).__name__}", difference < 1e-4 and same, f"logits differ by at most {difference:.2e}, labels {'alike' if same else 'differ'}")
for one in expected["tokenizers"]:
    tokenizer = Tokenizer.from_file(one["path"])
    same = [tokenizer.encode(text).ids == ids for text, ids in zip(one["texts"], one["ids"])]
    told(f"tokenizers {one['kind']}", all(same), f"{sum(same)} of {len(same)} texts have the same ids")
for one in expected["events"]:
    events = EventAccumulator(one["path"]).Reload()
    found = [(scalar.step, scalar.value) for scalar in events.Scalars("train/loss")]
    same = len(found) == len(one["losses"]) and all(a == c and abs(b - d) < 1e-6 for (a, b), (c, d) in zip(found, one["losses"]))
    told("TensorBoard", same, f"{len(found)} losses read of {len(one['losses'])}")
sys.exit(1 if failed else 0)
