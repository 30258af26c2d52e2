"""Right answers of scores of labels, probabilities, rankings and numbers: scikit-learn 1.9.1, SciPy 1.17.1, NumPy.

python metrics_labels.py > ../fixtures/metrics-labels.json
NaN and infinities are written as strings, which JavaScript's Number() reads.
"""
import json
import math
import random
import re
import sys
import warnings

import numpy as np
from scipy import stats
from sklearn import metrics as m
from sklearn.calibration import calibration_curve
from sklearn.preprocessing import label_binarize

warnings.filterwarnings("ignore")
rng = random.Random(5)


def plain(value):
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(one) for one in value]
    if isinstance(value, (float, np.floating)):
        value = float(value)
        return value if math.isfinite(value) else ("NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity")
    if isinstance(value, np.generic):
        return value.item()
    return value


def draw(names, n, right):
    truth = [rng.choice(names) for _ in range(n)]
    return truth, [one if rng.random() < right else rng.choice(names) for one in truth]


def label_cases():
    yield "three names", *draw(["ham", "spam", "ads"], 60, 0.6), {}
    yield "numbers, beyond ten", *draw([2, 10, -1, 3], 40, 0.5), {}
    yield "two classes", *draw([0, 1], 50, 0.7), {}
    yield "Chinese and an emoji, order of code points", *draw(["好", "差", "😀", "\uffe5", "中"], 50, 0.5), {}
    yield "a class that is never predicted", ["a", "a", "b", "c", "c"], ["a", "b", "b", "a", "b"], {}
    yield "a class that is never true", ["a", "a", "b", "b"], ["a", "c", "b", "c"], {}
    yield "one class only", ["a", "a", "a"], ["a", "a", "a"], {}
    yield "all wrong", ["a", "a", "b"], ["b", "b", "a"], {}
    yield "one row", ["a"], ["b"], {}
    yield "labels in another order, one absent", *draw(["ham", "spam"], 20, 0.7), {"labels": ["spam", "none", "ham"]}
    yield "some labels only", *draw(["O", "B", "I", "E"], 60, 0.7), {"only": ["B", "I"]}
    yield "some labels only, one absent", ["O", "B", "O"], ["O", "O", "B"], {"only": ["B", "X"]}
    yield "exact halves", ["a"] * 8 + ["b"] * 8, ["a"] + ["b"] * 7 + ["b"] * 5 + ["a"] * 3, {}
    yield "no label of those asked for", ["O", "O"], ["O", "O"], {"only": ["B"]}


def label_scores(truth, predicted, options):
    names = options.get("only") or options.get("labels")
    found = {}
    for zero in (0, 1, math.nan):
        for beta in (1, 0.5, 2):
            rows = m.precision_recall_fscore_support(truth, predicted, labels=names, beta=beta, zero_division=zero)
            averages = {
                kind: m.precision_recall_fscore_support(truth, predicted, labels=names, beta=beta, zero_division=zero, average=kind)[:3]
                for kind in ("micro", "macro", "weighted")
            }
            found[f"{zero} {beta}"] = {"classes": rows, "averages": averages}
    scores = {"prf": found}
    for name, digits in (("table", 2), ("table4", 4)):
        table = m.classification_report(truth, predicted, labels=names, zero_division=0, digits=digits)
        # Where nothing is right, scikit-learn's counts become fractions: "2.0" rows.
        scores[name] = re.sub(r"(\d+)\.0$", r"  \1", table, flags=re.MULTILINE)
    if "only" in options:
        return scores
    labels = options.get("labels")
    scores["accuracy"] = m.accuracy_score(truth, predicted)
    scores["balanced"] = m.balanced_accuracy_score(truth, predicted)
    scores["adjusted"] = m.balanced_accuracy_score(truth, predicted, adjusted=True)
    scores["matthews"] = m.matthews_corrcoef(truth, predicted)
    scores["confusion"] = m.confusion_matrix(truth, predicted, labels=labels)
    for how, name in (("true", "truth"), ("pred", "predicted"), ("all", "all")):
        scores[f"confusion {name}"] = m.confusion_matrix(truth, predicted, labels=labels, normalize=how)
    for weights in (None, "linear", "quadratic"):
        scores[f"kappa {weights or 'none'}"] = m.cohen_kappa_score(truth, predicted, labels=labels, weights=weights)
    return scores


def softmax(row):
    top = [math.exp(one) for one in row]
    return [one / sum(top) for one in top]


def curve_cases():
    truth = [rng.randrange(2) for _ in range(60)]
    yield "distinct scores", truth, [rng.gauss(one, 1) for one in truth]
    yield "many ties", truth, [round(rng.gauss(one, 1)) for one in truth]
    yield "all tied", [0, 1, 1, 0], [0.5, 0.5, 0.5, 0.5]
    yield "perfect", [0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4]
    yield "reversed", [0, 0, 1, 1], [4, 3, 2, 1]
    yield "no positive", [0, 0, 0], [0.1, 0.9, 0.4]
    yield "no negative", [1, 1, 1], [0.1, 0.9, 0.4]
    yield "one row", [1], [0.3]


def curves(truth, scores):
    found = {"auc": m.roc_auc_score(truth, scores) if len(set(truth)) > 1 else math.nan}
    for drop in (True, False):
        found[f"roc {drop}".lower()] = m.roc_curve(truth, scores, pos_label=1, drop_intermediate=drop)
        found[f"pr {drop}".lower()] = m.precision_recall_curve(truth, scores, pos_label=1, drop_intermediate=drop)
    found["ap"] = m.average_precision_score(truth, scores)
    return found


def row_cases():
    classes = ["a", "b", "c", "d"]
    truth = [rng.choice(classes) for _ in range(50)]
    rows = [softmax([rng.gauss(2 if one == name else 0, 1.5) for name in classes]) for one in truth]
    yield "four classes", classes, truth, rows
    yield "a class absent from the truth", classes, ["a", "b", "b", "a", "c"], rows[:5]
    yield "ties and certainties", ["a", "b", "c"], ["a", "b", "c", "a"], [[0.25, 0.25, 0.5], [1, 0, 0], [0.5, 0, 0.5], [0.5, 0.5, 0]]
    yield "two classes", ["no", "yes"], ["no", "yes", "yes", "no", "yes"], [[0.9, 0.1], [0.35, 0.65], [0.5, 0.5], [0.2, 0.8], [0, 1]]


def mean_bins(right, probabilities, bins):
    """Guo et al. 2017, equation 3, bins (a, b]."""
    edges = np.linspace(0, 1, bins + 1)
    p, y, error = np.array(probabilities), np.array(right, dtype=float), 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (p > low) & (p <= high) if low > 0 else (p >= low) & (p <= high)
        if inside.any():
            error += inside.mean() * abs(y[inside].mean() - p[inside].mean())
    return error


def row_scores(classes, truth, rows):
    y = np.array([[one == name for name in classes] for one in truth]).astype(int)
    p = np.array(rows)
    codes = [classes.index(one) for one in truth]
    auc = [m.roc_auc_score(y[:, j], p[:, j]) if 0 < y[:, j].sum() < len(y) else math.nan for j in range(len(classes))]
    known = [j for j in range(len(classes)) if y[:, j].sum() > 0]
    ap = [m.average_precision_score(y[:, j], p[:, j]) for j in range(len(classes))]
    found = {
        "auc": {
            "byClass": auc,
            "macro": np.mean(auc),
            "weighted": np.average([auc[j] for j in known], weights=[y[:, j].sum() for j in known]),
            "micro": m.roc_auc_score(y.ravel(), p.ravel()),
        },
        "ap": {
            "byClass": ap,
            "macro": np.mean(ap),
            "weighted": np.average([ap[j] for j in known], weights=[y[:, j].sum() for j in known]),
            "micro": m.average_precision_score(y.ravel(), p.ravel()),
        },
        "logLoss": m.log_loss(truth, y_proba=rows, labels=classes),
        "brier": m.brier_score_loss(truth, y_proba=rows, labels=classes),
        "ece": mean_bins(p.argmax(axis=1) == np.array(codes), p.max(axis=1), 10),
    }
    if len(classes) > 2:
        found["topK"] = [m.top_k_accuracy_score(codes, p, k=k, labels=range(len(classes))) for k in (1, 2, len(classes))]
        if not any(map(math.isnan, auc)):
            found["auc"]["macro"] = m.roc_auc_score(truth, p, multi_class="ovr", labels=classes)
            found["auc"]["weighted"] = m.roc_auc_score(truth, p, multi_class="ovr", labels=classes, average="weighted")
    return found


def calibration_cases():
    p = [rng.random() for _ in range(80)]
    yield "random", [int(rng.random() < one**1.5) for one in p], p
    edges = [i / 10 for i in range(11)] + [i * 0.1 for i in range(11)] + [0.30000000000000004, 0.1, 0.7000000000000001]
    yield "on the edges", [i % 2 for i in range(len(edges))], edges
    yield "few values", [0, 1, 0, 1, 1, 1], [0.2, 0.2, 0.2, 0.8, 0.8, 1.0]


def calibrations(truth, p):
    found = {"brier": m.brier_score_loss(truth, y_proba=p)}
    for strategy in ("uniform", "quantile"):
        for bins in (5, 10):
            right, mean = calibration_curve(truth, p, n_bins=bins, strategy=strategy)
            found[f"{strategy} {bins}"] = {"right": right, "mean": mean}
    found["ece"] = mean_bins(truth, p, 10)
    return found


def ranking_cases():
    for i in range(6):
        n = 12
        gains = [rng.choice([0, 0, 0, 1, 2, 3]) for _ in range(n)]
        gains[rng.randrange(n)] = 2
        scores = [rng.random() if i < 3 else rng.randrange(4) for _ in range(n)]
        order = sorted(range(n), key=lambda j: -scores[j])
        yield {
            "gains": gains,
            "scores": scores,
            "order": order,
            "ndcgTies": {k: m.ndcg_score([gains], [scores], k=k) for k in (1, 3, 12)},
            "ndcg": {k: m.ndcg_score([[gains[j] for j in order]], [[-j for j in range(n)]], k=k) for k in (1, 3, 12)},
            "ap": m.average_precision_score([int(gains[j] > 0) for j in order], [-j for j in range(n)]),
        }


def regression_cases():
    x = [rng.gauss(0, 3) for _ in range(30)]
    yield "random", x, [one + rng.gauss(0, 1) for one in x]
    yield "ties", [1, 2, 2, 3, 3, 3, 4], [2, 1, 1, 3, 4, 4, 4]
    yield "constant truth", [2, 2, 2], [1, 2, 3]
    yield "constant and right", [2, 2, 2], [2, 2, 2]
    yield "large offset", [1e8 + one for one in range(6)], [1e8 + one * one for one in range(6)]
    yield "two rows", [1, 2], [4, 3]


def regressions(truth, predicted):
    return {
        "mse": m.mean_squared_error(truth, predicted),
        "mae": m.mean_absolute_error(truth, predicted),
        "r2": m.r2_score(truth, predicted),
        "pearson": stats.pearsonr(truth, predicted)[0],
        "spearman": stats.spearmanr(truth, predicted)[0],
    }


fixture = {
    "labels": [
        {"name": name, "truth": truth, "predicted": predicted, "options": options, "scores": label_scores(truth, predicted, options)}
        for name, truth, predicted, options in label_cases()
    ],
    "curves": [{"name": name, "truth": truth, "scores": scores, "right": curves(truth, scores)} for name, truth, scores in curve_cases()],
    "rows": [
        {"name": name, "classes": classes, "truth": truth, "rows": rows, "right": row_scores(classes, truth, rows)}
        for name, classes, truth, rows in row_cases()
    ],
    "calibration": [{"name": name, "truth": truth, "p": p, "right": calibrations(truth, p)} for name, truth, p in calibration_cases()],
    "rankings": list(ranking_cases()),
    "regression": [{"name": name, "truth": truth, "predicted": predicted, "right": regressions(truth, predicted)} for name, truth, predicted in regression_cases()],
}
json.dump(plain(fixture), sys.stdout, ensure_ascii=False, separators=(",", ":"))
