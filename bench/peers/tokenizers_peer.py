# One process of bench/tokenize.mjs: the tokenizers library on the same pieces, one thread. pip install tokenizers==0.23.3
import json, os, re, sys, time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
from tokenizers import ByteLevelBPETokenizer, BertWordPieceTokenizer

kind, folder, path = sys.argv[1:4]
text = open(path, encoding="utf8", newline="").read()
pieces = re.findall(r"[\s\S]{1,4000}(?:\n|$)|[\s\S]{4000}", text)
if kind == "bpe":
    tokenizer = ByteLevelBPETokenizer(f"{folder}/vocab.json", f"{folder}/merges.txt")
else:
    tokenizer = BertWordPieceTokenizer(f"{folder}/vocab.txt", lowercase=True)


def run():
    begin = time.perf_counter()
    ids = 0
    for piece in pieces:
        ids += len(tokenizer.encode(piece, add_special_tokens=False).ids)
    return time.perf_counter() - begin, ids


passes = [run() for _ in range(3)]
size = sum(len(piece.encode()) for piece in pieces)
print(json.dumps(dict(bytes=size, ids=passes[0][1], first=passes[0][0], later=min(passes[1][0], passes[2][0]))))
