// ARC: questions of school science (Clark et al. 2018).
import { chooseQuestion } from "../choose.ts";
import { indexOf, textOf, textsOf } from "../fields.ts";
import type { EvaluationTask } from "../task.ts";

const arc = (part: "easy" | "challenge", title: EvaluationTask["title"]): EvaluationTask => ({
  name: `arc-${part}`,
  title,
  language: "en",
  needs: "score",
  metric: part === "easy" ? "acc" : "acc_norm",
  load: async (files) =>
    (await files.rows(`evaluation/arc-${part}/part.jsonl`)).map((row) => {
      const choices = textsOf(row, "choices");
      return chooseQuestion({ context: `${textOf(row, "query")}\nAnswer:`, choices, right: indexOf(row, "gold", choices.length) });
    }),
});

/** The easy part. */
export const arcEasy: EvaluationTask = arc("easy", { en: "ARC, easy: school science", zh: "ARC 易：中小学科学题" });
/** What simple methods get wrong. */
export const arcChallenge: EvaluationTask = arc("challenge", { en: "ARC, challenge: school science", zh: "ARC 难：中小学科学题" });
