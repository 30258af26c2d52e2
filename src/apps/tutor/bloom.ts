// Which level of Bloom's taxonomy a question asks for: by its verbs, or by a classifier trained on questions of one's own. Knows no sources.
import { type TextClassifier, type TextExample, trainTextClassifier } from "../../pipelines/index.ts";
import type { BloomLevel } from "./types.ts";
import { bloomLevels } from "./types.ts";

// Highest first: "design and explain" asks for a design. Verbs after Anderson & Krathwohl 2001, and the Chinese ones of teaching plans.
const signs: readonly (readonly [BloomLevel, RegExp])[] = [
  [
    "create",
    /\b(?:design|create|compose|construct|develop|devise|formulate|invent|plan|propose|write (?:a|an)|produce|generate|hypothesi[sz]e|build)\b|设计|创作|编写|构思|提出(?:一个|一种)?方案|拟定|发明/i,
  ],
  [
    "evaluate",
    /\b(?:evaluate|judge|justify|critique|critici[sz]e|defend|assess|appraise|argue|recommend|do you (?:agree|think)|should|which is (?:better|best)|how (?:effective|valid|well))\b|评价|评估|判断.{0,6}是否合理|论证|你认为|是否同意|批判/i,
  ],
  [
    "analyze",
    /\b(?:analy[sz]e|compare|contrast|differentiate|distinguish|examine|categori[sz]e|investigate|break down|relationship between|difference between|what (?:evidence|assumptions?)|infer)\b|分析|比较|区别|区分|对比|归类|关系/i,
  ],
  [
    "apply",
    /\b(?:apply|calculate|compute|solve|use|demonstrate|implement|determine|find the|show how|carry out|how many|how much|how would you use|operate|execute|convert)\b|计算|求解|运用|应用|求出|使用|演示|换算/i,
  ],
  [
    "understand",
    /\b(?:explain|describe|summari[sz]e|why|discuss|interpret|paraphrase|illustrate|give (?:an )?examples?|classify|how does|how do|what is meant|in your own words|outline|translate)\b|解释|说明|概括|为什么|举例|阐述|理解|描述/i,
  ],
];

/**
 * The level that a question asks for, by its verbs; `remember` where none says more.
 *
 * @example
 * bloomLevel("Compare rivers and canals."); // "analyze"
 * bloomLevel("为什么天是蓝色的？"); // "understand"
 * bloomLevel("Who discovered radium?"); // "remember"
 */
export function bloomLevel(question: string): BloomLevel {
  return signs.find(([, pattern]) => pattern.test(question))?.[0] ?? "remember";
}

/** What its words tell a classifier beside themselves: which level's verbs it has, how it begins, how long it is. */
export function bloomText(question: string): string {
  const found = signs.filter(([, pattern]) => pattern.test(question)).map(([level]) => `xxlevel${level}`);
  const [first = "", second = ""] = question.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const words = question.split(/\s+/).length;
  const size = words < 8 ? "short" : words < 16 ? "middle" : "long";
  return `${question} xxfirst${first} xxpair${first}${second} xxsize${size} ${found.join(" ")} xxtop${found[0] ?? "none"}`;
}

/**
 * A classifier of questions trained on one's own, for levels that verbs alone do not tell. Ask it with `bloomOf`. Errors: those of `trainTextClassifier`.
 *
 * @example
 * const rows = ["Compare A and B.", "Contrast C and D.", "Compare E with F."].map((text) => ({ text, label: "analyze" }));
 * const more = ["Who was A?", "Name B.", "When was C?"].map((text) => ({ text, label: "remember" }));
 * const classifier = await trainBloom([...rows, ...more]);
 * await bloomOf(classifier, "Compare G and H."); // "analyze"
 */
export async function trainBloom(examples: readonly TextExample[], options: { readonly signal?: AbortSignal } = {}): Promise<TextClassifier> {
  const marked = examples.map(({ text, label }) => ({ text: bloomText(text), label }));
  const least = Math.min(5, ...[...counts(marked).values()]);
  return (await trainTextClassifier(marked, { model: "linear-svm", folds: Math.max(2, least), ...options })).classifier;
}

function counts(rows: readonly TextExample[]): Map<unknown, number> {
  const found = new Map<unknown, number>();
  for (const { label } of rows) found.set(label, (found.get(label) ?? 0) + 1);
  return found;
}

/**
 * The level of a question by a trained classifier, or by verbs where it answers none of the six levels.
 *
 * @example
 * const classifier = await trainBloom(["Who?", "When?", "Why?", "Explain."].map((text, i) => ({ text, label: i < 2 ? "remember" : "understand" })));
 * await bloomOf(classifier, "Explain it."); // "understand"
 */
export async function bloomOf(classifier: TextClassifier, question: string): Promise<BloomLevel> {
  const { label } = await classifier.classify(bloomText(question));
  return bloomLevels.find((level) => level === label) ?? bloomLevel(question);
}
