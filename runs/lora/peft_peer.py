"""Peer: LoRA on SmolLM2-135M with transformers and peft: a process that waits for numbers of steps on stdin, as inkstone.mjs does.

    pip install torch==2.15.0 transformers peft
    python peft_peer.py [bf16|f32] [THREADS=2]

The sizes of SmolLM2-135M with random weights (speed and memory do not depend on them), rank 16, alpha 32 on all linear layers of the blocks, 4 x 256 random ids, AdamW 2e-4, clipping at 1; bf16: torch.autocast.
Each line of stdin is a number of steps: runs them and prints {"seconds", "steps", "tokens", "loss", "peakBytes"}.
"""

import json
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

precision, threads = (sys.argv[1:] + ["bf16", "2"][len(sys.argv) - 1 :])[:2]
torch.set_num_threads(int(threads))
torch.manual_seed(1)
config = LlamaConfig(vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9, num_key_value_heads=3, tie_word_embeddings=True, rope_theta=100000.0)
targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
model = get_peft_model(LlamaForCausalLM(config), LoraConfig(r=16, lora_alpha=32, target_modules=targets, task_type="CAUSAL_LM"))
weights = [weight for weight in model.parameters() if weight.requires_grad]
optimiser = torch.optim.AdamW(weights, lr=2e-4)
ids = torch.randint(49152, (16, 4, 256))
model.train()
done = 0


def memory():
    with open("/proc/self/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def step():
    global done
    batch = ids[done % 16]
    done += 1
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
        loss = model(input_ids=batch, labels=batch).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(weights, 1.0)
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    return loss.item()


print(json.dumps({"ready": "peft", "precision": precision, "version": torch.__version__, "trained": sum(weight.numel() for weight in weights)}), flush=True)
for line in sys.stdin:
    steps = int(line)
    begin = time.perf_counter()
    losses = [step() for _ in range(steps)]
    print(json.dumps({"seconds": time.perf_counter() - begin, "steps": steps, "tokens": steps * 1024, "loss": losses[-1], "peakBytes": memory()}), flush=True)
