# A tiny llama with weights by a formula, tuned by peft and by plain PyTorch in f32: python adapters.py > ../fixtures/adapters.json
# The test makes the same weights by the same formula, so that the fixture holds settings and answers only.
import json
import sys
import tempfile

import numpy as np
import peft
import torch
import torch.nn.functional as F
import transformers
from peft import LoraConfig, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM

sys.path.insert(0, "decoders")
CONFIG = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=16, intermediate_size=48, vocab_size=64,
              max_position_embeddings=64, pad_token_id=0, bos_token_id=1, eos_token_id=2, tie_word_embeddings=True)
RATE, STEPS = 1e-2, 4


def fnv(name):
    h = 2166136261
    for byte in name.encode():
        h = ((h ^ byte) * 16777619) % 2**32
    return h


def weights(name, shape):
    n = int(np.prod(shape))
    x = (np.arange(n, dtype=np.uint64) * np.uint64(2654435761) + np.uint64(fnv(name))) % np.uint64(2**32)
    x = x ^ (x >> np.uint64(15))
    x = (x * np.uint64(2246822519)) % np.uint64(2**32)
    x = x ^ (x >> np.uint64(13))
    u = x.astype(np.float64) / 2**32 - 0.5
    values = u * (3 / np.sqrt(shape[-1])) if len(shape) == 2 else u * 0.5
    return torch.tensor(values.astype(np.float32).reshape(shape))


def base():
    config = AutoConfig.for_model("llama", **CONFIG)
    config._attn_implementation = "eager"
    model = AutoModelForCausalLM.from_config(config).eval().float()
    made = {}
    for name, value in model.state_dict().items():
        if name == "lm_head.weight":
            continue
        made[name] = weights(name, list(value.shape)) + (1 if name.endswith("norm.weight") else 0)
    model.load_state_dict(made, strict=False)
    model.tie_weights()
    return model


def with_adapter(**fields):
    model = base()
    tuned = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"], **fields))
    with torch.no_grad():
        for name, parameter in tuned.named_parameters():
            if "lora_A" in name or "lora_B" in name:
                plain = name.replace("base_model.model.", "").replace(".default", "")
                parameter.copy_(weights(plain, list(parameter.shape)) * (1 if "lora_A" in name else 0.3))
    # The magnitudes of DoRA are those of the weight before the matrices were set: as when training begins from zero.
    return tuned.eval()


IDS = torch.tensor([[(7 * i * i + 3 * i + 5) % 64 for i in range(24)]])
LABELS = IDS.clone()
LABELS[:, :9] = -100


def run(model, step_loss, steps=STEPS, keep=()):
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW([p for _, p in trained], lr=RATE, weight_decay=0.0)
    losses, gradients = [], {}
    for step in range(steps):
        optimizer.zero_grad()
        loss = step_loss(model)
        loss.backward()
        if step == 0:
            for name, p in trained:
                if any(name.endswith(end) for end in keep):
                    gradients[name.replace("base_model.model.", "").replace(".default", "")] = p.grad.flatten().tolist()
        losses.append(loss.item())
        optimizer.step()
    with torch.no_grad():
        losses.append(step_loss(model).item())
    return losses, gradients


def answers(model):
    logits = model(input_ids=IDS).logits[0]
    return F.cross_entropy(logits[:-1], LABELS[0, 1:], ignore_index=-100)


def rounded(values):
    return [float(f"{v:.7g}") for v in values]


PAIRS = [([5, 9, 33, 7], [12, 40, 3, 2], [44, 10, 2]), ([8, 21, 5], [17, 30, 2], [6, 51, 60, 13, 2])]


def likelihood(model, prompt, answer):
    ids = torch.tensor([prompt + answer])
    logps = F.log_softmax(model(input_ids=ids).logits[0, :-1], -1)
    each = logps.gather(-1, ids[0, 1:, None])[:, 0]
    return each[len(prompt) - 1:]


def dpo(reference, beta=0.1):
    def loss(model):
        total = 0
        for i, (prompt, chosen, rejected) in enumerate(PAIRS):
            margin = likelihood(model, prompt, chosen).sum() - likelihood(model, prompt, rejected).sum()
            total = total - F.logsigmoid(beta * (margin - reference[i]))
        return total / len(PAIRS)
    return loss


def orpo(model, beta=0.1):
    total = 0
    for prompt, chosen, rejected in PAIRS:
        a, b = likelihood(model, prompt, chosen).mean(), likelihood(model, prompt, rejected).mean()
        odds = (a - b) - (torch.log1p(-torch.exp(a)) - torch.log1p(-torch.exp(b)))
        total = total - a - beta * F.logsigmoid(odds)
    return total / len(PAIRS)


KEPT = ("layers.0.self_attn.q_proj.lora_A.default.weight", "layers.0.self_attn.q_proj.lora_B.default.weight", "layers.1.mlp.down_proj.lora_B.default.weight",
        "layers.0.self_attn.k_proj.lora_magnitude_vector.default.weight")
cases = []
for label, fields in {"lora": {}, "rslora": dict(use_rslora=True), "dora": dict(use_dora=True)}.items():
    model = with_adapter(**fields)
    with torch.no_grad():
        logits = model(input_ids=IDS).logits[0, -1].tolist()
    losses, gradients = run(model, answers, keep=KEPT)
    cases.append(dict(label=label, settings=fields, logits=rounded(logits), losses=rounded(losses), gradients={k: rounded(v) for k, v in gradients.items()}))
model = base().train()
with torch.no_grad():
    logits = model(input_ids=IDS).logits[0, -1].tolist()
losses, gradients = run(model, answers, keep=("model.norm.weight", "layers.0.self_attn.k_proj.weight", "embed_tokens.weight"))
cases.append(dict(label="full", settings={}, logits=rounded(logits), losses=rounded(losses), gradients={k: rounded(v) for k, v in gradients.items()}))
preferences = []
model = with_adapter()
with torch.no_grad():
    reference = [(likelihood(model, p, c).sum() - likelihood(model, p, r).sum()).item() for p, c, r in PAIRS]
losses, _ = run(model, dpo(reference))
preferences.append(dict(label="dpo", losses=rounded(losses), reference=rounded(reference)))
losses, _ = run(with_adapter(), orpo)
preferences.append(dict(label="orpo", losses=rounded(losses)))
made_by = f"peft {peft.__version__}, transformers {transformers.__version__}, torch {torch.__version__}"
print(json.dumps(dict(made_by=made_by, config=base().config.to_dict(), rate=RATE, ids=IDS[0].tolist(), answers=9, cases=cases, pairs=PAIRS, preferences=preferences)))
