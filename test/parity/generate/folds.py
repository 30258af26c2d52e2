"""Folds and class weights as scikit-learn gives them, on labels drawn by seed.

    python folds.py > ../fixtures/folds.json

Needs scikit-learn. Not run by the tests.
"""

import json
import random

import numpy as np
import sklearn
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold
from sklearn.utils.class_weight import compute_class_weight


def assignment(splitter, rows, *args):
    fold = [0] * rows
    for number, (_, test) in enumerate(splitter.split(np.zeros(rows), *args)):
        for row in test:
            fold[row] = number
    return fold


def case(seed):
    chance = random.Random(seed)
    rows = chance.randint(12, 90)
    folds = chance.randint(2, 6)
    names = chance.choice([["ham", "spam"], ["好", "坏", "a", "Z", "\U00010348", "\ufb01"], [10, 9, -1, 2], ["x"]])
    weights = [chance.random() ** 2 + 0.05 for _ in names]
    labels = chance.choices(names, weights, k=rows)
    groups = chance.choices([f"g{i}" for i in range(chance.randint(folds, 15))], k=rows - folds) + [f"g{i}" for i in range(folds)]
    y = np.array(labels)
    classes = np.unique(y)
    return {
        "folds": folds,
        "labels": labels,
        "groups": groups,
        "k": assignment(KFold(folds), rows),
        "stratified": assignment(StratifiedKFold(folds), rows, y),
        "grouped": assignment(GroupKFold(folds), rows, None, np.array(groups)),
        "classes": classes.tolist(),
        "weights": compute_class_weight("balanced", classes=classes, y=y).tolist(),
    }


cases = ",\n".join("    " + json.dumps(case(seed), ensure_ascii=False) for seed in range(40))
print(f'{{\n  "generator": "test/parity/generate/folds.py",\n  "sklearn": "{sklearn.__version__}",\n  "cases": [\n{cases}\n  ]\n}}')
