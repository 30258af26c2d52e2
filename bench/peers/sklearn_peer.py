# Peer: scikit-learn. Vectorises and fits on the train part of a file, scores on its dev part. Prints one JSON line.
# Install: pip install scikit-learn==1.9.1
#   python sklearn_peer.py FILE.json          {"language", "train", "trainLabels", "dev", "devLabels"}
#   python sklearn_peer.py --split FILE.json  rows of a stratified fifth, seed 0, of {"labels"}
import json, sys, time
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_union
from sklearn.svm import LinearSVC


def vectoriser(language):
    if language == "zh":
        return TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    return make_union(words, TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True))


def measure(data):
    begin = time.perf_counter()
    made = vectoriser(data["language"])
    x = made.fit_transform(data["train"])
    middle = time.perf_counter()
    model = LinearSVC().fit(x, data["trainLabels"])
    end = time.perf_counter()
    found = model.predict(made.transform(data["dev"]))
    return {
        "peer": "scikit-learn",
        "version": sklearn.__version__,
        "columns": x.shape[1],
        "vectoriseSeconds": middle - begin,
        "modelSeconds": end - middle,
        "fitSeconds": end - begin,
        "accuracy": accuracy_score(data["devLabels"], found),
        "macroF1": f1_score(data["devLabels"], found, average="macro"),
    }


if sys.argv[1] == "--split":
    labels = json.load(open(sys.argv[2], encoding="utf-8"))["labels"]
    print(json.dumps(train_test_split(range(len(labels)), test_size=0.2, random_state=0, stratify=labels)[1]))
else:
    print(json.dumps(measure(json.load(open(sys.argv[1], encoding="utf-8")))))
