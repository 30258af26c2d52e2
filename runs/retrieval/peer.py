"""python runs/retrieval/peer.py OUT MINILM RERANKER: the same measures by sentence-transformers, rank-bm25 and ONNX Runtime. MINILM: a folder with config.json, model.safetensors and tokenizer.json;
RERANKER: one with model.onnx and tokenizer.json."""

import json
import math
import re
import sys
import time

import numpy as np
import onnxruntime
import torch
from rank_bm25 import BM25Okapi
from sentence_transformers import SentenceTransformer, models
from tokenizers import Tokenizer

out, minilm, reranker = sys.argv[1:4]
torch.set_num_threads(2)
data = json.load(open(f"{out}/cranfield.json", encoding="utf-8"))
texts, queries, fusion = data["texts"], data["queries"], data["fusion"]
terms = lambda text: re.findall(r"[a-z0-9]+", text.lower())


def ndcg(ranks):
    total = 0
    for query, ranked in zip(queries, ranks):
        gains = {id: gain for id, gain in query["gains"]}
        discounted = lambda all: sum(gain / math.log2(i + 2) for i, gain in enumerate(all))
        total += discounted([gains.get(id, 0) for id in ranked[:10]]) / discounted(sorted(gains.values(), reverse=True)[:10])
    return round(total / len(queries), 4)


def falling(scores):
    return np.argsort(-np.asarray(scores), kind="stable").tolist()


def bm25(**options):
    index = BM25Okapi([terms(text) for text in texts], **options)
    return [falling(index.get_scores(terms(query["text"]))) for query in queries]


by_terms, as_ours = bm25(), bm25(k1=1.2, b=0.75)
part = models.Transformer(minilm, max_seq_length=256)
model = SentenceTransformer(modules=[part, models.Pooling(part.get_embedding_dimension(), "mean"), models.Normalize()], device="cpu")
began = time.perf_counter()
vectors = model.encode(texts, batch_size=32, show_progress_bar=False)
seconds = time.perf_counter() - began
asked = model.encode([query["text"] for query in queries], show_progress_bar=False)
by_vectors = [falling(row) for row in asked @ vectors.T]


def fuse(*sides):
    fused = []
    for ranks in zip(*sides):
        scores = {}
        for ranked in ranks:
            for at, id in enumerate(ranked[: fusion["depth"]]):
                scores[id] = scores.get(id, 0) + 1 / (fusion["constant"] + at + 1)
        fused.append(sorted(scores, key=lambda id: (-scores[id], id)))
    return fused


fused = fuse(as_ours, by_vectors)
tokenizer = Tokenizer.from_file(f"{reranker}/tokenizer.json")
tokenizer.enable_padding()
tokenizer.enable_truncation(512, strategy="only_second")
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 2
session = onnxruntime.InferenceSession(f"{reranker}/model.onnx", options, providers=["CPUExecutionProvider"])
names = {each.name for each in session.get_inputs()}
reranked = []
for query, ranked in zip(queries, fused):
    best = ranked[: fusion["reranked"]]
    scores = []
    for at in range(0, len(best), 10):
        pairs = tokenizer.encode_batch([(query["text"], texts[id]) for id in best[at : at + 10]])
        given = {"input_ids": [p.ids for p in pairs], "attention_mask": [p.attention_mask for p in pairs], "token_type_ids": [p.type_ids for p in pairs]}
        logits = session.run(None, {name: np.array(value, dtype=np.int64) for name, value in given.items() if name in names})[0]
        scores.extend(logits.reshape(len(pairs), -1)[:, -1])
    reranked.append([best[i] for i in falling(scores)])
print(json.dumps({"secondsOfVectors": seconds, "bm25": ndcg(by_terms), "bm25AsOurs": ndcg(as_ours), "vectors": ndcg(by_vectors), "fused": ndcg(fused), "reranked": ndcg(reranked)}))
