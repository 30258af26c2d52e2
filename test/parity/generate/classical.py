"""Right answers of scikit-learn's classical models on small matrices drawn by seed.

    python classical.py > ../fixtures/classical.json

Values are multiples of 1/8, so that single precision holds them. Needs scikit-learn. Not run by the tests.
"""

import json
import sys

import numpy as np
import sklearn
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import BernoulliNB, ComplementNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

RNG = np.random.default_rng(7)


def data(rows, columns, labels):
    y = np.array([labels[i % len(labels)] if i < 2 * len(labels) else labels[min(int(RNG.integers(0, 2 * len(labels))), len(labels) - 1)] for i in range(rows)])
    means = {label: RNG.random(columns) ** 4 for label in labels}
    x = np.array([(RNG.random(columns) < means[label] + 0.1) * RNG.integers(1, 12, columns) / 8 for label in y])
    return x, y


def plain(value):
    return [[float(f"{v:.13g}") for v in row] for row in np.atleast_2d(value)]


def matrix(x):
    m = csr_matrix(x)
    return {"rows": m.shape[0], "columns": m.shape[1], "starts": m.indptr.tolist(), "indices": m.indices.tolist(), "values": m.data.tolist()}


def linear(model, x, y, test):
    model.fit(x, y)
    return {"coefficients": plain(model.coef_), "intercepts": plain(model.intercept_)[0], "predicted": model.predict(test).tolist()}


def case(name, labels):
    x, y = data(70, 24, labels)
    test, _ = data(30, 24, labels)
    sx, st = csr_matrix(x), csr_matrix(test)
    made = {"name": name, "x": matrix(x), "y": y.tolist(), "test": matrix(test), "bayes": [], "svm": [], "logistic": [], "neighbours": []}
    for kind, options in [(MultinomialNB, {}), (MultinomialNB, {"alpha": 0.3, "fit_prior": False}), (ComplementNB, {}), (ComplementNB, {"norm": True, "alpha": 2}), (BernoulliNB, {}), (BernoulliNB, {"binarize": 0.5, "alpha": 0.1})]:
        model = kind(**options).fit(sx, y)
        made["bayes"].append({"kind": kind.__name__, "options": options, "probabilities": plain(model.predict_proba(st)), "predicted": model.predict(st).tolist()})
    for options in [{}, {"C": 0.1, "class_weight": "balanced"}, {"C": 3, "intercept_scaling": 2.5}, {"fit_intercept": False}]:
        model = LinearSVC(tol=1e-9, max_iter=10_000_000, dual=True, **options)
        made["svm"].append({"options": options, **linear(model, sx, y, st)})
    for options in [{}, {"C": 20}, {"C": 0.2, "class_weight": "balanced"}, {"fit_intercept": False}]:
        model = LogisticRegression(tol=1e-10, max_iter=100_000, **options)
        made["logistic"].append({"options": options, **linear(model, sx, y, st), "probabilities": plain(model.predict_proba(st))})
    for metric in ["euclidean", "cosine"]:
        for weights in ["uniform", "distance"]:
            model = KNeighborsClassifier(n_neighbors=5, metric=metric, weights=weights, algorithm="brute").fit(sx, y)
            made["neighbours"].append({"metric": metric, "weights": weights, "probabilities": plain(model.predict_proba(st))})
    start = x[[0, 1, 2]]
    found = KMeans(n_clusters=3, init=start, n_init=1, tol=0, algorithm="lloyd").fit(sx)
    made["kmeans"] = {"start": [0, 1, 2], "labels": found.labels_.tolist(), "inertia": float(found.inertia_), "centres": plain(found.cluster_centers_)}
    return made


json.dump({"scikit-learn": sklearn.__version__, "cases": [case("two classes", ["ham", "spam"]), case("four classes", [1, 2, 5, 10])]}, sys.stdout, separators=(",", ":"))
print()
