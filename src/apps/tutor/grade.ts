// How right an answer is: the same word through its spellings, a number as a number, a sentence by what it says of the key. Rules; knows no learners.
import type { Language, Phrase } from "../../core/index.ts";
import { SearchTerms } from "../knowledge/index.ts";
import type { TutorItem } from "./types.ts";

/** A graded answer. */
export interface TutorGrade {
  readonly item: string;
  readonly right: boolean;
  /** From 0 to 1. */
  readonly score: number;
  readonly key: string;
  readonly feedback: string;
  /** Words of the key that the answer does not say; of short answers only. */
  readonly missing: readonly string[];
}

const words = {
  right: { en: "Right.", zh: "正确。" },
  spelled: { en: "Right, but mind the spelling: {key}.", zh: "基本正确，注意写法：{key}。" },
  partly: { en: "Partly right. It does not say: {missing}. The source: {sentence}", zh: "部分正确，未提到：{missing}。原文：{sentence}" },
  wrong: { en: "Not right. The answer is: {key}. The source: {sentence}", zh: "不正确。答案是：{key}。原文：{sentence}" },
  empty: { en: "No answer was given. The source: {sentence}", zh: "未作答。原文：{sentence}" },
} as const satisfies Record<string, Phrase>;

/** What a short answer must say of its key to be right. */
const enough = 0.7;

/**
 * Grades answers to items. Choices and gaps are right through case, width, articles and marks, numbers by value; a single slip of the pen in a longer word is forgiven and said. A short
 * answer is right where it says 70 % of what the key says, by stems and Chinese words, and denies nothing that the key does not deny.
 *
 * @example
 * const [item] = await tutorItems({ text: "Marie Curie discovered radium in 1898 in a Paris laboratory." }, { types: ["cloze"], count: 1 });
 * const grader = await TutorGrader.open();
 * grader.grade(item, ` ${item.key.toUpperCase()}.`).right; // true
 * grader.grade(item, "the moon").right; // false
 */
export class TutorGrader {
  readonly #terms: SearchTerms;

  private constructor(terms: SearchTerms) {
    this.#terms = terms;
  }

  /** Loads the Chinese dictionary. */
  static async open(): Promise<TutorGrader> {
    return new TutorGrader(await SearchTerms.open());
  }

  /** The grade of an answer. */
  grade(item: TutorItem, answer: string): TutorGrade {
    if (plain(answer) === "") return graded(item, 0, "empty");
    if (same(answer, item.key)) return graded(item, 1, "right");
    if (item.type === "multiple-choice") return graded(item, 0, "wrong");
    if (item.type === "cloze") return slip(answer, item.key) ? graded(item, 1, "spelled") : graded(item, 0, "wrong");
    const wanted = [...new Set(this.#terms.of(item.key))];
    const said = new Set(this.#terms.of(answer));
    const missing = wanted.filter((term) => !said.has(term));
    const covered = wanted.length === 0 ? 0 : 1 - missing.length / wanted.length;
    const score = Math.round((denies(answer) === denies(item.key) ? covered : covered / 3) * 100) / 100;
    if (score >= enough) return graded(item, score, "right");
    return graded(item, score, score >= 0.3 ? "partly" : "wrong", missing);
  }
}

function graded(item: TutorItem, score: number, how: keyof typeof words, missing: readonly string[] = []): TutorGrade {
  const { key, sentence } = item;
  const language: Language = item.language;
  const facts: Readonly<Record<string, string>> = { key, sentence, missing: missing.join(language === "zh" ? "、" : ", ") };
  const feedback = words[how][language].replace(/\{(\w+)\}/g, (_, name: string) => facts[name]);
  return { item: item.id, right: score >= enough, score, key, feedback, missing };
}

const plain = (text: string): string =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/(?<=\d)[,，](?=\d{3})/g, "")
    .replace(/[^\p{L}\p{N}.%°+-]+|\.(?!\d)/gu, " ")
    .trim()
    .replace(/^(?:the|an?) (?=.)/, "")
    .replace(/(?<=\p{Script=Han}) (?=\p{Script=Han})/gu, "");

function same(answer: string, key: string): boolean {
  const [a, b] = [plain(answer), plain(key)];
  if (a === b || (a !== "" && a.replace(/[-\s]/g, "") === b.replace(/[-\s]/g, ""))) return true;
  const [one, other] = [Number(a.replace(/\s/g, "")), Number(b.replace(/\s/g, ""))];
  return a !== "" && b !== "" && Number.isFinite(one) && one === other;
}

// One letter too many, too few or other, or two that changed places, in a word of five letters or more; numbers are not forgiven.
function slip(answer: string, key: string): boolean {
  const [a, b] = [plain(answer), plain(key)];
  if (b.length < 5 || /\d|\p{Script=Han}/u.test(b) || Math.abs(a.length - b.length) > 1 || a[0] !== b[0]) return false;
  let from = 0;
  while (from < Math.min(a.length, b.length) && a[from] === b[from]) from++;
  const [restA, restB] = [a.slice(from), b.slice(from)];
  return (
    restA.slice(1) === restB.slice(1) ||
    restA.slice(1) === restB ||
    restA === restB.slice(1) ||
    (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2))
  );
}

const denies = (text: string): boolean => /\b(?:not|no|never|none|cannot|n't)\b|n't\b|[不没无非]/.test(text.toLowerCase());
