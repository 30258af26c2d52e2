# Tiny random encoders and what transformers makes of a few rows with them: python test/parity/generate/encoders.py
# pip install torch transformers==5.24.0 safetensors.
import json
from pathlib import Path
import torch
from safetensors.torch import save_file
from transformers import (
    BertConfig, BertForMaskedLM, BertForSequenceClassification, DistilBertConfig, DistilBertForQuestionAnswering,
    RobertaConfig, RobertaForTokenClassification, XLMRobertaConfig, XLMRobertaForSequenceClassification,
)

folder = Path(__file__).parents[1] / "fixtures/encoders"
sizes = dict(vocab_size=40, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=48, max_position_embeddings=24)
rows = [[2, 7, 11, 39, 3], [2, 5, 3], [2, 9, 8, 7, 6, 5, 4, 12, 13, 14, 3]]


def saved(name, model, trunk, with_types=False):
    torch.manual_seed(len(name))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    model.eval()
    answers = []
    for row in rows:
        ids = torch.tensor([row])
        types = torch.tensor([[0] * (len(row) // 2) + [1] * (len(row) - len(row) // 2)])
        given = dict(input_ids=ids, token_type_ids=types) if with_types else dict(input_ids=ids)
        with torch.no_grad():
            hidden = getattr(model, trunk)(**given).last_hidden_state[0]
            out = model(**given)
        logits = torch.stack([out.start_logits[0], out.end_logits[0]], -1) if hasattr(out, "start_logits") else out.logits[0]
        answers.append(dict(ids=row, types=types[0].tolist() if with_types else [0] * len(row), hidden=hidden.flatten().tolist(), logits=logits.flatten().tolist()))
    kept = {key: value.contiguous() for key, value in model.state_dict().items() if key not in ("cls.predictions.decoder.weight", "cls.predictions.decoder.bias", "lm_head.decoder.weight", "lm_head.decoder.bias")}
    save_file(kept, folder / f"{name}.safetensors")
    config = {key: value for key, value in model.config.to_dict().items() if value is not None and key not in ("transformers_version", "_name_or_path")}
    (folder / f"{name}.json").write_text(json.dumps(dict(config=config, rows=json.loads(json.dumps(answers), parse_float=lambda x: round(float(x), 6))), separators=(",", ":")) + "\n")


folder.mkdir(exist_ok=True)
saved("bert-classes", BertForSequenceClassification(BertConfig(**sizes, num_labels=3)), "bert", True)
saved("bert-words", BertForMaskedLM(BertConfig(**sizes)), "bert", True)
saved("roberta-tokens", RobertaForTokenClassification(RobertaConfig(**sizes, type_vocab_size=1, num_labels=5)), "roberta")
saved("xlm-roberta-classes", XLMRobertaForSequenceClassification(XLMRobertaConfig(**sizes, type_vocab_size=1, num_labels=2)), "roberta")
distil = dict(vocab_size=40, dim=32, n_layers=2, n_heads=2, hidden_dim=48, max_position_embeddings=24)
saved("distilbert-answers", DistilBertForQuestionAnswering(DistilBertConfig(**distil)), "distilbert")
