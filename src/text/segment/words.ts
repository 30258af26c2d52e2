// Words of a text in English, Chinese or both: sentences first, then the rules of the language. Knows which segmenter does what.
import { refuseUnknown } from "../../core/index.ts";
import { sentenceSpans } from "./sentences.ts";
import type { Span } from "./spans.ts";
import { treebankSpans, treebankTokens } from "./treebank.ts";

/** How words are told apart. */
export interface WordOptions {
  /** Take the text as one line: only a full stop at its very end is a word of its own (NLTK's preserve_line; default false). */
  readonly preserveLine?: boolean;
}

/**
 * English words and punctuation, as NLTK's `word_tokenize`: `treebankTokens` of each sentence. With `preserveLine` the tokens are NLTK's own; without it the sentences are ours.
 *
 * Chinese needs a dictionary: use `ChineseSegmenter`. No errors.
 *
 * @example
 * wordTokenize("He left. She didn't."); // ["He", "left", ".", "She", "did", "n't", "."]
 */
export function wordTokenize(text: string, options: WordOptions = {}): string[] {
  refuseUnknown<WordOptions>("wordTokenize", options, { preserveLine: true });
  const { preserveLine = false } = options;
  return preserveLine ? treebankTokens(text) : sentenceSpans(text).flatMap((sentence) => treebankTokens(sentence.text));
}

/**
 * The same words with their places; a double quote is as it stands in the text.
 *
 * @example
 * wordSpans("It's 😀.").map(({ start, end }) => [start, end]); // [[0, 2], [2, 4], [5, 7], [7, 8]]
 */
export function wordSpans(text: string, options: WordOptions = {}): Span[] {
  refuseUnknown<WordOptions>("wordSpans", options, { preserveLine: true });
  const { preserveLine = false } = options;
  if (preserveLine) return treebankSpans(text);
  return sentenceSpans(text).flatMap(({ text: sentence, start: offset }) =>
    treebankSpans(sentence).map(({ text, start, end }) => ({ text, start: start + offset, end: end + offset })),
  );
}
