// Answers that rest on sources, or none: joins searching, evidence, wording and the audit. Knows no HTTP and no terminal.
import { InkstoneError, shortened } from "../../core/index.ts";
import { KnowledgeBase, SearchTerms } from "../knowledge/index.ts";
import { PiiFinder } from "../pii/index.ts";
import { type Evidence, evidenceOf, type Rareness, type SourcePassage, type SourceSentence, withMeaning } from "./evidence.ts";
import type { AnswerOptions, Citation, GroundedAnswer, RefusalReason } from "./types.ts";
import { promptVersion, wordedAnswer } from "./worded.ts";

const refusals: Readonly<Record<RefusalReason, { readonly en: string; readonly zh: string }>> = {
  "not-in-the-sources": { en: "That is not in the sources.", zh: "资料中没有相关内容。" },
  "no-sources": { en: "There are no sources to look in.", zh: "没有可供查找的资料。" },
  "only-injected": { en: "The sources hold only instructions to a machine, which are not followed.", zh: "资料中只有针对机器的指令，不予执行。" },
};
const labels = { en: "Worded by an AI model from the cited sources.", zh: "本回答由人工智能依据所引资料生成。" } as const;
const longestQuestion = 4000;

/**
 * Answers a question from a knowledge base or from passages. The answer is the best sentence of the sources, or a model's wording of them from which everything that no source has is
 * taken out; nothing is answered that the sources do not support. Text of the sources is data: instructions in it are neither followed nor quoted.
 *
 * Errors: E_INPUT_EMPTY; E_OPTION for a question beyond 4,000 characters; those of the base, its embedder and the writer.
 *
 * @example
 * const passages = [{ text: "The shop opens at nine. The shop closes at six.", document: "hours.txt", start: 0, end: 47 }];
 * const { answer, refused } = await answerFrom("When does the shop close?", passages);
 * answer; // "The shop closes at six."
 */
export async function answerFrom(
  question: string,
  source: KnowledgeBase | readonly SourcePassage[],
  options: AnswerOptions = {},
): Promise<GroundedAnswer> {
  const began = performance.now();
  if (question.trim() === "") throw new InkstoneError("E_INPUT_EMPTY", { what: { en: "the question", zh: "问题" } });
  if (question.length > longestQuestion)
    throw new InkstoneError("E_OPTION", {
      option: "question",
      value: shortened(question, 40),
      allowed: { en: `at most ${longestQuestion} characters`, zh: `最多 ${longestQuestion} 个字符` },
    });
  const language = /\p{Script=Han}/u.test(question) ? "zh" : "en";
  const { passages, terms, rareness } = await sourcesOf(question, source, options);
  const byWords = evidenceOf(question, passages, terms, rareness);
  const likeness = source instanceof KnowledgeBase ? await source.likeness(question, sentencesIn(byWords), { signal: options.signal }) : undefined;
  const evidence = likeness === undefined ? byWords : withMeaning(question, byWords, likeness);
  const answer = await answered(question, { passages, terms, evidence, language, options });
  await keepAudit(question, answer, options, performance.now() - began);
  return answer;
}

const sentencesIn = ({ sentences }: Evidence): string[] => [...new Set(sentences.map(({ text }) => text))];

interface Looked {
  readonly passages: readonly SourcePassage[];
  readonly terms: SearchTerms;
  readonly rareness?: Rareness;
}

async function sourcesOf(
  question: string,
  source: KnowledgeBase | readonly SourcePassage[],
  { passages: most = 6, signal }: AnswerOptions,
): Promise<Looked> {
  if (!(source instanceof KnowledgeBase)) return { passages: source.slice(0, 1000), terms: await SearchTerms.open() };
  const several = (await source.documents()).length > 1;
  // No document alone can fill what is looked at: one that was made to be found crowds out no other.
  const passages = await source.search(question, { limit: most, perDocument: several ? Math.max(2, Math.ceil(most / 2)) : undefined, signal });
  return { passages, terms: source.searchTerms, rareness: await source.termStatistics(question, signal) };
}

interface Answering extends Looked {
  readonly evidence: Evidence;
  readonly language: "en" | "zh";
  readonly options: AnswerOptions;
}

async function answered(question: string, { passages, terms, evidence, language, options }: Answering): Promise<GroundedAnswer> {
  const { least = 0.5, writer, signal } = options;
  const injected = evidence.injected.map(({ document, page, start, end, sign }) => ({ document, page, start, end, sign }));
  const common = { support: evidence.support, injected };
  const refuse = (reason: RefusalReason, dropped: GroundedAnswer["dropped"] = []): GroundedAnswer => ({
    ...common,
    answer: refusals[reason][language],
    citations: [],
    refused: true,
    reason,
    dropped,
    wordedBy: "source",
    label: undefined,
  });
  if (passages.length === 0) return refuse("no-sources");
  if (evidence.sentences.length === 0) return refuse("only-injected");
  if (evidence.support < least) return refuse("not-in-the-sources");
  const [best] = evidence.sentences;
  const plain: GroundedAnswer = {
    ...common,
    answer: best.text,
    citations: [citationOf(best)],
    refused: false,
    reason: undefined,
    dropped: [],
    wordedBy: "source",
    label: undefined,
  };
  if (writer === undefined) return plain;
  const used = evidence.sentences.slice(0, 8);
  const worded = await wordedAnswer(question, used, { writer, terms, language, signal });
  if (worded.text === undefined) return worded.dropped.length === 0 ? refuse("not-in-the-sources") : { ...plain, dropped: worded.dropped };
  const said = new Set(terms.of(worded.text));
  const resting = used.filter(({ text }) => terms.of(text).filter((term) => said.has(term)).length >= 2).slice(0, 3);
  return {
    ...plain,
    answer: worded.text,
    citations: (resting.length > 0 ? resting : [best]).map(citationOf),
    dropped: worded.dropped,
    wordedBy: writer.name,
    label: labels[language],
  };
}

const citationOf = ({ document, page, start, end, text }: SourceSentence): Citation => ({ document, page, start, end, quote: text });

async function keepAudit(question: string, answer: GroundedAnswer, { audit }: AnswerOptions, milliseconds: number): Promise<void> {
  if (audit === undefined) return;
  const { log, subject = "", texts = "redacted" } = audit;
  const shown = await shower(texts);
  const { citations, refused, reason, support, dropped, injected, wordedBy } = answer;
  await log.add({
    subject,
    action: "answer",
    body: {
      question: shown(question),
      answer: shown(answer.answer),
      model: wordedBy,
      promptVersion: wordedBy === "source" ? undefined : promptVersion,
      sources: citations.map(({ document, page, start, end }) => ({ document, page, start, end })),
      checks: { refused, reason, support, dropped: dropped.length, injected: injected.length },
      milliseconds: Math.round(milliseconds),
    },
  });
}

async function shower(texts: "redacted" | "whole" | "none"): Promise<(text: string) => string | undefined> {
  if (texts === "none") return () => undefined;
  if (texts === "whole") return (text) => text;
  const finder = await PiiFinder.open();
  return (text) => finder.replace(text).text;
}
