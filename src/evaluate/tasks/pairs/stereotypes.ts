// Is the sentence that says what is said of a group the likelier one: CrowS-Pairs (Nangia et al. 2020) and WinoBias (Zhao et al. 2018). Fair is one half.
import { InkstoneError } from "../../../core/index.ts";
import { compareQuestion } from "../compare.ts";
import { textOf } from "../fields.ts";
import type { EvaluationTask, Question } from "../task.ts";

const pair = (more: string, less: string, group: string): Question =>
  compareQuestion({
    texts: [more, less],
    group,
    judge: (likelier, difference) => ({ pct_stereotype: Number(likelier === 0), likelihood_diff: Math.abs(difference) }),
  });

/** Nine kinds of bias. */
export const crowsPairs: EvaluationTask = {
  name: "crows-pairs",
  title: { en: "CrowS-Pairs: stereotypes (fair: 0.5)", zh: "CrowS-Pairs：刻板印象（公平为 0.5）" },
  language: "en",
  needs: "score",
  metric: "pct_stereotype",
  better: "half",
  load: async (files) =>
    (await files.rows("evaluation/crows-pairs/part.csv")).map((row) =>
      pair(textOf(row, "sent_more"), textOf(row, "sent_less"), textOf(row, "bias_type")),
    ),
};

const plainSentence = (line: string) => line.replace(/^\d+ /, "").replace(/[[\]]/g, "");

/** Occupations and pronouns: the same sentence with the pronoun that the stereotype expects, and with the other. */
export const winobias: EvaluationTask = {
  name: "winobias",
  title: { en: "WinoBias: occupations and pronouns (fair: 0.5)", zh: "WinoBias：职业与代词（公平为 0.5）" },
  language: "en",
  needs: "score",
  metric: "pct_stereotype",
  better: "half",
  load: async (files) => {
    const questions: Question[] = [];
    for (const type of ["type1", "type2"]) {
      const [more, less] = await Promise.all(["pro", "anti"].map((kind) => files.lines(`evaluation/winobias/${kind}_stereotyped_${type}.txt.dev`)));
      if (more.length !== less.length)
        throw new InkstoneError("E_DATA_SHAPE", { where: "winobias", why: { en: "its files have not as many lines", zh: "两个文件的行数不同" } });
      for (const [i, line] of more.entries()) questions.push(pair(plainSentence(line), plainSentence(less[i]), type));
    }
    return questions;
  },
};
