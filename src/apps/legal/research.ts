// Questions of law from the documents of one jurisdiction, with citations, or no answer. Knows no HTTP.
import { InkstoneError } from "../../core/index.ts";
import { type AnswerOptions, answerFrom, type GroundedAnswer } from "../answers/index.ts";
import type { KnowledgeBase } from "../knowledge/index.ts";
import { legalNotice } from "./form.ts";

/** How many passages are looked at. */
const looked = 8;

/**
 * Answers from those documents of a base of which `jurisdiction` was said when they were added (`kb add --meta jurisdiction=Ireland`). Sources of another jurisdiction are not looked at.
 *
 * Errors: E_OPTION for a jurisdiction that no document has, with those that there are; those of `answerFrom`.
 *
 * @example
 * const store = await openStore({ file: ":memory:" });
 * const base = await createKnowledgeBase(store, "law");
 * await base.addText("act", "A deposit is returned within 14 days.", { metadata: { jurisdiction: "Ireland" } });
 * (await legalResearch("When is a deposit returned?", base, "Ireland")).answer; // "A deposit is returned within 14 days."
 * await legalResearch("When is a deposit returned?", base, "Mars"); // throws E_OPTION
 * await store.close();
 */
export async function legalResearch(
  question: string,
  base: KnowledgeBase,
  jurisdiction: string,
  options: AnswerOptions = {},
): Promise<GroundedAnswer & { readonly notice: typeof legalNotice; readonly jurisdiction: string }> {
  const known = [...new Set((await base.documents()).map(({ metadata }) => metadata.jurisdiction).filter((one) => one !== undefined))].sort();
  if (!known.includes(jurisdiction)) {
    const list = known.slice(0, 20).join(", ");
    throw new InkstoneError("E_OPTION", {
      option: "jurisdiction",
      value: jurisdiction.slice(0, 100),
      allowed: {
        en: list === "" ? "one that documents were added with (kb add --meta jurisdiction=…)" : list,
        zh: list === "" ? "添加文档时注明的法域（kb add --meta jurisdiction=…）" : list,
      },
    });
  }
  const passages =
    question.trim() === "" ? [] : await base.search(question, { limit: looked, filter: { metadata: { jurisdiction } }, signal: options.signal });
  return { ...(await answerFrom(question, passages, options)), notice: legalNotice, jurisdiction };
}
