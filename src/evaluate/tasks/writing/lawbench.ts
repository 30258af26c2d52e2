// LawBench (Fei et al. 2023), two of its tasks, without examples: which articles of the criminal law a case falls under (3-1), and of what crime (3-3). Scored as there: F1 a question, averaged.
import { InkstoneError } from "../../../core/index.ts";
import { textOf } from "../fields.ts";
import type { EvaluationTask, Judged, Question, Writing } from "../task.ts";

const digits = "零一二三四五六七八九";
const places: Readonly<Record<string, number>> = { 十: 10, 百: 100 };

/** A Chinese number below a thousand, or digits. */
function numberOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  let [sum, last] = [0, 0];
  for (const character of text.replaceAll("〇", "零").replaceAll("两", "二")) {
    const place = places[character];
    if (place === undefined) last = digits.indexOf(character);
    else {
      sum += (last || 1) * place;
      last = 0;
    }
  }
  return sum + last;
}

/**
 * The numbers of the articles that a text names, each once: 第二百六十四条 and 第264条 are one.
 *
 * @example
 * articlesIn("[法条]刑法第264条、刑法第二百六十三条<eoa>"); // [264, 263]
 */
export function articlesIn(text: string): number[] {
  const found = [...text.matchAll(/第\s*([\d零〇一二两三四五六七八九十百]+(?:\s*[、,，]\s*(?:第\s*)?[\d零〇一二两三四五六七八九十百]+)*)\s*条/gu)];
  return [...new Set(found.flatMap(([, numbers]) => numbers.split(/[、,，]/).map((one) => numberOf(one.replace(/[第\s]/g, "")))))];
}

function f1Of<T>(right: readonly T[], said: readonly T[], text: string): Judged {
  const both = said.filter((one) => right.includes(one)).length;
  return { values: { f1: both === 0 ? 0 : (2 * both) / (right.length + said.length) }, choice: text };
}

interface LawTask {
  readonly number: string;
  readonly title: EvaluationTask["title"];
  /** What stands before the answer in the file. */
  readonly mark: RegExp;
  /** How an answer is judged; `all`: the answers of every row. */
  judge(answer: string, all: readonly string[]): (text: string) => Judged;
}

const lawTask = ({ number, title, mark, judge }: LawTask): EvaluationTask => ({
  name: `lawbench-${number}`,
  title,
  language: "zh",
  needs: "write",
  metric: "f1",
  load: async (files) => {
    const file = `legal/lawbench-zh/${number}.json`;
    const rows = await files.json(file);
    if (!Array.isArray(rows)) throw new InkstoneError("E_DATA_SHAPE", { where: file, why: { en: "it is not a list", zh: "它不是列表" } });
    const answers = rows.map((row) => textOf(row, "answer").replace(mark, ""));
    return rows.map((row, i): Question => {
      const prompt = `${textOf(row, "instruction")}\n${textOf(row, "question").trim()}\n`;
      const judged = judge(answers[i], answers);
      return {
        ask: (): Writing => ({ kind: "write", prompt, stop: ["<eoa>", "</s>", "<|im_end|>", "\n\n"], maxTokens: 64, judge: judged }),
      };
    });
  },
});

/** Articles of the criminal law for a case whose crime is named. */
export const lawbenchArticles: EvaluationTask = lawTask({
  number: "3-1",
  title: { en: "LawBench 3-1: articles of the law for a case", zh: "LawBench 3-1：法条预测" },
  mark: /^法条[:：]/,
  judge: (answer) => (text) => f1Of(articlesIn(answer), articlesIn(text), text),
});

/** The crime of a case. What is said are those crimes of the data that stand in the answer. */
export const lawbenchCharges: EvaluationTask = lawTask({
  number: "3-3",
  title: { en: "LawBench 3-3: the crime of a case", zh: "LawBench 3-3：罪名预测" },
  mark: /^罪名[:：]/,
  judge: (answer, all) => {
    const crimes = [...new Set(all.flatMap(crimesOf))];
    return (text) =>
      f1Of(
        crimesOf(answer),
        crimes.filter((one) => text.includes(one)),
        text,
      );
  },
});

const crimesOf = (answer: string): string[] =>
  answer
    .split(/[;；、]/)
    .map((one) => one.trim())
    .filter((one) => one !== "");
