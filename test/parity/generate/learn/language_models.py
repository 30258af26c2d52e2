"""GPT and Llama block stacks: fixtures/learn/gpt.json and llama.json.

    python language_models.py

Needs torch and transformers. Not run by the tests. Form: model cases of common.py, one a file.
    inputs.ids   i32 [2, 9], targets i32 [2, 9]: the next ids (independent of the ids here), mean cross-entropy over all 18
    outputs.logits f32 [2, 9, vocabulary]
gpt: 2 layers of width 16, 4 heads; embeddings of ids and learned positions are added; LayerNorm (eps 1e-5) before attention, before the MLP and
    at the end; c_attn gives queries, keys and values side by side ([48, 16] rows: 16 query, 16 key, 16 value); scores by 1/sqrt(4), causal; MLP 16 -> 64 -> 16
    with gelu (tanh form); lm_head is a matrix of its own without a bias. Checked against transformers' GPT2LMHeadModel.
llama: transformers' LlamaForCausalLM itself: 2 layers of width 16, 4 query heads and 2 key-value heads of 4, MLP width 24 (silu(gate) * up), RMSNorm eps 1e-5,
    rotary positions of base 10000 on halves (pairs i and i + 2 of a head), no biases, lm_head a matrix of its own.
The gradient of the key part of c_attn.bias is zero but for rounding: softmax does not see it.
"""

import torch
import transformers
from torch import nn
from torch.nn import functional as F
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from common import model_case, stir, write

WIDTH, HEADS, LAYERS, VOCABULARY, CONTEXT = 16, 4, 2, 23, 12


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.c_attn = nn.Linear(WIDTH, 3 * WIDTH)
        self.c_proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        batch, length, _ = x.shape
        q, k, v = (part.view(batch, length, HEADS, -1).transpose(1, 2) for part in self.c_attn(x).split(WIDTH, dim=2))
        scores = q @ k.transpose(-2, -1) / (WIDTH // HEADS) ** 0.5
        scores = scores.masked_fill(torch.ones(length, length, dtype=torch.bool).triu(1), float("-inf"))
        return self.c_proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, WIDTH))


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.c_fc = nn.Linear(WIDTH, 4 * WIDTH)
        self.c_proj = nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1 = nn.LayerNorm(WIDTH)
        self.attn = Attention()
        self.ln_2 = nn.LayerNorm(WIDTH)
        self.mlp = Mlp()

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Gpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.transformer = nn.ModuleDict({"wte": nn.Embedding(VOCABULARY, WIDTH), "wpe": nn.Embedding(CONTEXT, WIDTH), "h": nn.ModuleList([Block() for _ in range(LAYERS)]), "ln_f": nn.LayerNorm(WIDTH)})
        self.lm_head = nn.Linear(WIDTH, VOCABULARY, bias=False)

    def forward(self, ids):
        x = self.transformer.wte(ids) + self.transformer.wpe(torch.arange(ids.shape[1]))
        for block in self.transformer.h:
            x = block(x)
        return self.lm_head(self.transformer.ln_f(x))


def forward(model, inputs, targets):
    logits = model(inputs["ids"])
    logits = logits if isinstance(logits, torch.Tensor) else logits.logits
    return F.cross_entropy(logits.view(-1, VOCABULARY), targets.view(-1).long()), {"logits": logits}


def same_as_transformers(model, ids):
    """Transformers keeps linear layers of GPT-2 transposed."""
    config = GPT2Config(vocab_size=VOCABULARY, n_positions=CONTEXT, n_embd=WIDTH, n_layer=LAYERS, n_head=HEADS, activation_function="gelu_new", resid_pdrop=0, embd_pdrop=0, attn_pdrop=0, tie_word_embeddings=False)
    theirs = GPT2LMHeadModel(config)
    turned = {name: weight.T if ".c_" in name and name.endswith("weight") else weight for name, weight in model.state_dict().items()}
    missing = theirs.load_state_dict(turned, strict=False)
    assert not missing.unexpected_keys and all("attn." in name for name in missing.missing_keys), missing
    torch.testing.assert_close(theirs.eval()(ids).logits, model(ids), rtol=1e-5, atol=1e-5)


torch.manual_seed(1)
ids, targets = torch.randint(VOCABULARY, (2, 9)), torch.randint(VOCABULARY, (2, 9))
gpt = stir(Gpt())
same_as_transformers(gpt, ids)
adamw = {"lr": 0.01, "betas": [0.9, 0.95], "eps": 1e-8, "weight_decay": 0.1}
runs = [("AdamW", adamw), ("AdamW", {**adamw, "decayOnlyMatrices": True, "clipNorm": 1.0})]
config = {"width": WIDTH, "heads": HEADS, "layers": LAYERS, "vocabulary": VOCABULARY, "context": CONTEXT, "eps": 1e-5}
write("gpt", [model_case("gpt", config, gpt, forward, {"ids": ids}, targets, runs)], transformers=transformers.__version__)

llama = LlamaForCausalLM(
    LlamaConfig(vocab_size=VOCABULARY, hidden_size=WIDTH, intermediate_size=24, num_hidden_layers=LAYERS, num_attention_heads=HEADS, num_key_value_heads=2, max_position_embeddings=32, rms_norm_eps=1e-5, rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, tie_word_embeddings=False, attn_implementation="eager", use_cache=False)
)
config = {"width": WIDTH, "heads": HEADS, "keyValueHeads": 2, "mlp": 24, "layers": LAYERS, "vocabulary": VOCABULARY, "eps": 1e-5, "ropeBase": 10000}
write("llama", [model_case("llama", config, stir(llama), forward, {"ids": ids}, targets, runs)], transformers=transformers.__version__)
