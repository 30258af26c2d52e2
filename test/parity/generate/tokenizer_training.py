"""What Hugging Face's trainers learn from a text of four kinds: test/parity/fixtures/tokenizer-training.json.

python3 -m pip install tokenizers==0.23.3; python3 test/parity/generate/tokenizer_training.py
WordPiece's ids depend there on the order of a hash map: its vocabularies of eight processes are kept as what all have and what any has.
"""

import json
import subprocess
import sys
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
MIXED = (
    "砚台要先洗净，墨要慢慢磨。磨墨的人心要静，写字的人手要稳。纸上的墨还没有干，窗外的雨已经停了。\n" * 3
    + "for (let i = 0; i < words.length; i++) total += count(words[i]); // 合计\n" * 4
    + "def count(word):\n    return len(word) if word else 0\n" * 4
    + "🙂🙃 naïve café 🐉🐉 el niño; Straße, Ärger, Übung — “quoted” ‘words’ … 100,000 and 3.14159\n" * 3
)


def text() -> str:
    return (FIXTURES / "public-domain.txt").read_text(encoding="utf-8") + MIXED


def byte_level(size: int) -> Tokenizer:
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=size, min_frequency=2, special_tokens=["<|endoftext|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    made.train_from_iterator([text()], trainer)
    return made


def characters(size: int) -> Tokenizer:
    made = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=size, min_frequency=2, special_tokens=["<unk>", "<s>", "</s>"], show_progress=False)
    made.train_from_iterator(text().splitlines(keepends=True), trainer)
    return made


def word_piece(size: int) -> Tokenizer:
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, min_frequency=2, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False
    )
    made.train_from_iterator([text()], trainer)
    return made


def merges(made: Tokenizer) -> list:
    return [[a, b] for a, b in json.loads(made.to_str())["model"]["merges"]]


def by_id(made: Tokenizer) -> list:
    return [token for token, _ in sorted(made.get_vocab().items(), key=lambda pair: pair[1])]


if len(sys.argv) > 1 and sys.argv[1] == "wordpiece":
    print(json.dumps(list(word_piece(700).get_vocab())))
    sys.exit()
runs = [set(json.loads(subprocess.run([sys.executable, __file__, "wordpiece"], capture_output=True, check=True).stdout)) for _ in range(8)]
bytes_made, characters_made = byte_level(700), characters(500)
sample = "The naïve café 砚台要静 for (let i = 0; i < 3; i++) 🐉"
fixture = {
    "text": MIXED,
    "sample": sample,
    "bytes": {"tokens": by_id(bytes_made), "merges": merges(bytes_made), "ids": bytes_made.encode(sample).ids},
    "characters": {"tokens": by_id(characters_made), "merges": merges(characters_made), "ids": characters_made.encode(sample).ids},
    "wordpiece": {"all": sorted(set.intersection(*runs)), "any": sorted(set.union(*runs))},
}
(FIXTURES / "tokenizer-training.json").write_text(json.dumps(fixture, ensure_ascii=False) + "\n", encoding="utf-8")
