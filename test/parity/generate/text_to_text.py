"""Tiny random Marian and T5 models of transformers and their answers: encoder rows, logits behind a forced text, greedy and beam search.

Run: python test/parity/generate/text_to_text.py (torch, transformers). Writes test/parity/fixtures/text-to-text/<name>/.
"""

import json
from pathlib import Path

import torch
from transformers import MarianConfig, MarianMTModel, T5Config, T5ForConditionalGeneration

OUT = Path(__file__).parent.parent / "fixtures" / "text-to-text"
SOURCES = [[5, 9, 11, 3, 17, 0], [7, 2, 0], [4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 1, 2, 3, 0]]


def spread(model):
    """Weights so far apart that the likeliest ids stand clear of the others."""
    with torch.no_grad():
        for name, value in model.named_parameters():
            if value.dim() > 1 and "embed_positions" not in name:
                value.normal_(0, 0.35)
            elif "bias" in name:
                value.normal_(0, 0.2)


def answers(model, end, start, sources):
    rows = []
    forced = [start, 6, 9, 2, 13]
    for source in sources:
        ids = torch.tensor([source])
        with torch.no_grad():
            encoded = model.get_encoder()(ids).last_hidden_state[0]
            logits = model(input_ids=ids, decoder_input_ids=torch.tensor([forced])).logits[0]
            kept = dict(max_new_tokens=10, do_sample=False, forced_eos_token_id=None, bad_words_ids=[[start]], renormalize_logits=True)
            greedy = model.generate(ids, num_beams=1, **kept)[0].tolist()[1:]
            beams = model.generate(ids, num_beams=4, num_return_sequences=2, length_penalty=0.7, return_dict_in_generate=True, output_scores=True, **kept)
        cut = lambda found: [i for i in found if i not in (start, end)] if end in found else found
        rows.append(
            {
                "source": source,
                "encoder_first": [round(v, 6) for v in encoded[0].tolist()],
                "encoder_last": [round(v, 6) for v in encoded[-1].tolist()],
                "forced": forced,
                "logits": [[round(v, 5) for v in row] for row in logits.tolist()],
                "greedy": cut(greedy),
                "beams": [{"ids": cut(found.tolist()[1:]), "score": round(score, 6)} for found, score in zip(beams.sequences, beams.sequences_scores.tolist())],
            }
        )
    return rows


def write(name, model, end, start, sources):
    spread(model)
    model.eval()
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    for extra in folder.glob("generation_config.json"):
        extra.unlink()
    (folder / "answers.json").write_text(json.dumps(answers(model, end, start, sources)) + "\n")


torch.manual_seed(7)
marian = MarianConfig(
    vocab_size=40, d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=2, encoder_ffn_dim=48, decoder_ffn_dim=64,
    max_position_embeddings=64, pad_token_id=39, eos_token_id=0, decoder_start_token_id=39, scale_embedding=True, activation_function="swish",
)  # fmt: skip
write("marian", MarianMTModel(marian), 0, 39, SOURCES)
for name, kind in (("t5", "relu"), ("t5-gated", "gated-gelu")):
    t5 = T5Config(
        vocab_size=40, d_model=32, d_kv=16, d_ff=48, num_layers=2, num_decoder_layers=2, num_heads=2, feed_forward_proj=kind, relative_attention_num_buckets=8,
        relative_attention_max_distance=20, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0,
    )  # fmt: skip
    write(name, T5ForConditionalGeneration(t5), 1, 0, [[i if i > 1 else 37 for i in source[:-1]] + [1] for source in SOURCES])
