"""python runs/translation/transformers_peer.py FOLDER: the same model and the same work as inkstone.mjs, by transformers on two threads. "endless" behind FOLDER: readies the export for the beams."""

import json
import statistics
import sys
import time

import torch
from transformers import MarianMTModel, PreTrainedTokenizerFast

folder = sys.argv[1]
if sys.argv[2:] == ["endless"]:  # The end gets a bias that keeps it from being written: texts of one length on both sides.
    from safetensors.torch import load_file, save_file

    path = f"{folder}/run/hub/model.safetensors"
    weights = load_file(path)
    weights["final_logits_bias"][0, 2] = -100
    save_file(weights, path, {"format": "pt"})
    sys.exit()
torch.set_num_threads(2)
torch.manual_seed(0)
model = MarianMTModel.from_pretrained(f"{folder}/run/hub")
tokenizer = PreTrainedTokenizerFast.from_pretrained(f"{folder}/run/hub")
rows = [json.loads(line) for line in open(f"{folder}/pairs.jsonl", encoding="utf-8")]
ids = lambda side: torch.tensor([tokenizer(row[side])["input_ids"] for row in rows[: 64 * 8]])
sources, answers = ids("source"), ids("target")
targets = torch.cat([torch.full((len(answers), 1), 1), answers[:, :-1]], 1)
print(json.dumps({"parameters": sum(p.numel() for p in model.parameters() if p.requires_grad), "shape": list(sources.shape)}))
for precision in ["f32", "bf16"]:
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)
    times = []
    model.train()
    for step in range(8):
        began = time.perf_counter()
        at = slice(64 * step, 64 * step + 64)
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            logits = model(input_ids=sources[at], attention_mask=torch.ones_like(sources[at]), decoder_input_ids=targets[at]).logits
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1).float(), answers[at].flatten(), ignore_index=0, label_smoothing=0.1)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        times.append(time.perf_counter() - began)
    print(json.dumps({"what": "train", "precision": precision, "millisecondsPerStep": 1000 * statistics.median(times[3:])}), flush=True)
model = MarianMTModel.from_pretrained(f"{folder}/run/hub").eval()
with torch.no_grad():
    began = time.perf_counter()
    written = model.generate(sources[:64], attention_mask=torch.ones_like(sources[:64]), num_beams=4, max_new_tokens=60, do_sample=False)
    seconds = time.perf_counter() - began
print(json.dumps({"what": "beams", "precision": "f32", "seconds": seconds, "shape": list(written.shape)}))
