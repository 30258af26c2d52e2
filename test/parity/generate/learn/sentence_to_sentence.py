"""A sentence in, a sentence out: fixtures/learn/transformer.json and seq2seq.json.

    python sentence_to_sentence.py

Needs torch. Not run by the tests. Form: model cases of common.py. Ids: 0 pads, 1 begins, 2 ends a sentence.
    inputs.source  i32 [3, 7], rows of 7, 4 and 5 ids, then zeros
    inputs.target  i32 [3, 6], what the decoder reads: 1, ids, then zeros
    targets        i32 [3, 6], what it should say: ids, 2, then zeros; zeros are ignored (mean over the others)
    outputs.logits f32 [3, 6, vocabulary], also behind a row's end
transformer: torch.nn.Transformer, batch first, width 12, 4 heads of 3, 2 + 2 layers, feed-forward 24, dropout 0, LayerNorm eps 1e-5, with its last norms of encoder and decoder; embeddings times
    sqrt(12) plus sinusoidal positions (outputs.positions f32 [7, 12]; sin in even places, cos in odd ones, Vaswani et al. 2017 section 3.5); source keys of zeros are hidden in
    the encoder and in the attention of the decoder on it, target keys of zeros and later ones in the decoder. Cross-entropy with label smoothing 0.1, zeros ignored.
    post   norms after the sums, relu; one matrix (embedding.weight) for source, target and output, output.bias
    pre    norms before, gelu (erf form); source_embedding.weight, target_embedding.weight, output.weight, output.bias
    outputs.memory f32 [3, 7, 12], what the encoder gives (rows of zeros' ids too, which mean nothing)
seq2seq: LSTM encoder on packed source sentences, LSTM decoder from its last hidden and cell state, teacher forcing; attention of Luong et al. 2015 (arXiv:1508.04025, "dot"): scores h_t . e_s,
    zeros of the source hidden, a = softmax, c = sum a_s e_s, h~ = tanh(combine [c; h_t]) (no bias), logits = output h~. No input feeding. Width of embeddings 6, of states 8. Cross-entropy, zeros ignored.
    outputs.attention f32 [3, 6, 7], outputs.memory f32 [3, 7, 8] (zeros behind a row's end)
"""

import math

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from common import model_case, stir, write

WIDTH, HEADS, FEED, VOCABULARY, SOURCE, TARGET = 12, 4, 24, 19, 23, 17


def positions(length, width):
    """Even places sin, odd ones cos, of position / 10000^(2i / width)."""
    angles = torch.arange(length, dtype=torch.float64)[:, None] * torch.exp(-math.log(10000) * torch.arange(0, width, 2, dtype=torch.float64) / width)
    return torch.stack([angles.sin(), angles.cos()], dim=2).reshape(length, width)


class Transformer(nn.Module):
    def __init__(self, pre, shared):
        super().__init__()
        self.shared = shared
        self.transformer = nn.Transformer(WIDTH, HEADS, 2, 2, FEED, 0.0, "gelu" if pre else "relu", batch_first=True, norm_first=pre)
        self.transformer.encoder.enable_nested_tensor = False
        if shared:
            self.embedding = nn.Embedding(VOCABULARY, WIDTH)
            self.output = nn.Linear(WIDTH, VOCABULARY)
            self.output.weight = self.embedding.weight
        else:
            self.source_embedding, self.target_embedding = nn.Embedding(SOURCE, WIDTH), nn.Embedding(TARGET, WIDTH)
            self.output = nn.Linear(WIDTH, TARGET)

    def embed(self, table, ids):
        x = table(ids)
        return x * math.sqrt(WIDTH) + positions(ids.shape[1], WIDTH).to(x.dtype)

    def forward(self, source, target):
        reads, writes = (self.embedding, self.embedding) if self.shared else (self.source_embedding, self.target_embedding)
        hidden = source == 0
        memory = self.transformer.encoder(self.embed(reads, source), src_key_padding_mask=hidden)
        later = torch.ones(target.shape[1], target.shape[1], dtype=torch.bool).triu(1)
        states = self.transformer.decoder(self.embed(writes, target), memory, tgt_mask=later, tgt_key_padding_mask=target == 0, memory_key_padding_mask=hidden)
        return self.output(states), {"memory": memory, "positions": positions(source.shape[1], WIDTH).float()}


class SequenceToSequence(nn.Module):
    def __init__(self, embedding=6, units=8):
        super().__init__()
        self.source_embedding, self.target_embedding = nn.Embedding(SOURCE, embedding), nn.Embedding(TARGET, embedding)
        self.encoder, self.decoder = (nn.LSTM(embedding, units, batch_first=True) for _ in range(2))
        self.combine = nn.Linear(2 * units, units, bias=False)
        self.output = nn.Linear(units, TARGET)

    def forward(self, source, target):
        packed = pack_padded_sequence(self.source_embedding(source), (source != 0).sum(1), batch_first=True, enforce_sorted=False)
        memory, state = self.encoder(packed)
        memory, _ = pad_packed_sequence(memory, batch_first=True, total_length=source.shape[1])
        states, _ = self.decoder(self.target_embedding(target), state)
        scores = (states @ memory.transpose(1, 2)).masked_fill((source == 0)[:, None], float("-inf"))
        attention = scores.softmax(-1)
        return self.output(torch.tanh(self.combine(torch.cat([attention @ memory, states], dim=2)))), {"attention": attention, "memory": memory}


def forward(smoothing):
    def run(model, inputs, targets):
        logits, others = model(inputs["source"].long(), inputs["target"].long())
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten().long(), ignore_index=0, label_smoothing=smoothing), {"logits": logits, **others}

    return run


def batch(sources, targets):
    source, target, answer = torch.zeros(3, 7, dtype=torch.int), torch.zeros(3, 6, dtype=torch.int), torch.zeros(3, 6, dtype=torch.int)
    for row, (read, said) in enumerate([(7, 5), (4, 2), (5, 4)]):
        ids = torch.randint(3, targets, (said,), dtype=torch.int)
        source[row, :read] = torch.randint(3, sources, (read,), dtype=torch.int)
        target[row, 0], target[row, 1 : said + 1] = 1, ids
        answer[row, :said], answer[row, said] = ids, 2
    return {"source": source, "target": target}, answer


def transformer(name, pre, shared):
    torch.manual_seed(3)
    inputs, targets = batch(VOCABULARY if shared else SOURCE, VOCABULARY if shared else TARGET)
    config = {"width": WIDTH, "heads": HEADS, "layers": 2, "feedForward": FEED, "normFirst": pre, "activation": "gelu" if pre else "relu", "eps": 1e-5, "shared": shared, "labelSmoothing": 0.1, "ignoreIndex": 0}
    adam = ("Adam", {"lr": 0.003, "betas": [0.9, 0.98], "eps": 1e-9})
    return model_case(name, config, stir(Transformer(pre, shared), 0.25), forward(0.1), inputs, targets, [adam])


def recurrent():
    torch.manual_seed(4)
    inputs, targets = batch(SOURCE, TARGET)
    config = {"embedding": 6, "units": 8, "attention": "dot", "ignoreIndex": 0}
    adam = ("Adam", {"lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-8})
    return model_case("luong", config, stir(SequenceToSequence()), forward(0.0), inputs, targets, [adam])


if __name__ == "__main__":
    write("transformer", [transformer("post", False, True), transformer("pre", True, False)])
    write("seq2seq", [recurrent()])
