// The tasks by name.
import { InkstoneError, nearest } from "../../core/index.ts";
import { arcChallenge, arcEasy } from "./choices/arc.ts";
import { bbq } from "./choices/bbq.ts";
import { hellaswag } from "./choices/hellaswag.ts";
import { boolq, commonsenseQa, copa, openbookqa, piqa } from "./choices/plain.ts";
import { chnsenticorp, sst2 } from "./choices/sentiment.ts";
import { cmmlu, mmlu } from "./choices/subjects.ts";
import { truthfulqa } from "./choices/truthfulqa.ts";
import { winograd, winogrande } from "./choices/winogrande.ts";
import { blimp } from "./pairs/blimp.ts";
import { hhRlhf } from "./pairs/hh-rlhf.ts";
import { lambada } from "./pairs/lambada.ts";
import { crowsPairs, winobias } from "./pairs/stereotypes.ts";
import { wikitext } from "./pairs/wikitext.ts";
import type { EvaluationTask } from "./task.ts";
import { bbh, gsm8k, triviaqa } from "./writing/exact.ts";
import { ifeval } from "./writing/ifeval.ts";
import { lawbenchArticles, lawbenchCharges } from "./writing/lawbench.ts";

/** Every task, in the order in which they are told. */
export const evaluationTasks: readonly EvaluationTask[] = [
  arcEasy,
  arcChallenge,
  hellaswag,
  piqa,
  winogrande,
  winograd,
  lambada,
  boolq,
  openbookqa,
  commonsenseQa,
  copa,
  mmlu,
  cmmlu,
  blimp,
  truthfulqa,
  crowsPairs,
  winobias,
  bbq,
  hhRlhf,
  wikitext,
  sst2,
  chnsenticorp,
  gsm8k,
  triviaqa,
  bbh,
  ifeval,
  lawbenchArticles,
  lawbenchCharges,
];

/**
 * A task by its name; `arc_easy` is `arc-easy`.
 *
 * Errors: `E_OPTION`, with the nearest name.
 *
 * @example
 * evaluationTask("arc_easy").name; // "arc-easy"
 * evaluationTask("arc"); // throws E_OPTION
 */
export function evaluationTask(name: string): EvaluationTask {
  const asked = name.trim().toLowerCase().replaceAll("_", "-");
  const found = evaluationTasks.find((task) => task.name === asked || task.name === asked.replace(/-openai$/, ""));
  if (found !== undefined) return found;
  const names = evaluationTasks.map((task) => task.name);
  const near = nearest(asked, names);
  throw new InkstoneError("E_OPTION", {
    option: "tasks",
    value: name,
    allowed: { en: `${names.join(", ")} (nearest: ${near})`, zh: `${names.join("、")}（最接近：${near}）` },
  });
}
