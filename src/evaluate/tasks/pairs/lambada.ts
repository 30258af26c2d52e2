// LAMBADA: the last word of a passage (Paperno et al. 2016, the form of OpenAI).
import { textOf } from "../fields.ts";
import type { EvaluationTask } from "../task.ts";

/** `acc`: the model would write the word. `perplexity`: of the word. */
export const lambada: EvaluationTask = {
  name: "lambada",
  title: { en: "LAMBADA: the last word of a passage", zh: "LAMBADA：预测段落末词" },
  language: "en",
  needs: "score",
  metric: "acc",
  exponentials: ["perplexity"],
  load: async (files) =>
    (await files.rows("evaluation/lambada-openai/part.jsonl")).map((row) => {
      const [context, word] = [textOf(row, "context"), ` ${textOf(row, "continuation")}`];
      return {
        example: context + word,
        ask: (before) => ({
          kind: "score",
          greedy: true,
          items: [{ context: before + context, continuation: word }],
          judge: ([{ logProbability, isGreedy }]) => ({
            values: { acc: Number(isGreedy === true), perplexity: -logProbability },
            choice: Number(isGreedy === true),
          }),
        }),
      };
    }),
};
