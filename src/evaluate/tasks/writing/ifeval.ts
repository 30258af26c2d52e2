// IFEval: does a model do what it is told, where a program can see it (Zhou et al. 2023).
import { InkstoneError } from "../../../core/index.ts";
import { textOf, textsOf } from "../fields.ts";
import type { EvaluationTask, Judged, Question, Writing } from "../task.ts";
import { instructionChecks, type Particulars } from "./ifeval-checks.ts";

// What a lenient reader would take away: the first line, the last line, stars.
function lenient(text: string): string[] {
  const lines = text.split("\n");
  const cut = [text, lines.slice(1).join("\n").trim(), lines.slice(0, -1).join("\n").trim(), lines.slice(1, -1).join("\n").trim()];
  return [...cut, ...cut.map((each) => each.replaceAll("*", ""))];
}

async function holds(id: string, text: string, wanted: Particulars): Promise<boolean> {
  return text.trim() !== "" && (await instructionChecks[id](text, wanted));
}

async function judge(text: string, ids: readonly string[], wanted: readonly Particulars[]): Promise<Judged> {
  let [strict, loose] = [0, 0];
  for (const [i, id] of ids.entries()) {
    if (await holds(id, text, wanted[i])) strict++;
    let any = false;
    for (const each of lenient(text)) any ||= await holds(id, each, wanted[i]);
    if (any) loose++;
  }
  const all = ids.length;
  return {
    values: {
      prompt_level_strict_acc: Number(strict === all),
      inst_level_strict_acc: { value: strict, weight: all },
      prompt_level_loose_acc: Number(loose === all),
      inst_level_loose_acc: { value: loose, weight: all },
    },
    choice: text,
  };
}

function question(row: Readonly<Record<string, unknown>>): Question {
  const [prompt, ids] = [textOf(row, "prompt"), textsOf(row, "instruction_id_list")];
  const unknown = ids.find((id) => !Object.hasOwn(instructionChecks, id));
  if (unknown !== undefined || !Array.isArray(row.kwargs) || row.kwargs.length !== ids.length)
    throw new InkstoneError("E_DATA_SHAPE", {
      where: unknown ?? "kwargs",
      why: { en: "it is none of the instructions of IFEval", zh: "不属于 IFEval 的指令" },
    });
  const wanted = row.kwargs as readonly Particulars[];
  return {
    ask: (before): Writing => ({ kind: "write", prompt: before + prompt, stop: [], maxTokens: 1280, judge: (text) => judge(text, ids, wanted) }),
  };
}

/** Instructions that can be checked: strictly, and as a lenient reader would. */
export const ifeval: EvaluationTask = {
  name: "ifeval",
  title: { en: "IFEval: instructions that can be checked", zh: "IFEval：可验证的指令遵循" },
  language: "en",
  needs: "write",
  metric: "prompt_level_strict_acc",
  load: async (files) => (await files.rows("evaluation/ifeval/part.jsonl")).map(question),
};
