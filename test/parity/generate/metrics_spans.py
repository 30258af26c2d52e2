"""Right answers of spans and entities: the official scripts of SQuAD 1.1 and 2.0 and of CMRC 2018, and seqeval 1.2.2.

python metrics_spans.py SCRIPTS SHARED > ../fixtures/metrics-spans.json
SCRIPTS is a folder with squad_v1.py, squad_v2.py, cmrc2018.py (the published scripts under these names) and the package seqeval.
SHARED is the folder of public data; of it come tags of NCBI disease sentences (in the public domain).
CMRC's script calls nltk.word_tokenize, which first cuts sentences with a model of its own; here each English stretch is one line.
"""
import json
import pathlib
import random
import sys
import warnings

sys.path.insert(0, sys.argv[1])
import cmrc2018
import nltk
import squad_v1
import squad_v2
from seqeval.metrics import accuracy_score
from seqeval.metrics.sequence_labeling import get_entities, precision_recall_fscore_support
from seqeval.metrics.v1 import precision_recall_fscore_support as strict_scores
from seqeval.scheme import BILOU, IOB2, IOBES, Entities

warnings.filterwarnings("ignore")
words = nltk.word_tokenize
nltk.word_tokenize = lambda text: words(text, preserve_line=True)
rng = random.Random(3)

english = [
    ("Norman people", ["Normans", "the Norman people"]),
    ("The  U.S. Army", ["US Army", "Army of the U.S."]),
    ("", ["a", "the"]),
    ("the", ["a"]),
    ("", ["Paris"]),
    ("Paris, France", ["Paris"]),
    ("a b b c", ["b b b a", "c"]),
    ("1,000.5 km", ["10005 km", "1000.5km"]),
    ("État-major — an élan", ["etat-major", "état major — élan"]),
    ("theatre another anthem", ["theatre another anthem"]),
    ("İzmir ΟΔΟΣ", ["i̇zmir οδος"]),
    ("中文 the 答案", ["中文答案", "中文 答案"]),
    ("an_apple the_end", ["anapple theend"]),
    ("\u00a0spaced\u3000out\u001f", ["spaced out"]),
    ("“quoted” (yes)", ["quoted yes", "“quoted” yes"]),
]
unanswerable = [("", []), ("something", []), ("the", []), ("", ["the", "a"]), ("x", ["the"])]
chinese = [
    ("北京大学", ["北京大学。", "北大"]),
    ("1949年10月1日", ["1949年", "一九四九年"]),
    ("约3.5%的GDP", ["3.5%", "GDP的3.5%"]),
    ("《红楼梦》——曹雪芹", ["红楼梦", "曹雪芹《红楼梦》"]),
    ("", ["空"]),
    ("空", [""]),
    ("，。", ["空"]),
    ("I can't go, U.S. army won't.", ["i cannot go", "I can't go, U.S. army won't"]),
    ("iPhone-12 Pro Max手机", ["iphone12 pro max", "苹果iPhone-12手机"]),
    ("他说“你好”……然后…走了", ["他说你好然后走了", "他说你好…然后…走了"]),
    ("㐂龥鿿〇", ["龥〇", "㐂龥鿿〇"]),
    ("  前后空格　", ["前后空格"]),
    ("《 北京》", ["北京"]),
    ("😀表情👍🏽", ["表情", "😀表情"]),
    ("a $5.00 (five) \"dollar\" bill...", ["$5.00 five dollar bill", "5.00 dollars"]),
    ("甲乙丙丁", ["丁丙乙甲", "甲乙戊丙丁"]),
]


def squad(module, rows):
    if module is squad_v1:
        best = squad_v1.metric_max_over_ground_truths
        scores = [(int(best(squad_v1.exact_match_score, p, a)), best(squad_v1.f1_score, p, a)) for p, a in rows]
        return {"rows": scores, "exact": 100 * sum(e for e, _ in scores) / len(rows), "f1": 100 * sum(f for _, f in scores) / len(rows)}
    data = [{"paragraphs": [{"qas": [{"id": str(i), "answers": [{"text": one} for one in a]} for i, (_, a) in enumerate(rows)]}]}]
    exact, f1 = module.get_raw_scores(data, {str(i): p for i, (p, _) in enumerate(rows)})
    has = module.make_qid_to_has_ans(data)
    found = {"rows": [(exact[str(i)], f1[str(i)]) for i in range(len(rows))], **module.make_eval_dict(exact, f1)}
    for name, wanted in (("answerable", True), ("unanswerable", False)):
        ids = [one for one in has if has[one] == wanted]
        if ids:
            found[name] = module.make_eval_dict(exact, f1, ids)
    return found


def cmrc(rows):
    scores = [(cmrc2018.calc_em_score(a, p), cmrc2018.calc_f1_score(a, p)) for p, a in rows]
    return {"rows": scores, "exact": 100 * sum(e for e, _ in scores) / len(rows), "f1": 100 * sum(f for _, f in scores) / len(rows)}


def disease(count):
    path = next((pathlib.Path(sys.argv[2]) / "medical" / "ncbi-disease").glob("*devel*"))
    sentences, one = [], []
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.strip():
            one.append(line.split("\t")[-1].strip())
        elif one:
            sentences.append(one)
            one = []
    return rng.sample([tags for tags in sentences if len(set(tags)) > 1], count)


def tag_cases():
    truth = disease(25)
    tags = sorted({tag for one in truth for tag in one})
    yield "NCBI disease", truth, [[tag if rng.random() < 0.85 else rng.choice(tags) for tag in one] for one in truth], "IOB2"
    for scheme, prefixes in (("IOB2", "BI"), ("IOBES", "BIES"), ("BILOU", "BILU")):
        choices = ["O", *(f"{prefix}-{kind}" for prefix in prefixes for kind in ("PER", "LOC", "地名"))]
        truth = [[rng.choice(choices) for _ in range(rng.randrange(1, 9))] for _ in range(40)]
        yield f"any order {scheme}", truth, [[tag if rng.random() < 0.6 else rng.choice(choices) for tag in one] for one in truth], scheme
    yield "bare tags and dashes", [["B", "I", "O", "B-A-B", "I-A-B"]], [["B", "I", "B", "B-A-B", "O"]], "IOB2"
    yield "nothing to find", [["O", "O"], ["O"]], [["O", "B-X"], ["O"]], "IOB2"
    yield "nothing found", [["B-X", "O"]], [["O", "O"]], "IOB2"


schemes = {"IOB2": IOB2, "IOBES": IOBES, "BILOU": BILOU}


def scores_of(score, truth, predicted, zero):
    found = {"types": [list(map(float, one)) for one in score(truth, predicted, average=None, zero_division=zero)]}
    for kind in ("micro", "macro", "weighted"):
        found[kind] = list(map(float, score(truth, predicted, average=kind, zero_division=zero)[:3]))
    return found


def entities(truth, predicted, scheme):
    strict = lambda *rows, **options: strict_scores(*rows, scheme=schemes[scheme], **options)
    found = {"accuracy": accuracy_score(truth, predicted), "strict": {}, "lenient": {}}
    for zero in (0, 1):
        found["strict"][zero] = scores_of(strict, truth, predicted, zero)
        if scheme != "BILOU":
            found["lenient"][zero] = scores_of(precision_recall_fscore_support, truth, predicted, zero)
    found["strictEntities"] = [[one.to_tuple()[1:] for one in row] for row in Entities(predicted, schemes[scheme]).entities]
    if scheme != "BILOU":
        found["lenientEntities"] = [[(kind, start, end + 1) for kind, start, end in get_entities(row)] for row in predicted]
    return found


json.dump(
    {
        "squad1": {"pairs": english, **squad(squad_v1, english)},
        "squad2": {"pairs": english + unanswerable, **squad(squad_v2, english + unanswerable)},
        "cmrc": {"pairs": chinese, **cmrc(chinese)},
        "entities": [
            {"name": name, "truth": truth, "predicted": predicted, "scheme": scheme, **entities(truth, predicted, scheme)}
            for name, truth, predicted, scheme in tag_cases()
        ],
    },
    sys.stdout,
    ensure_ascii=False,
    separators=(",", ":"),
)
