"""Right answers for words, stems, collocations and Chinese segmentation, from NLTK and jieba.

Run: python words.py SHARED_FOLDER (needs nltk==3.10.4 and jieba==0.42.1; no NLTK data package). Writes ../fixtures/words.json, stems.json, chinese-words.json.
Texts of sets that may not be copied are named by file and line; their answers are kept as the beginning of a SHA-256.
Texts that are kept: sentiment labelled sentences and SMS spam of the UCI repository (CC BY 4.0), Dream of the Red Chamber (public domain), and our own.
"""
import hashlib
import json
import random
import re
import sys
from pathlib import Path

import jieba
from nltk.collocations import BigramAssocMeasures, BigramCollocationFinder
from nltk.probability import FreqDist
from nltk.stem import PorterStemmer
from nltk.stem.snowball import SnowballStemmer
from nltk.text import ConcordanceIndex
from nltk.tokenize import word_tokenize

DATA = Path(sys.argv[1]) / "data"
OUT = Path(__file__).parent.parent / "fixtures"
EN = ["classification/tweeteval/irony/train_text.txt", "classification/tweeteval/emotion/train_text.txt", "classification/sst2/train.tsv",
      "classification/rt-polarity/train.pos.txt", "classification/uci-sentiment-sentences/imdb_labelled.train.txt",
      "classification/uci-sentiment-sentences/yelp_labelled.train.txt", "classification/sms-spam/train.tsv", "classification/ag-news/dev.csv",
      "language-modelling/wikitext-2/wiki.valid.tokens", "classification/trec-question/train.txt"]
ZH = ["classification/chnsenticorp/train.tsv", "classification/waimai-10k/train.csv", "classification/thucnews-titles/train.txt", "classification/cold-zh-offensive/train.csv"]
OPEN_EN = EN[4:7]
OPEN_ZH = ["language-modelling/hongloumeng-zh/train85.txt"]

HARD = [
    "Good muffins cost $3.88 (roughly 3,36 euros)\nin New York.  Please buy me\ntwo of them.\nThanks.", "They'll save and invest more.",
    'He said, "I can\'t." \'Tis what it is -- isn\'t it?', "“Smart” quotes, ‘single’ ones’ and «chevrons».", "I cannot, gimme, gonna, gotta, lemme, wanna go; d'ye? more'n that.",
    "e.g. U.S. and Ph.D. end.", "a...b .. c. ...", "``already'' quoted `x`", "x: y:1 z, 1,000 w,", "[a]{b}<c>(d)", "the 'quick' 'em 'twas 'S 's", "rock'n'roll o'clock y'all'd've",
    "50% & #tag @me * 2;3", "line ends:\n", "stop.) \n", 'He left."  ', "Wait?! No!!", "a—b – c ― d ‒ e", "\u3000wide\u00a0spaces\u2003here\u200b!", "北京, 你好。 OK.", "👍🏽 emoji 👨‍👩‍👧.",
    "NOT N'T DON'T I'LL WE'VE", "''", '""', '"', "'", " ", "", "don't.", "J. Smith's dogs' tails'", "٣,٤ १:२ x,y", "wan na wanna", "Cannot cannot CANNOT",
]
HARD_ZH = ["我爱😀北京天安门。", "小明硕士毕业于中国科学院计算所，后在日本京都大学深造", "GPT-4o 和 C++ 的价格是3.14%！ok?", "他来到了网易杭研大厦", "「台中」正确应该不会被切开", "\t空 格\r\n换行\n", "ＡＢＣ全角１２３",
           "👨‍👩‍👧一家三口去了故宫🏯", "100.5元/斤，买2斤", "", "!", "a", "我", "工信处女干事每月经过下属科室都要亲口交代24口交换机等技术性器件的安装工作", "永和服装饰品有限公司", "乒乓球拍卖完了", "姚明、李娜和café", "http://例子.cn/路径?x=1", "〇一二三", "ö與ü"]
DICTIONARY = "石墨烯材料 50 n\n深度学习框架\n云计算 n\n韩玉赏鉴 3 nz\n台中\n"
WITH_DICTIONARY = ["石墨烯材料的深度学习框架用于云计算", "李小福是创新办主任也是云计算方面的专家", "「台中」正确应该不会被切开", "一个韩玉赏鉴的深度学习框架"]


def lines(name):
    return (DATA / name).read_text(encoding="utf-8").split("\n")


def drawn(files, each, seed):
    rng = random.Random(seed)
    for name in files:
        found = [i for i, line in enumerate(lines(name)) if line.strip()]
        for i in sorted(rng.sample(found, each)):
            yield name, i, lines_of(name)[i]


CACHE = {}


def lines_of(name):
    return CACHE.setdefault(name, lines(name))


def digest(tokens):
    return hashlib.sha256("\x00".join(tokens).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def write(name, value):
    (OUT / name).write_text(json.dumps(value, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def english():
    texts = HARD + [text for _, _, text in drawn(OPEN_EN, 12, 7)]
    novel = (OUT / "public-domain.txt").read_text(encoding="utf-8")
    tokens = word_tokenize(novel, preserve_line=True)
    finder = BigramCollocationFinder.from_words(tokens)
    wide = BigramCollocationFinder.from_words(tokens, window_size=4)
    wide.apply_freq_filter(2)
    measures = BigramAssocMeasures
    ranked = {name: [[*pair, score] for pair, score in found[:30]] for name, found in {
        "pmi": finder.score_ngrams(measures.pmi), "likelihoodRatio": finder.score_ngrams(measures.likelihood_ratio), "studentT": finder.score_ngrams(measures.student_t),
        "chiSquared": finder.score_ngrams(measures.chi_sq), "rawFrequency": finder.score_ngrams(measures.raw_freq), "window4": wide.score_ngrams(measures.likelihood_ratio)}.items()}
    counts = FreqDist(tokens)
    index = ConcordanceIndex(tokens, key=lambda s: s.lower())
    write("words.json", {
        "tokens": [[text, word_tokenize(text, preserve_line=True)] for text in texts],
        "drawn": [[name, i, digest(word_tokenize(text, preserve_line=True))] for name, i, text in drawn(EN, 100, 11)],
        "collocations": ranked,
        "frequencies": {"total": counts.N(), "size": counts.B(), "common": counts.most_common(20), "hapaxes": len(counts.hapaxes())},
        "concordance": [[word, [line.line for line in index.find_concordance(word)]] for word in ["the", "It"]],
    })


def vocabulary(name):
    return re.findall(r"[a-z]+(?:['’][a-z]+)*", (DATA / name).read_text(encoding="utf-8").lower())


def stems():
    sources = ["language-modelling/tinyshakespeare/input_train90.txt"] + sorted(str(p.relative_to(DATA)) for p in (DATA / "language-modelling/inaugural").glob("*.txt"))
    words = sorted({word for name in sources for word in vocabulary(name)})
    sample = sorted(random.Random(3).sample(words, 4000)) + ["skies", "dying", "innings", "proceed", "yyyy", "sayyid", "'tis", "cats'", "boys's'", "generously", "communism", "arsenal", "logi", "geologi", "alli", "radicalli", "Ünïcode", "naïvely", "skied", "ied", "eed", "by", "a"]
    porter, snowball = PorterStemmer(), SnowballStemmer("english")
    wide = sorted({word for name in EN for word in vocabulary(name)})
    write("stems.json", {
        "words": " ".join(sample), "porter": " ".join(porter.stem(w) for w in sample), "snowball": " ".join(snowball.stem(w) for w in sample),
        "drawn": {"files": EN, "count": len(wide), "porter": digest([porter.stem(w) for w in wide]), "snowball": digest([snowball.stem(w) for w in wide])},
    })


def chinese():
    texts = HARD_ZH + [text for _, _, text in drawn(OPEN_ZH, 10, 5)]
    answers = [[text, jieba.lcut(text)] for text in texts]
    chosen = [[name, i, digest(jieba.lcut(text))] for name, i, text in drawn(ZH, 100, 13)]
    own = jieba.Tokenizer()
    for line in DICTIONARY.strip().split("\n"):
        word, *rest = line.split(" ")
        frequency = int(rest[0]) if rest and rest[0].isdigit() else None
        own.add_word(word, frequency, rest[-1] if rest and rest[-1].isalpha() else None)
    write("chinese-words.json", {"words": answers, "drawn": chosen, "dictionary": DICTIONARY, "withDictionary": [[text, own.lcut(text)] for text in WITH_DICTIONARY]})


english()
stems()
chinese()
