# Tiny decoders of every family with weights by a formula, computed by transformers in f32: python make.py > ../../fixtures/decoders.json
# The test makes the same weights by the same formula, so that the fixture holds configurations, shapes and answers only.
import json

import numpy as np
import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM

SIZES = dict(hidden_size=32, num_hidden_layers=3, num_attention_heads=2, intermediate_size=48, vocab_size=64, max_position_embeddings=64, pad_token_id=0, bos_token_id=1, eos_token_id=2)
GROUPED = dict(SIZES, num_attention_heads=4, num_key_value_heads=2, head_dim=16)


def rope(**fields):
    return dict(rope_parameters=dict(rope_theta=10000.0, **fields))


CASES = {
    "llama": ("llama", dict(GROUPED)),
    "llama, own head": ("llama", dict(GROUPED, tie_word_embeddings=False, attention_bias=True)),
    "llama, linear": ("llama", dict(GROUPED, **rope(rope_type="linear", factor=4.0))),
    "llama, dynamic": ("llama", dict(GROUPED, **rope(rope_type="dynamic", factor=2.0))),
    "llama, llama3": ("llama", dict(GROUPED, **rope(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=16))),
    "llama, yarn": ("llama", dict(GROUPED, **rope(rope_type="yarn", factor=4.0, original_max_position_embeddings=16))),
    "mistral": ("mistral", dict(GROUPED, sliding_window=7)),
    "qwen2": ("qwen2", dict(GROUPED, tie_word_embeddings=True)),
    "qwen3": ("qwen3", dict(GROUPED)),
    "smollm3": ("smollm3", dict(GROUPED, num_hidden_layers=4)),
    "gemma2": ("gemma2", dict(GROUPED, sliding_window=7, query_pre_attn_scalar=24)),
    "gemma3": ("gemma3_text", dict(GROUPED, sliding_window=7, layer_types=["sliding_attention", "full_attention", "sliding_attention"], query_pre_attn_scalar=16)),
    "phi3": ("phi3", dict(SIZES)),
    "phi3, longrope": ("phi3", dict(SIZES, original_max_position_embeddings=16,
                                    rope_parameters=dict(rope_theta=10000.0, rope_type="longrope", short_factor=[1.0 + i / 8 for i in range(8)], long_factor=[2.0 + i for i in range(8)],
                                                         original_max_position_embeddings=16))),
    "gpt2": ("gpt2", dict(n_embd=32, n_layer=3, n_head=2, vocab_size=64, n_positions=64)),
    "gpt_neox": ("gpt_neox", dict(SIZES, rotary_pct=0.5)),
    "gpt_neox, one after the other": ("gpt_neox", dict(SIZES, rotary_pct=1.0, use_parallel_residual=False)),
}


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


def positive(name):
    return name.endswith("norm.weight") or "layernorm" in name and name.endswith("weight") or ".ln_" in name and name.endswith("weight")


cases = []
for label, (kind, fields) in CASES.items():
    config = AutoConfig.for_model(kind, **fields)
    config._attn_implementation = "eager"
    model = AutoModelForCausalLM.from_config(config).eval().float()
    state = model.state_dict()
    tied = config.tie_word_embeddings
    head = {"lm_head.weight", "embed_out.weight"}
    names = [name for name in state if not (tied and name in head) and not name.endswith(("inv_freq", "masked_bias", ".attn.bias", ".attention.bias"))]
    # Files keep the head of GPT-NeoX under another name than the module has.
    file_name = lambda name: name.replace("lm_head", "embed_out") if kind == "gpt_neox" else name
    made = {}
    for name in names:
        values = weights(file_name(name), list(state[name].shape))
        made[name] = values + 1 if positive(name) and not kind.startswith("gemma") else values
    model.load_state_dict(made, strict=False)
    model.tie_weights()
    ids = [(7 * i * i + 3 * i + 5) % 64 for i in range(24)]
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0]
    picked = {str(row): [round(v, 6) for v in logits[row].tolist()] for row in (0, 9, 23)}
    saved = json.loads(config.to_json_string(use_diff=False))
    cases.append(dict(label=label, config=saved, shapes={file_name(name): list(state[name].shape) for name in names}, ids=ids, logits=picked))
print(json.dumps(dict(made_by=f"transformers {transformers.__version__}, torch {torch.__version__}", cases=cases)))
