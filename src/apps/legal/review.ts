// A contract read against a playbook: who, when, how much, how long, what is unusual and what is missing, each with its place. Rules; no advice, no model.
import { anObject, aSignal, InkstoneError, type Language, oneOf, type Rules, readOptions } from "../../core/index.ts";
import { sentenceSpans } from "../../text/index.ts";
import { type ClauseKind, clauseKinds, clausesOf } from "./clauses.ts";
import {
  type ContractDate,
  type ContractMoney,
  type ContractParty,
  type ContractPeriod,
  type ContractSpan,
  datesOf,
  moneyOf,
  partiesOf,
  periodsOf,
} from "./facts.ts";
import { legalNotice } from "./form.ts";
import { defaultPlaybook, type Playbook, reasonIn } from "./playbook.ts";

/** A clause. */
export interface ReviewedClause extends ContractSpan {
  readonly clause: ClauseKind;
}

/** What a contract says, and what it does not. */
export interface ContractReview {
  readonly notice: { readonly en: string; readonly zh: string };
  readonly language: Language;
  readonly parties: readonly ContractParty[];
  readonly dates: readonly ContractDate[];
  readonly money: readonly ContractMoney[];
  /** Sentences that say how long it runs, with the spans of time in them. */
  readonly term: readonly (ContractSpan & { readonly periods: readonly ContractPeriod[] })[];
  /** Sentences of renewal; `automatic` where it goes on by itself, `notice` where notice stops it. */
  readonly renewal: readonly (ContractSpan & { readonly automatic: boolean; readonly notice?: ContractPeriod })[];
  readonly liability: readonly (ContractSpan & {
    readonly kind: "cap" | "uncapped" | "indemnity" | "damages";
    readonly amounts: readonly ContractMoney[];
  })[];
  readonly clauses: readonly ReviewedClause[];
  readonly unusual: readonly (ContractSpan & { readonly rule: string; readonly severity: "low" | "medium" | "high"; readonly reason: string })[];
  readonly missing: readonly { readonly clause: ClauseKind; readonly reason: string }[];
}

/** How a contract is reviewed. */
export interface ReviewOptions {
  readonly playbook?: Playbook;
  /** Of reasons. Default: that of the contract. */
  readonly language?: Language;
  readonly signal?: AbortSignal;
}

const rules: Rules<ReviewOptions> = { playbook: anObject, language: oneOf(["en", "zh"]), signal: aSignal };

/** Most characters of a contract. */
export const longestContract = 2_000_000;
const longestSentence = 4000;

/**
 * Reviews a contract. Rules find what has a place; that something is missing means that no sentence has a sign of it.
 *
 * Errors: E_OPTION, E_OPTION_UNKNOWN; E_TEXT_LENGTH beyond two million characters; the signal's reason.
 *
 * @example
 * const text = 'This Agreement is made on March 5, 2026 between Ink Works Ltd ("Supplier") and Paper House Inc. ("Customer"). It renews automatically for one (1) year unless 30 days notice is given.';
 * const { parties, renewal, missing } = await reviewContract(text);
 * parties.map(({ text, role }) => [text, role]); // [["Ink Works Ltd", "Supplier"], ["Paper House Inc.", "Customer"]]
 * [renewal[0].automatic, missing.some(({ clause }) => clause === "governing-law")]; // [true, true]
 */
export async function reviewContract(text: string, options: ReviewOptions = {}): Promise<ContractReview> {
  const contractLanguage: Language = (text.match(/\p{Script=Han}/gu)?.length ?? 0) * 10 > text.length ? "zh" : "en";
  const { playbook = defaultPlaybook, language = contractLanguage, signal } = readOptions("reviewContract", options, rules);
  if (text.length > longestContract) throw new InkstoneError("E_TEXT_LENGTH", { limit: longestContract });
  const dates = datesOf(text);
  const money = moneyOf(text);
  const clauses: ReviewedClause[] = [];
  const unusual: ContractReview["unusual"][number][] = [];
  for (const [i, sentence] of sentencesOf(text).entries()) {
    if (i % 32 === 31) await new Promise((next) => setImmediate(next));
    signal?.throwIfAborted();
    const kinds = clausesOf(sentence.text);
    clauses.push(...kinds.map((clause) => ({ clause, ...sentence })));
    for (const { name, clause, pattern, reason, severity } of playbook.flags) {
      if (clause !== undefined && !kinds.includes(clause)) continue;
      pattern.lastIndex = 0;
      if (pattern.test(sentence.text)) unusual.push({ rule: name, severity, reason: reasonIn(reason, language), ...sentence });
    }
  }
  const of = (...kinds: readonly ClauseKind[]): ReviewedClause[] => clauses.filter(({ clause }) => kinds.includes(clause));
  const inside = <T extends ContractSpan>(all: readonly T[], { start, end }: ContractSpan): T[] =>
    all.filter((one) => one.start >= start && one.end <= end);
  const plain = ({ start, end, text: said }: ContractSpan): ContractSpan => ({ start, end, text: said });
  const periods = (place: ContractSpan): ContractPeriod[] =>
    periodsOf(place.text).map((one) => ({ ...one, start: one.start + place.start, end: one.end + place.start }));
  return {
    notice: legalNotice,
    language: contractLanguage,
    parties: partiesOf(text),
    dates,
    money,
    term: of("term")
      .map((one) => ({ ...plain(one), periods: periods(one) }))
      .filter(({ periods: found, text: said }) => found.length > 0 || /\d{4}|perpetu|indefinit|无固定期限/.test(said)),
    renewal: of("renewal-term").map((one) => {
      const notice = /notice|通知/.test(one.text) ? periods(one).at(-1) : undefined;
      return { ...plain(one), automatic: /automatic|unless|自动/i.test(one.text), ...(notice === undefined ? {} : { notice }) };
    }),
    liability: of("cap-on-liability", "uncapped-liability", "indemnification", "liquidated-damages").map((one) => ({
      ...plain(one),
      kind: liabilities[one.clause]!,
      amounts: inside(money, one),
    })),
    clauses,
    unusual,
    missing: playbook.require
      .filter((clause) => !clauses.some((one) => one.clause === clause))
      .map((clause) => ({
        clause,
        reason: language === "zh" ? `未发现“${clauseKinds[clause].zh}”条款` : `No sentence has a sign of a clause on ${clauseKinds[clause].en}`,
      })),
  };
}

const liabilities: Readonly<Partial<Record<ClauseKind, "cap" | "uncapped" | "indemnity" | "damages">>> = {
  "cap-on-liability": "cap",
  "uncapped-liability": "uncapped",
  indemnification: "indemnity",
  "liquidated-damages": "damages",
};

// Sentences, and lines of a list; a very long one is cut, so that no rule reads for ever.
function sentencesOf(text: string): ContractSpan[] {
  return sentenceSpans(text).flatMap(({ start, end }) =>
    Array.from({ length: Math.ceil((end - start) / longestSentence) }, (_, i) => {
      const from = start + i * longestSentence;
      const to = Math.min(end, from + longestSentence);
      return { start: from, end: to, text: text.slice(from, to) };
    }),
  );
}
