// Hypotheses with their references, row by row.
import { refuseOption } from "../../core/index.ts";
import { needPairs, needText, rowError } from "../checks.ts";

/** The right texts of a row: one, or several that are equally right. */
export type References = string | readonly string[];

/** The references of one row as a list: at least one, all texts. Errors: `E_METRIC_ROW`. */
export function referencesOf(what: string, row: number, references: References): readonly string[] {
  const list = typeof references === "string" ? [references] : references;
  if (!Array.isArray(list) || list.length === 0) throw rowError(what, row, { en: "it has no reference", zh: "没有参考文本" });
  for (const one of list) needText(what, row, one);
  return list as readonly string[];
}

/** Checks both sides of a corpus: as many rows, at least one, all texts. Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_ROW`. */
export function needCorpus(hypotheses: readonly string[], references: readonly References[]): readonly (readonly string[])[] {
  for (const [what, list] of Object.entries({ hypotheses, references })) {
    if (!Array.isArray(list))
      refuseOption(what, list, { en: "a list, one entry a row: [text] for one", zh: "列表，每行一项；仅一条时请写作 [text]" });
  }
  needPairs("hypotheses", hypotheses.length, "references", references.length);
  for (const [i, one] of hypotheses.entries()) needText("hypotheses", i, one);
  return references.map((list, i) => referencesOf("references", i, list));
}
