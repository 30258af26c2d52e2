// Answers that are written and compared: GSM8K (Cobbe et al. 2021), TriviaQA (Joshi et al. 2017), BIG-Bench Hard (Suzgun et al. 2022).
import { InkstoneError } from "../../../core/index.ts";
import { textOf, textsOf } from "../fields.ts";
import type { EvaluationTask, Question, Writing } from "../task.ts";

const lastNumber = (text: string): string | undefined => text.match(/-?\$?\d[\d,]*(?:\.\d+)?/g)?.at(-1);
const plainNumber = (text: string | undefined): string | undefined => text?.replace(/[$,]/g, "").replace(/\.0*$/, "");

/** Sums in words, five examples before each. `exact_match`: the number after ####; `flexible`: the last number written. */
export const gsm8k: EvaluationTask = {
  name: "gsm8k",
  title: { en: "GSM8K: sums in words", zh: "GSM8K：小学应用题" },
  language: "en",
  needs: "write",
  metric: "exact_match",
  fewShot: 5,
  load: async (files) =>
    (await files.rows("education/gsm8k/train_sample.jsonl")).map((row): Question => {
      const [question, answer] = [textOf(row, "question"), textOf(row, "answer")];
      const right = plainNumber(answer.split("####")[1]?.trim());
      return {
        example: `Question: ${question}\nAnswer: ${answer}`,
        ask: (before): Writing => ({
          kind: "write",
          prompt: `${before}Question: ${question}\nAnswer:`,
          stop: ["Question:", "</s>", "<|im_end|>"],
          maxTokens: 256,
          judge: (text) => {
            const strict = plainNumber(/#### (-?[\d.,]+)/.exec(text)?.[1]);
            const flexible = plainNumber(lastNumber(text));
            return { values: { exact_match: Number(strict === right), flexible: Number(flexible === right) }, choice: text };
          },
        }),
      };
    }),
};

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/\b(?:a|an|the)\b/g, " ")
    .replace(/[\p{P}\p{S}]/gu, "")
    .replace(/\s+/g, " ")
    .trim();

/** Knowledge: the first line that is written is one of the names of the answer, articles and marks apart. */
export const triviaqa: EvaluationTask = {
  name: "triviaqa",
  title: { en: "TriviaQA: knowledge", zh: "TriviaQA：知识问答" },
  language: "en",
  needs: "write",
  metric: "exact_match",
  fewShot: 5,
  load: async (files) =>
    (await files.rows("evaluation/triviaqa-small/part.jsonl")).map((row): Question => {
      const [context, answer] = [textOf(row, "context"), textOf(row, "answer")];
      const names = new Set([answer, ...textsOf({ aliases: row.aliases ?? [answer] }, "aliases")].map(plain));
      return {
        example: `${context} ${answer}`,
        ask: (before): Writing => ({
          kind: "write",
          prompt: before + context,
          stop: ["\n"],
          maxTokens: 24,
          judge: (text) => ({ values: { exact_match: Number(names.has(plain(text))) }, choice: text }),
        }),
      };
    }),
};

interface Hard {
  readonly examples?: readonly { readonly input?: unknown; readonly target?: unknown }[];
}

/** 27 tasks, answered at once, without steps of thought; three examples before each. */
export const bbh: EvaluationTask = {
  name: "bbh",
  title: { en: "BIG-Bench Hard", zh: "BIG-Bench Hard：困难推理" },
  language: "en",
  needs: "write",
  metric: "exact_match",
  fewShot: 3,
  examplesOfGroup: true,
  load: async (files) => {
    const questions: Question[] = [];
    for (const file of await files.list("evaluation/bbh")) {
      const { examples } = (await files.json(`evaluation/bbh/${file}`)) as Hard;
      if (!Array.isArray(examples))
        throw new InkstoneError("E_DATA_SHAPE", { where: `${file}: examples`, why: { en: "it is not a list", zh: "它不是列表" } });
      for (const row of examples) questions.push(hard(textOf(row, "input"), textOf(row, "target"), file.replace(/\.json$/, "")));
    }
    return questions;
  },
};

const hard = (input: string, target: string, group: string): Question => ({
  example: `Q: ${input}\nA: ${target}`,
  group,
  ask: (before): Writing => ({
    kind: "write",
    prompt: `${before}Q: ${input}\nA:`,
    stop: ["\n\n", "Q:"],
    maxTokens: 32,
    judge: (text) => ({ values: { exact_match: Number(text.trim() === target.trim()) }, choice: text }),
  }),
});
