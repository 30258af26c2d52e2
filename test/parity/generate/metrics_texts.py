"""Right answers of BLEU, chrF, TER (sacrebleu 2.6.0) and ROUGE (rouge-score 0.1.2, NLTK 3.10.4).

python metrics_texts.py SHARED > ../fixtures/metrics-texts.json
SHARED is the folder of public data. Its texts used here are in the public domain: US inaugural addresses, Dream of the Red Chamber.
"""
import json
import pathlib
import random
import sys

import regex
from rouge_score import rouge_scorer
from rouge_score.tokenizers import Tokenizer
from sacrebleu.metrics import BLEU, CHRF, TER, lib_ter
from sacrebleu.metrics.bleu import _get_tokenizer

shared = pathlib.Path(sys.argv[1]) / "language-modelling"
rng = random.Random(11)


def changed(parts):
    """Some parts dropped, doubled, exchanged, replaced; a run of them moved."""
    parts = list(parts)
    for _ in range(rng.randrange(1, 2 + len(parts) // 3)):
        if not parts:
            break
        at = rng.randrange(len(parts))
        how = rng.randrange(5)
        if how == 0:
            del parts[at]
        elif how == 1:
            parts.insert(at, parts[at])
        elif how == 2:
            parts[at] = rng.choice(parts)
        elif how == 3:
            run = parts[at : at + rng.randrange(1, 6)]
            del parts[at : at + len(run)]
            to = rng.randrange(len(parts) + 1)
            parts[to:to] = run
        else:
            parts[at] = parts[at].upper()
    return parts


def english(count):
    lines = []
    for name in ("1801-Jefferson.txt", "1865-Lincoln.txt", "1933-Roosevelt.txt", "1961-Kennedy.txt", "1981-Reagan.txt"):
        path = shared / "inaugural" / name
        if path.exists():
            text = " ".join(path.read_text(encoding="utf-8", errors="replace").split())
            lines += [one for one in regex.split(r"(?<=[.?!]) ", text) if 20 < len(one) < 220]
    return rng.sample(lines, count)


def chinese(count):
    text = (shared / "hongloumeng-zh" / "train85.txt").read_text(encoding="utf-8")
    lines = [one.strip() for one in regex.split(r"(?<=[。！？])", text.replace("\n", ""))]
    return rng.sample([one for one in lines if 12 < len(one) < 60], count)


edges = [
    ("", "a b c d"),
    ("a b c d", ""),
    ("", ""),
    (" \t", "x"),
    ("a", "a"),
    ("a b", "b a"),
    ("The quick brown fox", "the quick brown fox"),
    ('He said: "3,000.50 dollars" (about £2,400) - no?', 'He said "3,000.50 dollars" (about £2,400.) -- no!'),
    ("&quot;Tom &amp; Jerry&quot; &lt;b&gt; 10-20 it's the boss's", '"Tom & Jerry" <b> 10 - 20 its the boss\'s'),
    ("one <skipped>two-\nthree\nfour", "one two three four"),
    ("GDP增长了6.5%，约合US$3.2万亿——“新高”……", "GDP增长6.5%，约合3.2万亿美元——“新高”…"),
    ("😀😀 好的👍🏽，走吧！", "😀 好的👍，走吧！"),
    ("全角ＡＢＣ１２３　空格、々〇㐂", "全角ABC123 空格、々〇㐂"),
    ("a\u3000b\u0085c\u00a0d\u2003e\u001cf", "a b c d e f"),
    ("\ufeffbom zero\u200bwidth", "bom zerowidth"),
    ("½ ² ٣٫٥ १२३, x.5 5.x", "½ ² ٣٫٥ १२३, x . 5 5 . x"),
    ("→ ≤ ∑ © ™ € ₿ ¥", "→ ≤ ∑ (c) ™ € ¥"),
    ("İstanbul STRASSE ΟΔΟΣ ǅ", "istanbul straße οδος ǆ"),
    ("e\u0301cole école", "école e\u0301cole"),
    ("𠀀𠀁𪛖 𝒳", "𠀀𠀁 𝒳"),
    ("((hi)) -x- .5. a,b,1,2", "(hi) x 0.5 a, b, 1,2"),
    ("running runners ran easily", "run runner runs easy"),
    ("first line here\nsecond line there\n\nthird one", "second line there\nfirst line was here\nthird"),
    ("\n\n", "a"),
    ("カタカナ ひらがな 한국어 中文", "カタカナ ひらがな 한국 中文"),
]


def rows():
    pairs = [(" ".join(changed(one.split())), [one]) for one in english(30)]
    yield "English", pairs
    pairs = [("".join(changed(one)), [one]) for one in chinese(30)]
    yield "Chinese", pairs
    yield "edges", [(one, [other]) for one, other in edges]
    several = english(10) + chinese(4)
    yield "several references", [
        (" ".join(changed(one.split())), [one] + [" ".join(changed(one.split())) for _ in range(i % 3)]) for i, one in enumerate(several)
    ]
    yield "nothing in common", [("a b c d e", ["v w x y z"]), ("一二三四", ["五六七八"])]
    yield "short", [("a b", ["a b"]), ("c", ["c d"])]
    yield "empty hypotheses", [("", ["a b"]), ("", ["c"])]
    words = "a b c d e f g h".split()
    mixed = []
    for length in (3, 10, 30, 60):
        for _ in range(4):
            reference = [rng.choice(words) for _ in range(length)]
            mixed.append((" ".join(changed(reference)), [" ".join(reference)]))
    mixed.append((" ".join(rng.choice(words) for _ in range(4)), [" ".join(rng.choice(words) for _ in range(150))]))
    mixed.append((" ".join(rng.choice(words) for _ in range(120)), [" ".join(rng.choice(words) for _ in range(3))]))
    numbered = [str(i) for i in range(70)]
    mixed.append((" ".join(numbered[55:] + numbered[20:55] + numbered[:20]), [" ".join(numbered)]))
    yield "words of eight letters", mixed


def streams(references):
    width = max(map(len, references))
    return [[one[i] if i < len(one) else None for one in references] for i in range(width)]


bleus = [
    {},
    {"tokenize": "zh"},
    {"tokenize": "char"},
    {"tokenize": "intl"},
    {"tokenize": "none"},
    {"lowercase": True},
    {"smooth_method": "none"},
    {"smooth_method": "floor"},
    {"smooth_method": "floor", "smooth_value": 0.5},
    {"smooth_method": "add-k"},
    {"smooth_method": "add-k", "smooth_value": 2.5, "tokenize": "char"},
    {"effective_order": True},
    {"effective_order": True, "smooth_method": "none", "tokenize": "zh"},
    {"max_ngram_order": 2},
]
chrfs = [
    {},
    {"word_order": 2},
    {"word_order": 1, "lowercase": True},
    {"whitespace": True},
    {"eps_smoothing": True, "word_order": 2},
    {"beta": 1, "char_order": 4},
    {"beta": 3},
]
ters = [
    {},
    {"normalized": True},
    {"normalized": True, "asian_support": True},
    {"no_punct": True},
    {"no_punct": True, "asian_support": True, "case_sensitive": True},
    {"normalized": True, "no_punct": True, "asian_support": True},
]


def corpus(metric, hypotheses, references):
    found = metric.corpus_score(hypotheses, streams(references))
    return found, str(metric.get_signature())


def bleu(options, hypotheses, references):
    score, signature = corpus(BLEU(**options), hypotheses, references)
    one = BLEU(**{"effective_order": True, **options})
    return {
        "options": options,
        "score": score.score,
        "precisions": score.precisions,
        "bp": score.bp,
        "lengths": [score.sys_len, score.ref_len],
        "signature": signature,
        "sentences": [one.sentence_score(hyp, refs).score for hyp, refs in zip(hypotheses, references)],
    }


def chrf(options, hypotheses, references):
    score, signature = corpus(CHRF(**options), hypotheses, references)
    one = CHRF(**options)
    sentences = [one.sentence_score(hyp, refs).score for hyp, refs in zip(hypotheses, references)]
    return {"options": options, "score": score.score, "name": score.name, "signature": signature, "sentences": sentences}


def ter(options, hypotheses, references):
    score, signature = corpus(TER(**options), hypotheses, references)
    one = TER(**options)
    sentences = [one.sentence_score(hyp, refs).score for hyp, refs in zip(hypotheses, references)]
    return {"options": options, "score": score.score, "edits": score.num_edits, "length": score.ref_length, "signature": signature, "sentences": sentences}


class Characters(Tokenizer):
    """Chinese characters one by one, runs of a-z and 0-9."""

    def tokenize(self, text):
        return regex.findall(r"[a-z0-9]+|\p{Han}", text.lower())


kinds = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
scorers = {
    "english": rouge_scorer.RougeScorer(kinds),
    "stems": rouge_scorer.RougeScorer(kinds, use_stemmer=True),
    "chinese": rouge_scorer.RougeScorer(kinds, tokenizer=Characters()),
}


def rouge(hypotheses, references):
    found = {}
    for name, scorer in scorers.items():
        scores = [scorer.score_multi(refs, hyp) for hyp, refs in zip(hypotheses, references)]
        found[name] = [{kind: [round(float(value), 15) for value in one[kind]] for kind in kinds} for one in scores]
    return found


def case(name, pairs):
    hypotheses, references = [hyp for hyp, _ in pairs], [refs for _, refs in pairs]
    return {
        "name": name,
        "hypotheses": hypotheses,
        "references": references,
        "bleu": [bleu(one, hypotheses, references) for one in bleus],
        "chrf": [chrf(one, hypotheses, references) for one in chrfs],
        "ter": [ter(one, hypotheses, references) for one in ters],
        "rouge": rouge(hypotheses, references),
    }


def edits(hypothesis, reference):
    return lib_ter.translation_edit_rate(hypothesis.split(), reference.split())[0]


def letters(alphabet, length):
    return [rng.choice(alphabet) for _ in range(length)]


def telling(constant, value, make):
    """A pair whose edits depend on a limit of the algorithm."""
    while True:
        hypothesis, reference = make()
        right, kept = edits(hypothesis, reference), getattr(lib_ter, constant)
        setattr(lib_ter, constant, value)
        other = edits(hypothesis, reference)
        setattr(lib_ter, constant, kept)
        if right != other:
            return [hypothesis, reference, right]


def moved_run():
    words = [str(i) for i in range(30)]
    return " ".join(words[12:22] + words[:12] + words[22:]), " ".join(words)


def shuffled(alphabet, length):
    reference = letters(alphabet, length)
    return lambda: (" ".join(changed(changed(reference))), " ".join(changed(reference)))


def off_the_diagonal():
    # The same words 24 places further on, every second one another: too short for runs, just within the beam.
    same = [word for i in range(32) for word in (f"w{i}", f"p{i}")]
    return " ".join(same + ["y"] * 24), " ".join(["x"] * 24 + [word.replace("p", "q") for word in same])


def many_shifts():
    return " ".join(letters("ab", 30)), " ".join(letters("ab", 30))


def ter_pairs():
    for _ in range(200):
        hypothesis, reference = shuffled("abcde", rng.randrange(6, 20))()
        yield [hypothesis, reference, edits(hypothesis, reference)]
    yield telling("_MAX_SHIFT_SIZE", 9, moved_run)
    yield telling("_BEAM_WIDTH", 24, off_the_diagonal)
    yield telling("_MAX_SHIFT_CANDIDATES", 700, many_shifts)


def backtrack_other(t, ref, can):
    """The other choice among equally long subsequences."""
    i, j, lcs = len(ref), len(can), []
    while i > 0 and j > 0:
        if ref[i - 1] == can[j - 1]:
            lcs.insert(0, i - 1)
            i, j = i - 1, j - 1
        elif t[i][j - 1] >= t[i - 1][j]:
            j -= 1
        else:
            i -= 1
    return lcs


def rouge_pairs():
    """Texts of two lines whose ROUGE-Lsum depends on which of several subsequences is taken."""
    found, right = [], rouge_scorer._backtrack_norec
    while len(found) < 5:
        texts = ["\n".join(" ".join(letters("abcdef", 7)) for _ in range(2)) for _ in range(2)]
        score = scorers["english"].score(texts[1], texts[0])["rougeLsum"].fmeasure
        rouge_scorer._backtrack_norec = backtrack_other
        other = scorers["english"].score(texts[1], texts[0])["rougeLsum"].fmeasure
        rouge_scorer._backtrack_norec = right
        if score != other:
            found.append([*texts, float(score)])
    return found


tokenizers = {name: _get_tokenizer(name)() for name in ("13a", "intl", "zh", "char", "none")}
lines = sorted({line for pair in edges for line in pair})
fixture = {
    "tokens": [{"line": line, **{name: tokenize(line).split() for name, tokenize in tokenizers.items()}} for line in lines],
    "edits": list(ter_pairs()),
    "lines": rouge_pairs(),
    "cases": [case(name, pairs) for name, pairs in rows()],
}
json.dump(fixture, sys.stdout, ensure_ascii=False, separators=(",", ":"))
