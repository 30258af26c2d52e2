# Peer: CRFsuite through python-crfsuite (what sklearn-crfsuite calls). Prints one JSON line: seconds to fit, tags of the dev part.
# Install: pip install python-crfsuite
import json, os, sys, tempfile, time
import pycrfsuite

data = json.load(open(sys.argv[1], encoding="utf-8"))
begin = time.perf_counter()
trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
for row in data["train"]:
    trainer.append(row["features"], row["labels"])
trainer.set_params({"c1": 0.0, "c2": data["c2"], "max_iterations": 200})
path = os.path.join(tempfile.mkdtemp(), "model")
trainer.train(path)
end = time.perf_counter()
tagger = pycrfsuite.Tagger()
tagger.open(path)
print(json.dumps({"peer": "crfsuite", "fitSeconds": end - begin, "tags": [tagger.tag(row) for row in data["dev"]]}))
