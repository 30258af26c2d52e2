"""Right answers of intervals and paired tests: NumPy, SciPy 1.17.1, sacrebleu 2.6.0, on the same Philox draws.

python metrics_significance.py > ../fixtures/metrics-significance.json
"""
import json
import math
import random
import sys
import types

import numpy as np
from sacrebleu.metrics import BLEU
from sacrebleu.significance import PairedTest
from scipy import stats

rng = random.Random(17)
MASK = 0xFFFFFFFF


def philox(counter, key):
    a, b, c, d = counter
    k0, k1 = key
    for _ in range(10):
        p0, p1 = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (p1 >> 32) ^ b ^ k0, p1 & MASK, (p0 >> 32) ^ d ^ k1, p0 & MASK
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return a, b


def uniform(seed, step, operation, element):
    high, low = philox((element, 0, step, operation), (seed & MASK, seed >> 32))
    return (high >> 5) * 2**-27 + (low >> 6) * 2**-53


def drawn(n, seed, step):
    return [math.floor(uniform(seed, step, 0x6D01, i) * n) for i in range(n)]


def swapped(n, seed, trial):
    return [uniform(seed, trial, 0x6D02, i) < 0.5 for i in range(n)]


def interval(rows, seed, resamples, confidence):
    data = np.array(rows)
    scores = np.array([data[drawn(len(rows), seed, i)].mean() for i in range(resamples)])
    tail = (1 - confidence) / 2
    kept = types.SimpleNamespace(bootstrap_distribution=scores)
    bca = stats.bootstrap((data,), np.mean, n_resamples=0, bootstrap_result=kept, confidence_level=confidence, method="BCa")
    return {
        "rows": rows,
        "seed": seed,
        "resamples": resamples,
        "confidence": confidence,
        "scores": list(scores[:5]),
        "percentile": list(np.percentile(scores, [100 * tail, 100 * (1 - tail)])),
        "bca": [bca.confidence_interval.low, bca.confidence_interval.high],
        "standardError": float(np.std(scores, ddof=1)),
    }


def paired(first, second, seed, resamples):
    a, b = np.array(first), np.array(second)
    real = b.mean() - a.mean()
    picks = [drawn(len(a), seed, i) for i in range(resamples)]
    differences = np.array([b[one].mean() - a[one].mean() for one in picks])
    swaps = [np.array(swapped(len(a), seed, i)) for i in range(resamples)]
    exchanged = np.array([np.where(one, a, b).mean() - np.where(one, b, a).mean() for one in swaps])
    return {
        "first": first,
        "second": second,
        "seed": seed,
        "resamples": resamples,
        "bootstrap": (int(np.sum(np.abs(differences - real) >= abs(real) - 1e-12)) + 1) / (resamples + 1),
        "ends": list(np.percentile(differences, [2.5, 97.5])),
        "better": float(np.mean((differences > 0) + 0.5 * (differences == 0))),
        "randomization": (int(np.sum(np.abs(exchanged) >= abs(real) - 1e-12)) + 1) / (resamples + 1),
    }


def translations():
    words = "the a cat dog sat on mat ran to of in house big red".split()
    references = [[rng.choice(words) for _ in range(12)] for _ in range(60)]
    spoilt = lambda share: [" ".join(w if rng.random() > share else rng.choice(words) for w in one) for one in references]
    first, second, references = spoilt(0.25), spoilt(0.21), [" ".join(one) for one in references]
    _, scores = PairedTest([("a", first), ("b", second)], {"BLEU": BLEU()}, [references], test_type="ar", n_samples=10000)()
    return {"first": first, "second": second, "references": references, "randomization": scores["BLEU"][1].p_value}


def mcnemars():
    for b, c in ((0, 3), (5, 5), (10, 2), (30, 12), (400, 350), (0, 1), (900, 100)):
        chi = max(0, abs(b - c) - 1) ** 2 / (b + c)
        yield {"onlyFirst": b, "onlySecond": c, "exact": stats.binomtest(b, b + c, 0.5).pvalue, "chi": stats.chi2.sf(chi, 1)}


skewed = [round(math.exp(rng.gauss(0, 1)), 3) for _ in range(40)]
right = [int(rng.random() < 0.8) for _ in range(60)]
json.dump(
    {
        "intervals": [interval(skewed, 7, 400, 0.95), interval(right, 2**40 + 3, 300, 0.9), interval([1, 2, 4], 0, 200, 0.95)],
        "paired": [
            paired(right, [int(rng.random() < 0.9) for _ in right], 5, 500),
            paired([rng.gauss(0, 1) for _ in range(30)], [rng.gauss(0.4, 1) for _ in range(30)], 6, 500),
        ],
        "translations": translations(),
        "mcnemar": list(mcnemars()),
    },
    sys.stdout,
    separators=(",", ":"),
)
