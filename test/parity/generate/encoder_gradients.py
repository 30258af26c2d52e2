# Losses and gradients of the tiny encoders' heads by transformers: python test/parity/generate/encoder_gradients.py
# pip install torch transformers==5.24.0 safetensors. Reads the weights that encoders.py wrote.
import json
from pathlib import Path
import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertForMaskedLM, BertForSequenceClassification, RobertaConfig, RobertaForTokenClassification, DistilBertConfig, DistilBertForQuestionAnswering

folder = Path(__file__).parents[1] / "fixtures/encoders"
rows = [[2, 7, 11, 39, 3], [2, 5, 3], [2, 9, 8, 7, 6, 5, 4, 12, 13, 14, 3]]


def probes(model, prefix):
    wanted = [name for name, parameter in model.named_parameters() if parameter.grad is not None]
    return {name: [round(float(parameter.grad.norm()), 6), *[round(float(x), 6) for x in parameter.grad.flatten()[:3]]]
            for name, parameter in model.named_parameters() if name in wanted}


def made(name, cls, config_cls, losses):
    config = json.loads((folder / f"{name}.json").read_text())["config"]
    model = cls(config_cls(**config))
    model.load_state_dict(load_file(folder / f"{name}.safetensors"), strict=False)
    if hasattr(model, "tie_weights"):
        model.tie_weights()
    model.eval()
    total = losses(model)
    total.backward()
    return dict(loss=float(total), gradients=probes(model, name))


def classes(model):
    logits = torch.cat([model(input_ids=torch.tensor([row]), token_type_ids=torch.zeros(1, len(row), dtype=torch.long)).logits for row in rows])
    return torch.nn.functional.cross_entropy(logits, torch.tensor([2, 0, 1]), weight=torch.tensor([0.5, 1.0, 2.0]))


def tokens(model):
    logits = torch.cat([model(input_ids=torch.tensor([row])).logits[0][[1, 2 if len(row) > 3 else 1]] for row in rows])
    return torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1, 2, 2, 4, 3]))


def answers(model):
    found = [model(input_ids=torch.tensor([row])) for row in rows]
    spans = [(1, 3), (0, 0), (4, 6)]
    loss = [torch.nn.functional.cross_entropy(getattr(each, side)[0][None], torch.tensor([span[i]])) for each, span in zip(found, spans) for i, side in enumerate(["start_logits", "end_logits"])]
    return sum(loss) / 6


fixture = {
    "bert-classes": made("bert-classes", BertForSequenceClassification, BertConfig, classes),
    "roberta-tokens": made("roberta-tokens", RobertaForTokenClassification, RobertaConfig, tokens),
    "distilbert-answers": made("distilbert-answers", DistilBertForQuestionAnswering, DistilBertConfig, answers),
}
(folder / "gradients.json").write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
