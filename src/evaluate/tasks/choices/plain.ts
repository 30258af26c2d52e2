// Sets of questions with choices whose rows are alike (`query`, `choices`, `gold`): they differ in their words only.
import { chooseQuestion } from "../choose.ts";
import { indexOf, textOf, textsOf } from "../fields.ts";
import type { EvaluationTask } from "../task.ts";

interface Plain {
  readonly name: string;
  readonly title: EvaluationTask["title"];
  readonly metric: "acc" | "acc_norm";
  readonly context: (query: string) => string;
}

const plain = ({ name, title, metric, context }: Plain): EvaluationTask => ({
  name,
  title,
  language: "en",
  needs: "score",
  metric,
  load: async (files) =>
    (await files.rows(`evaluation/${name}/part.jsonl`)).map((row) => {
      const choices = textsOf(row, "choices");
      return chooseQuestion({ context: context(textOf(row, "query")), choices, right: indexOf(row, "gold", choices.length) });
    }),
});

/** Everyday physics (Bisk et al. 2020). */
export const piqa: EvaluationTask = plain({
  name: "piqa",
  title: { en: "PIQA: everyday physics", zh: "PIQA：日常物理常识" },
  metric: "acc_norm",
  context: (query) => `${query.trimEnd()}\nAnswer:`,
});

/** Yes or no, from a passage (Clark et al. 2019). */
export const boolq: EvaluationTask = plain({
  name: "boolq",
  title: { en: "BoolQ: yes or no from a passage", zh: "BoolQ：依据段落判断是非" },
  metric: "acc",
  context: (query) => `${query}\nAnswer:`,
});

/** Elementary science (Mihaylov et al. 2018). */
export const openbookqa: EvaluationTask = plain({
  name: "openbookqa",
  title: { en: "OpenBookQA: elementary science", zh: "OpenBookQA：基础科学" },
  metric: "acc_norm",
  context: (query) => query,
});

/** Commonsense, choices by letter (Talmor et al. 2019). */
export const commonsenseQa: EvaluationTask = plain({
  name: "commonsense-qa",
  title: { en: "CommonsenseQA", zh: "CommonsenseQA：常识问答" },
  metric: "acc",
  context: (query) => query,
});

/** Causes and effects (Roemmele et al. 2011). */
export const copa: EvaluationTask = plain({
  name: "copa",
  title: { en: "COPA: causes and effects", zh: "COPA：因果推断" },
  metric: "acc",
  context: (query) => query,
});
