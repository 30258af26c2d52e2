// HellaSwag: which end does a story have (Zellers et al. 2019). Six lines a question: context, index of the right end, four ends.
import { InkstoneError } from "../../../core/index.ts";
import { chooseQuestion } from "../choose.ts";
import { indexOf } from "../fields.ts";
import type { EvaluationTask, Question } from "../task.ts";

const LINES = 6;

/** Commonsense ends of stories. */
export const hellaswag: EvaluationTask = {
  name: "hellaswag",
  title: { en: "HellaSwag: how a story goes on", zh: "HellaSwag：情景续写选择" },
  language: "en",
  needs: "score",
  metric: "acc_norm",
  load: async (files) => {
    const lines = await files.lines("evaluation/hellaswag/part.txt");
    if (lines.length % LINES !== 0)
      throw new InkstoneError("E_DATA_SHAPE", { where: "hellaswag", why: { en: "it has not six lines a question", zh: "并非每题六行" } });
    const questions: Question[] = [];
    for (let at = 0; at < lines.length; at += LINES) {
      const [context, gold, ...choices] = lines.slice(at, at + LINES);
      questions.push(chooseQuestion({ context, choices, right: indexOf({ gold }, "gold", choices.length) }));
    }
    return questions;
  },
};
