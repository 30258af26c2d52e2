// Who is meant (Sakaguchi et al. 2020; Levesque et al. 2012): the same end after two beginnings, the likelier end decides.
import { chooseQuestion } from "../choose.ts";
import { indexOf, textOf, textsOf } from "../fields.ts";
import type { EvaluationTask } from "../task.ts";

const schema = (name: string, title: EvaluationTask["title"]): EvaluationTask => ({
  name,
  title,
  language: "en",
  needs: "score",
  metric: "acc",
  load: async (files) =>
    (await files.rows(`evaluation/${name}/part.jsonl`)).map((row) => {
      const context = textsOf(row, "context_options");
      const end = textOf(row, "continuation");
      return chooseQuestion({ context, choices: context.map(() => end), right: indexOf(row, "gold", context.length) });
    }),
});

/** WinoGrande. */
export const winogrande: EvaluationTask = schema("winogrande", { en: "WinoGrande: who is meant", zh: "WinoGrande：指代消解" });
/** The Winograd schema challenge. */
export const winograd: EvaluationTask = schema("winograd-wsc", { en: "Winograd schemas: who is meant", zh: "Winograd：指代消解" });
