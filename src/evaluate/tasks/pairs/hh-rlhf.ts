// HH-RLHF, harmless: is the answer that people preferred the likelier one (Bai et al. 2022).
import { compareQuestion } from "../compare.ts";
import { textOf } from "../fields.ts";
import type { EvaluationTask, Question } from "../task.ts";

const turn = "\n\nAssistant:";

// Both answers stand after the same talk.
function question(row: Readonly<Record<string, unknown>>): Question | undefined {
  const [chosen, rejected] = [textOf(row, "chosen"), textOf(row, "rejected")];
  const at = chosen.lastIndexOf(turn) + turn.length;
  const [context, better, worse] = [chosen.slice(0, at), chosen.slice(at), rejected.slice(at)];
  if (!rejected.startsWith(context) || better === "" || worse === "") return undefined;
  return compareQuestion({ context, texts: [better, worse], judge: (likelier, difference) => ({ acc: Number(likelier === 0), margin: difference }) });
}

/** Pairs that part before their last answer are left out. */
export const hhRlhf: EvaluationTask = {
  name: "hh-rlhf-harmless",
  title: { en: "HH-RLHF, harmless: the preferred answer", zh: "HH-RLHF 无害：人类偏好的回答" },
  language: "en",
  needs: "score",
  metric: "acc",
  load: async (files) =>
    (await files.rows("evaluation/hh-rlhf-harmless/part.jsonl")).map(question).filter((each): each is Question => each !== undefined),
};
