"""The loss with label smoothing and its gradients of a tiny random Marian of transformers, by our names: python test/parity/generate/marian_gradients.py
Needs torch, transformers. Writes test/parity/fixtures/marian-gradients.json."""

import json
from pathlib import Path

import torch
from transformers import MarianConfig, MarianMTModel

torch.manual_seed(3)
sizes = dict(vocab_size=14, d_model=8, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=12, decoder_ffn_dim=12)
model = MarianMTModel(
    MarianConfig(**sizes, max_position_embeddings=16, pad_token_id=0, eos_token_id=2, decoder_start_token_id=1, scale_embedding=True, activation_function="gelu", dropout=0.0)
)
with torch.no_grad():
    for name, value in model.named_parameters():
        if "embed_positions" not in name:
            value.copy_((torch.randn_like(value) * 0.4 + (1 if "layer_norm.weight" in name else 0)).round(decimals=3))
    model.final_logits_bias.copy_(torch.randn_like(model.final_logits_bias).round(decimals=3))
model.final_logits_bias.requires_grad_(True)
model.train()
source = torch.tensor([[5, 9, 11, 2], [7, 2, 0, 0]])
target = torch.tensor([[1, 4, 6, 13], [1, 3, 0, 0]])
answers = torch.tensor([[4, 6, 13, 2], [3, 2, 0, 0]])
logits = model(input_ids=source, attention_mask=(source != 0).long(), decoder_input_ids=target).logits
loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), answers.flatten(), ignore_index=0, label_smoothing=0.1)
loss.backward()

parts = {"q_proj": "query", "k_proj": "key", "v_proj": "value", "out_proj": "output"}


def ours(name):
    if name == "model.shared.weight":
        return "sourceEmbedding.weight"
    name = name.removeprefix("model.").replace(".layers.", ".").replace("encoder_attn_layer_norm", "crossNorm").replace("self_attn_layer_norm", "attentionNorm")
    name = name.replace("final_layer_norm", "mlpNorm").replace("self_attn", "attention").replace("encoder_attn", "cross").replace("fc1", "mlp.up").replace("fc2", "mlp.down")
    return ".".join(parts.get(part, part) for part in name.split("."))


weights, gradients = {"output.bias": model.final_logits_bias[0].tolist()}, {"output.bias": model.final_logits_bias.grad[0].tolist()}
for name, value in model.named_parameters():
    if "embed_positions" in name or "embed_tokens" in name or name == "lm_head.weight":
        continue
    weights[ours(name)] = [round(float(x), 3) for x in value.flatten()]
    gradients[ours(name)] = [round(float(x), 7) for x in value.grad.flatten()]
lists = lambda tensor: tensor.tolist()
fixture = dict(sizes=sizes, source=lists(source), target=lists(target), answers=lists(answers), loss=float(loss), logits=[round(float(x), 6) for x in logits.flatten()])
(Path(__file__).parents[1] / "fixtures/marian-gradients.json").write_text(json.dumps({**fixture, "weights": weights, "gradients": gradients}, separators=(",", ":")) + "\n")
print(float(loss), len(weights))
