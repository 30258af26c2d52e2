// BLiMP: is the grammatical one of two sentences the likelier one (Warstadt et al. 2020).
import { compareQuestion } from "../compare.ts";
import { textOf } from "../fields.ts";
import type { EvaluationTask } from "../task.ts";

/** Grammar by pairs, told by phenomenon. */
export const blimp: EvaluationTask = {
  name: "blimp",
  title: { en: "BLiMP: grammar by pairs", zh: "BLiMP：语法对比句" },
  language: "en",
  needs: "score",
  metric: "acc",
  load: async (files) =>
    (await files.rows("evaluation/blimp/part.jsonl")).map((row) =>
      compareQuestion({
        texts: [textOf(row, "sentence_good"), textOf(row, "sentence_bad")],
        group: textOf(row, "linguistics_term"),
        judge: (likelier) => ({ acc: Number(likelier === 0) }),
      }),
    ),
};
