// What kind of clause a text is, learned from examples: its words with the signs of the rules beside them. Knows no contract and no files.
import { InkstoneError } from "../../core/index.ts";
import { accuracy, f1 } from "../../metrics/index.ts";
import { type TextClassifier, type TextExample, trainTextClassifier } from "../../pipelines/index.ts";
import { sentenceSpans } from "../../text/index.ts";
import { clausesOf } from "./clauses.ts";
import type { ContractSpan } from "./facts.ts";

/** How right a classifier of kinds was. */
export interface KindScores {
  readonly accuracy: number;
  readonly macroF1: number;
}

/** What came of training. */
export interface TrainedKinds {
  /** To be asked through `kindsIn`, which puts the signs beside the words. */
  readonly classifier: TextClassifier;
  /** Over the folds, and what the words alone give there. */
  readonly trial: (KindScores & { readonly words: KindScores }) | null;
  /** On rows that were kept apart, where there are some, and what the words alone give there. */
  readonly test: (KindScores & { readonly rows: number; readonly words: KindScores }) | null;
}

/** How kinds are learned. */
export interface KindTraining {
  readonly test?: readonly TextExample[];
  readonly folds?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
}

/** What a kind's sign is called among the words: letters alone, and no word of any language. */
const wordOf = (kind: string): string => `xx${kind.replaceAll("-", "")}`;

/**
 * A text with the signs of the rules as words behind it.
 *
 * @example
 * signedClause("This Agreement is governed by the laws of France."); // "This Agreement is governed by the laws of France. xxgoverninglaw"
 */
export function signedClause(text: string): string {
  const signs = clausesOf(text).map(wordOf);
  return signs.length === 0 ? text : `${text} ${signs.join(" ")}`;
}

/**
 * Learns kinds of clauses from labelled texts: a linear model of their words and of the rules' signs, with kinds that count alike where the folds gain by it; and beside it, to compare, a plain one of the words alone.
 *
 * Errors: those of `trainTextClassifier`; the signal's reason.
 *
 * @example
 * const rows = ["laws of France", "laws of Italy", "laws of Spain"].map((text) => ({ text: `Governed by the ${text}.`, label: "law" }));
 * const more = ["ten dollars", "two dollars", "six dollars"].map((text) => ({ text: `The fee is ${text}.`, label: "fee" }));
 * const { classifier, trial } = await trainClauseKinds([...rows, ...more], { folds: 3 });
 * [trial.accuracy, (await kindsIn(classifier, "It is governed by the laws of Malta."))[0].kind]; // [1, "law"]
 */
export async function trainClauseKinds(
  examples: readonly TextExample[],
  { test = [], folds, seed, signal, onProgress }: KindTraining = {},
): Promise<TrainedKinds> {
  const options = { model: "linear-svm", folds, seed, signal } as const;
  const words = await trainTextClassifier(examples, { ...options, onProgress: (done) => onProgress?.(done / 2) });
  const signed = await trainTextClassifier(signedRows(examples), {
    ...options,
    weighClasses: true,
    onProgress: (done) => onProgress?.((1 + done) / 2),
  });
  const of = ({ tried }: typeof signed): KindScores | undefined =>
    tried[0] && {
      accuracy: tried[0].trial.metrics.accuracy.mean,
      macroF1: tried[0].trial.metrics.macroF1.mean,
    };
  const [own, alone] = [of(signed), of(words)];
  const on = async (classifier: TextClassifier, rows: readonly TextExample[]): Promise<KindScores> => {
    const truth = rows.map(({ label }) => label);
    const said = await classifier.predict(
      rows.map(({ text }) => text),
      { signal },
    );
    return { accuracy: accuracy(truth, said), macroF1: f1(truth, said, { average: "macro" }) };
  };
  const { classifier } = signed;
  classifier.card = { ...classifier.card, task: kindsTask };
  return {
    classifier,
    trial: own === undefined || alone === undefined ? null : { ...own, words: alone },
    test: test.length === 0 ? null : { rows: test.length, ...(await on(classifier, signedRows(test))), words: await on(words.classifier, test) },
  };
}

const signedRows = (rows: readonly TextExample[]): TextExample[] => rows.map(({ text, label }) => ({ text: signedClause(text), label }));

const kindsTask = "legal-clauses";
const longestSentence = 4000;

/** A sentence of a kind that was learned. */
export interface LearnedKind extends ContractSpan {
  readonly kind: string;
  readonly confidence: number;
}

/**
 * The kinds of a contract's sentences by a classifier of `trainClauseKinds`, where it is at least so sure (`least`, default 0.5).
 *
 * Errors: E_PIPELINE for a classifier that learned something else; the signal's reason.
 *
 * @example
 * await kindsIn(new TextClassifier(), "It is governed by the laws of Malta."); // throws E_PIPELINE
 */
export async function kindsIn(
  classifier: TextClassifier,
  text: string,
  { least = 0.5, signal }: { readonly least?: number; readonly signal?: AbortSignal } = {},
): Promise<LearnedKind[]> {
  if (classifier.card["task"] !== kindsTask)
    throw new InkstoneError("E_PIPELINE", {
      file: "kinds",
      why: { en: "it did not learn kinds of clauses (`inkstone legal train`)", zh: "它未学习条款类型（请使用 `inkstone legal train`）" },
    });
  const sentences = sentenceSpans(text).filter(({ start, end }) => end - start <= longestSentence && /\p{L}/u.test(text.slice(start, end)));
  const said = await classifier.classifyAll(
    sentences.map((one) => signedClause(one.text)),
    { signal },
  );
  return sentences.flatMap(({ start, end, text: own }, i) =>
    said[i].unknown || said[i].confidence < least ? [] : [{ start, end, text: own, kind: String(said[i].label), confidence: said[i].confidence }],
  );
}
