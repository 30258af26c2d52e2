"""Right answers of scikit-learn's vectorisers, and of its linear models and naive Bayes on what they give.

    python vectorisers.py SHARED > ../fixtures/vectorisers.json

SHARED is the folder with data/. The texts are in the public domain: US inaugural addresses, Dream of the Red Chamber; the odd ones are made up here.
Needs scikit-learn. Not run by the tests.
"""

import json
import os
import re
import sys

import sklearn
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.pipeline import FeatureUnion

ODD = [
    "", " ", "a", "\t\n", "I'm 42 — naïve café, ΟΔΥΣΣΕΥΣ!  two  spaces\nand\tone", "x_y __ 3.14 ½ ² Ⅷ 五六 १२३",
    "e\u0301clair \u00a0nbsp\u2028line\x1csep\x85nel", "emoji 😀😀 👨‍👩‍👧 flags 🇨🇳", "İstanbul ǅ ß STRASSE", "zero\u200bwidth \ufeffbom nul\x00nul",
]


def english(shared):
    folder = os.path.join(shared, "data/language-modelling/inaugural")
    for name in sorted(os.listdir(folder))[:24]:
        text = open(os.path.join(folder, name), encoding="utf-8").read()
        yield re.sub(r"\s+", " ", text)[60:150]


def chinese(shared):
    folder = os.path.join(shared, "data/language-modelling/hongloumeng-zh")
    text = open(os.path.join(folder, sorted(os.listdir(folder))[0]), encoding="utf-8").read()
    return [text[i : i + 28] for i in range(100, 100 + 24 * 400, 400)]


def rows(x):
    x = x.tocsr()
    x.sort_indices()
    return {"columns": x.shape[1], "starts": x.indptr.tolist(), "indices": x.indices.tolist(), "values": [float(f"{v:.12g}") for v in x.data]}


def python_names(options):
    names = {re.sub(r"[A-Z]", lambda m: "_" + m[0].lower(), key): value for key, value in options.items()}
    if "ngram_range" in names:
        names["ngram_range"] = tuple(names["ngram_range"])
    return names


CLASSES = {"CountVectorizer": CountVectorizer, "TfidfVectorizer": TfidfVectorizer, "HashingVectorizer": HashingVectorizer}

CASES = [
    ("CountVectorizer", "english", {}),
    ("CountVectorizer", "odd", {"tokenPattern": r"(?u)\b\w+\b", "ngramRange": [1, 2]}),
    ("CountVectorizer", "odd", {"analyzer": "char", "ngramRange": [1, 3]}),
    ("CountVectorizer", "odd", {"analyzer": "char_wb", "ngramRange": [1, 5], "lowercase": False}),
    ("CountVectorizer", "english", {"stopWords": ["of", "the", "and", "to"], "ngramRange": [2, 3], "minDf": 2}),
    ("CountVectorizer", "english", {"minDf": 0.1, "maxDf": 0.5, "binary": True}),
    ("CountVectorizer", "chinese", {"analyzer": "char", "ngramRange": [1, 2], "maxFeatures": 1}),
    ("CountVectorizer", "english", {"tokenPattern": r"(?u)(\w)\w*", "lowercase": False}),
    ("CountVectorizer", "english", {"vocabulary": ["people", "the", "nation", "absent"]}),
    ("TfidfVectorizer", "english", {}),
    ("TfidfVectorizer", "english", {"ngramRange": [1, 2], "sublinearTf": True, "minDf": 2}),
    ("TfidfVectorizer", "english", {"analyzer": "char_wb", "ngramRange": [3, 4], "minDf": 3, "norm": "l1"}),
    ("TfidfVectorizer", "chinese", {"analyzer": "char", "ngramRange": [1, 2], "smoothIdf": False}),
    ("TfidfVectorizer", "chinese", {"analyzer": "char", "useIdf": False, "norm": None, "sublinearTf": True}),
    ("HashingVectorizer", "odd", {"nFeatures": 64}),
    ("HashingVectorizer", "english", {"ngramRange": [1, 2], "nFeatures": 1048576}),
    ("HashingVectorizer", "chinese", {"analyzer": "char", "ngramRange": [1, 3], "alternateSign": False, "norm": "l1", "nFeatures": 1000}),
    ("HashingVectorizer", "chinese", {"analyzer": "char", "binary": True, "norm": None, "nFeatures": 50}),
]


def main(shared):
    texts = {"english": list(english(shared)), "chinese": list(chinese(shared)), "odd": ODD}
    cases = []
    for kind, which, options in CASES:
        made = CLASSES[kind](**python_names(options))
        case = {"kind": kind, "texts": which, "options": options}
        half = texts[which][: len(texts[which]) // 2]
        case["fitted"] = rows(made.fit_transform(texts[which]))
        case["transformed"] = rows(made.fit(half).transform(texts[which])) if kind != "HashingVectorizer" else None
        made.fit(texts[which])
        if kind != "HashingVectorizer":
            case["names"] = made.get_feature_names_out().tolist()
        if kind == "TfidfVectorizer" and options.get("useIdf", True):
            case["idf"] = [float(f"{v:.12g}") for v in made.idf_]
        cases.append(case)
    both = FeatureUnion([("words", CountVectorizer(min_df=3)), ("characters", TfidfVectorizer(analyzer="char", min_df=12))])
    union = {"fitted": rows(both.fit_transform(texts["english"])), "names": both.get_feature_names_out().tolist()}
    json.dump({"scikit-learn": sklearn.__version__, "texts": texts, "cases": cases, "union": union}, sys.stdout, ensure_ascii=True, separators=(",", ":"))
    print()


main(sys.argv[1])
