// Literature of a knowledge base: passages for a question, an answer with its citations or none, and what kind of evidence a passage is. Never a diagnosis or a treatment without a source.
import { InkstoneError } from "../../core/index.ts";
import { type AnswerOptions, answerFrom, type GroundedAnswer } from "../answers/index.ts";
import type { KnowledgeBase, Passage } from "../knowledge/index.ts";
import { type SourceFinding, sourceFinding } from "./findings.ts";
import { medicalNotice } from "./record.ts";

/** What kind of study a text says that it is; the strongest first. */
export const studyKinds = ["systematic-review", "randomised-trial", "cohort", "case-control", "case-report", "guideline", "other"] as const;

/** A kind of study. */
export type StudyKind = (typeof studyKinds)[number];

const signs: readonly (readonly [StudyKind, RegExp])[] = [
  ["systematic-review", /\b(?:systematic review|meta-?analys[ie]s)\b|系统评价|荟萃分析|Meta\s?分析/i],
  ["randomised-trial", /\brandomi[sz]ed\b|\bdouble-?blind|\bplacebo\b|随机(?:对照|分组|双盲)|安慰剂/i],
  ["guideline", /\bguidelines?\b|\bconsensus statement\b|指南|专家共识/i],
  ["cohort", /\bcohort\b|\bprospective(?:ly)?\b|\bfollow(?:ed)?[- ]?up\b|\bretrospective(?:ly)?\b|队列|前瞻性|回顾性|随访/i],
  ["case-control", /\bcase-?control\b|病例对照/i],
  ["case-report", /\bcase (?:report|series|study)\b|\bwe report (?:a|the) case\b|病例报告|个案/i],
];

/**
 * What kind of study a text says that it is.
 *
 * @example
 * studyKind("We conducted a randomized, placebo-controlled trial."); // "randomised-trial"
 * studyKind("A list of words."); // "other"
 */
export function studyKind(text: string): StudyKind {
  return signs.find(([, pattern]) => pattern.test(text))?.[0] ?? "other";
}

/** What was found. */
export interface MedicalSearch extends GroundedAnswer {
  readonly notice: typeof medicalNotice;
  readonly results: readonly (Passage & { readonly study: StudyKind })[];
  /** Of a question that is asked with yes or no: which way the results of the best document lean. */
  readonly finding?: SourceFinding;
}

/** Passages of one document that its results are looked for in. */
const mostOfDocument = 30;

// What asks about oneself is a question for a clinician, whatever the sources say.
const personal =
  /\b(?:(?:do|should|can|could|must|will) i\b|am i\b|what (?:dose|medicine|drug)s? (?:should|can|do) i\b|diagnose me|\bmy (?:symptoms?|dose|tumou?r|cancer|blood|pain|child|baby|pregnancy)\b)|我(?:该|应该|要|需要|可以|能|能不能|是不是|得了|患|吃)|给我(?:开|诊断)|我的(?:症状|病|药|孩子)/i;

/**
 * Passages of a base for a question, and the sentence that answers it with its place; "not in the sources" where none does. A question about oneself is given passages, but no answer.
 *
 * Errors: E_INPUT_EMPTY; those of `answerFrom`.
 *
 * @example
 * const store = await openStore({ file: ":memory:" });
 * const base = await createKnowledgeBase(store, "papers");
 * await base.addText("trial", "In a randomised trial, aspirin lowered the rate of stroke by 12 percent.");
 * const { answer, results } = await medicalSearch("Does aspirin lower the rate of stroke?", base);
 * [answer, results[0].study]; // ["In a randomised trial, aspirin lowered the rate of stroke by 12 percent.", "randomised-trial"]
 * (await medicalSearch("Should I take aspirin?", base)).refused; // true
 * await store.close();
 */
export async function medicalSearch(
  question: string,
  base: KnowledgeBase,
  { limit = 5, ...options }: AnswerOptions & { readonly limit?: number } = {},
): Promise<MedicalSearch> {
  if (question.trim() === "") throw new InkstoneError("E_INPUT_EMPTY", { what: { en: "the question", zh: "问题" } });
  const passages = await base.search(question, { limit, perDocument: 2, signal: options.signal });
  const results = passages.map((one) => ({ ...one, study: studyKind(one.text) }));
  const answer = await answerFrom(question, base, options);
  const wholeOf = (document: string) => base.search(question, { limit: mostOfDocument, filter: { documents: [document] }, signal: options.signal });
  const finding = answer.refused || passages.length === 0 ? undefined : sourceFinding(question, await wholeOf(passages[0].document));
  if (!personal.test(question)) return { ...answer, notice: medicalNotice, results, ...(finding === undefined ? {} : { finding }) };
  const words = /\p{Script=Han}/u.test(question)
    ? "涉及您个人的诊断与用药，请咨询医务人员；以下仅为资料中的相关段落。"
    : "Ask a clinician about yourself; below is only what the sources say on the subject.";
  return {
    ...answer,
    answer: words,
    citations: [],
    refused: true,
    reason: "not-in-the-sources",
    wordedBy: "source",
    label: undefined,
    notice: medicalNotice,
    results,
  };
}
