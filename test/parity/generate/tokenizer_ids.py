# Right answers of the tokenizers and sentencepiece libraries for the vocabularies under ../shared: python test/parity/generate/tokenizer_ids.py
# pip install tokenizers==0.23.3 sentencepiece==0.2.3. The texts are this file's own.
import json
from pathlib import Path
import sentencepiece
from tokenizers import BertWordPieceTokenizer, Tokenizer

root = Path(__file__).parents[3]
data = root.parent / "shared/data/tokenizers"
TEXTS = [
    "", " ", "Hello", " Hello world", "Hello, world! It's 2024; isn't it?", "hello , world . ok ? yes ! don't they're n't",
    "The quick brown fox jumps over the lazy dog.", "  many   spaces  ", "tab\tand\nlines\r\n\r\nend", "naïve café Ångström ẞ ß",
    "e\u0301 q\u0323\u0307 A\u030a", "ΑΣ ΣΑΣ İstanbul ǅ", "ﬁ ﬂ ① ㎏ ｶﾞ ｈｅｌｌｏ　ｗｏｒｌｄ １２３", "你好，世界！今天天气不错。", "日本語のテキスト 한국어 텍스트",
    "Привет, мир! Γειά σου", "مرحبا بالعالم שלום", "😀😀 👍🏽 👩‍👩‍👧 🇨🇳", "a\u200bb\u00adc\ufeffd \ufffd", "▁x ▁▁y", "<extra_id_0> foo <extra_id_1>bar </s> x",
    "[MASK] is [CLS] not [SEP]", "x" * 120, "supercalifragilisticexpialidocious antidisestablishmentarianism", "http://example.com/a?b=c&d=%20#e",
    "for (let i = 0; i < 10; i++) { x += y[i] ** 2; }", "½ ²³ 10⁻⁹ ∑∏ ≤ ≥ € £", "\u0001\u0007 control \u007f", "𠮷野家 𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "MiXeD CaSe WORDS",
]


def answers(tokenizer):
    rows = []
    for text in TEXTS:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        rows.append({"ids": ids, "text": tokenizer.decode(ids, skip_special_tokens=False)})
    return rows


model = sentencepiece.SentencePieceProcessor(model_file=str(data / "sentencepiece/test_model.model"))
cased = str(data / "hf-files/bert-base-cased/vocab.txt")
found = {
    "texts": TEXTS,
    "t5": answers(Tokenizer.from_file(str(data / "hf-files/t5-small/tokenizer.json"))),
    "cased": answers(BertWordPieceTokenizer(cased, lowercase=False)),
    "lowercase": answers(BertWordPieceTokenizer(cased, lowercase=True)),
    "chinese": answers(BertWordPieceTokenizer(str(data / "hf-files/bert-base-chinese/vocab.txt"), lowercase=False)),
    "sentencepiece": [{"ids": model.encode(text), "text": model.decode(model.encode(text))} for text in TEXTS],
}
(root / "test/parity/fixtures/tokenizers.json").write_text(json.dumps(found, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf8")
