"""Right answers of CRFsuite on sequences drawn by seed.

    python crf.py > ../fixtures/crf.json

Needs python-crfsuite. Not run by the tests.
"""

import json
import os
import random
import sys
import tempfile
from importlib.metadata import version

import pycrfsuite

RANDOM = random.Random(5)
WORDS = ["the", "gene", "BRCA1", "causes", "colon", "cancer", "in", "mice", "肿瘤", "of"]
LABELS = {"BRCA1": "B-gene", "gene": "I-gene", "colon": "B-disease", "cancer": "I-disease", "肿瘤": "B-disease"}


def sentence():
    words = [RANDOM.choice(WORDS) for _ in range(RANDOM.randint(1, 7))]
    labels = [LABELS.get(word, "O") if RANDOM.random() < 0.9 else RANDOM.choice(["O", "B-gene", "B-disease"]) for word in words]
    return words, labels


def features(words):
    return [[f"word={w}", f"before={words[i - 1] if i else ''}", f"after={words[i + 1] if i + 1 < len(words) else ''}", f"capital={w[0].isupper()}"] for i, w in enumerate(words)]


def train(data, test, parameters):
    trainer = pycrfsuite.Trainer(verbose=False)
    for words, labels in data:
        trainer.append(features(words), labels)
    trainer.set_params({"c1": 0.0, "max_iterations": 10000, "epsilon": 1e-9, "delta": 1e-12, **parameters})
    path = os.path.join(tempfile.mkdtemp(), "model")
    trainer.train(path)
    tagger = pycrfsuite.Tagger()
    tagger.open(path)
    info = tagger.info()
    found = {"parameters": parameters, "states": [[a, l, w] for (a, l), w in info.state_features.items()], "transitions": [[a, b, w] for (a, b), w in info.transitions.items()], "tags": [], "marginals": []}
    for words, _ in test:
        tagger.set(features(words))
        found["tags"].append(tagger.tag())
        found["marginals"].append([[round(tagger.marginal(label, t), 9) for label in sorted(tagger.labels())] for t in range(len(words))])
    return found


data, test = [sentence() for _ in range(40)], [sentence() for _ in range(12)]
cases = [train(data, test, p) for p in ({"c2": 0.5}, {"c2": 0.05, "feature.possible_transitions": True}, {"c2": 2.0, "feature.possible_states": True})]
plain = lambda rows: [{"features": features(words), "labels": labels} for words, labels in rows]
json.dump({"python-crfsuite": version("python-crfsuite"), "train": plain(data), "test": plain(test), "cases": cases}, sys.stdout, ensure_ascii=True, separators=(",", ":"))
print()
