"""Right answers of a GGUF model: ids by llama.cpp's tokenizer, the rest by transformers in f32 on the dequantised weights.

    python smollm2_completions.py MODEL.gguf PROMPTS.json > ../fixtures/smollm2-135m.json

PROMPTS.json is a list of {"text", "special"}; a fixture that is there already serves as one (its "completions").
Needs torch, transformers, gguf, accelerate and llama-cpp-python. Not run by the tests.
"""

import json
import os
import sys

import torch
from llama_cpp import Llama
from transformers import AutoModelForCausalLM

NEW_TOKENS = 24


def answer(model, ids):
    """Mean nll of the prompt but its first token, then greedy tokens with the gap between the best and the second logit."""
    sequence, greedy, margins = list(ids), [], []
    nll = None
    for _ in range(NEW_TOKENS):
        with torch.no_grad():
            logits = model(torch.tensor([sequence])).logits[0]
        if nll is None:
            nll = torch.nn.functional.cross_entropy(logits[:-1], torch.tensor(ids[1:])).item()
        best = logits[-1].topk(2)
        greedy.append(best.indices[0].item())
        margins.append(round((best.values[0] - best.values[1]).item(), 4))
        sequence.append(greedy[-1])
    return {"nll_per_token": round(nll, 5), "greedy": greedy, "greedy_margin": margins}


def main(path, prompts):
    tokenizer = Llama(path, vocab_only=True, verbose=False)
    folder, file = os.path.split(os.path.abspath(path))
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, torch_dtype=torch.float32).eval()
    found = []
    for prompt in prompts:
        ids = tokenizer.tokenize(prompt["text"].encode(), add_bos=False, special=prompt["special"])
        found.append({"text": prompt["text"], "special": prompt["special"], "ids": ids, **answer(model, ids)})
    json.dump({"note": f"{file}; made by {os.path.basename(__file__)}", "completions": found}, sys.stdout, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    given = json.load(open(sys.argv[2], encoding="utf-8"))
    main(sys.argv[1], given["completions"] if isinstance(given, dict) else given)
