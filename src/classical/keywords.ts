// Keywords: of many texts by TF-IDF, of one text by TextRank. Works on vectorisers and on tokens; cuts no texts.
import { refuseUnknown } from "../core/index.ts";
import type { Vectoriser } from "../text/index.ts";
import { checkedMost, pageRank } from "./rank.ts";

/** A word or phrase and how much it says. */
export interface Keyword {
  readonly text: string;
  readonly score: number;
}

/**
 * The features of each text that weigh most, heaviest first; of equals, the earlier by name. The vectoriser is fitted on the texts unless `fitted` says that it is.
 *
 * Defaults: 10 keywords. Errors: those of the vectoriser; `E_OPTION`.
 *
 * @example
 * const [first] = tfidfKeywords(["the red wine", "the white wine", "the wine list"], new TfidfVectorizer(), { most: 1 });
 * first[0].text; // "red"
 */
export function tfidfKeywords(
  texts: readonly string[],
  vectoriser: Vectoriser,
  options: { readonly most?: number; readonly fitted?: boolean } = {},
): Keyword[][] {
  const { most = 10, fitted = false } = options;
  checkedMost(most);
  const { starts, indices, values, rows } = fitted ? vectoriser.transform(texts) : vectoriser.fitTransform(texts);
  const names = vectoriser.featureNames();
  return Array.from({ length: rows }, (_, row) => {
    const order = Array.from({ length: starts[row + 1] - starts[row] }, (_, i) => starts[row] + i);
    order.sort((a, b) => values[b] - values[a] || indices[a] - indices[b]);
    return order.slice(0, most).map((at) => ({ text: names[indices[at]], score: values[at] }));
  });
}

/** How TextRank looks at tokens. */
export interface TextRankOptions {
  /** Keywords to give. Default 10. */
  readonly most?: number;
  /** Words this close to each other are linked. Default 2: neighbours. */
  readonly window?: number;
  /** Which tokens can be keywords: no stop words, no punctuation. Default: those with a letter or number. */
  readonly keep?: (token: string) => boolean;
  /** What joins the words of a phrase. Default a blank; "" for Chinese. */
  readonly separator?: string;
}

/**
 * Words of one text that are linked to many others that are: PageRank on the graph of words that stand close together. Of the best third of the words, those that follow each other
 * become phrases, whose score is the sum of their words'.
 *
 * Defaults: `TextRankOptions`. Errors: `E_OPTION`. Source: Mihalcea & Tarau 2004.
 *
 * @example
 * const words = "natural language and natural speech need language models for natural language".split(" ");
 * textRankKeywords(words, { most: 1, keep: (word) => !["and", "for", "need"].includes(word) })[0].text; // "natural language"
 */
export function textRankKeywords(tokens: readonly string[], options: TextRankOptions = {}): Keyword[] {
  refuseUnknown<TextRankOptions>("textRankKeywords", options, { most: true, window: true, keep: true, separator: true });
  const { most = 10, window = 2, keep = (token) => /[\p{L}\p{N}]/u.test(token), separator = " " } = options;
  checkedMost(most);
  const numbers = new Map<string, number>();
  const ids = tokens.map((token) => (keep(token) ? number(numbers, token) : -1));
  const graph = Array.from(numbers, () => new Map<number, number>());
  for (let i = 0; i < ids.length; i++) {
    for (let j = i + 1; j < Math.min(ids.length, i + window); j++) {
      const [a, b] = [ids[i], ids[j]];
      if (a < 0 || b < 0 || a === b) continue;
      graph[a].set(b, (graph[a].get(b) ?? 0) + 1);
      graph[b].set(a, (graph[b].get(a) ?? 0) + 1);
    }
  }
  if (graph.length === 0) return [];
  const ranks = pageRank(graph);
  const best = new Set([...ranks.keys()].sort((a, b) => ranks[b] - ranks[a] || a - b).slice(0, Math.max(most, Math.ceil(ranks.length / 3))));
  const phrases = phrasesOf(tokens, ids, best, ranks, separator);
  return [...phrases]
    .map(([text, score]) => ({ text, score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, most);
}

function number(numbers: Map<string, number>, token: string): number {
  const known = numbers.get(token);
  if (known !== undefined) return known;
  numbers.set(token, numbers.size);
  return numbers.size - 1;
}

function phrasesOf(
  tokens: readonly string[],
  ids: readonly number[],
  best: ReadonlySet<number>,
  ranks: Float64Array,
  separator: string,
): Map<string, number> {
  const phrases = new Map<string, number>();
  for (let from = 0; from < ids.length; from++) {
    if (!best.has(ids[from])) continue;
    let end = from;
    const words: string[] = [];
    const seen = new Set<number>();
    let score = 0;
    // A phrase names no word twice.
    while (end < ids.length && best.has(ids[end]) && !seen.has(ids[end])) {
      seen.add(ids[end]);
      words.push(tokens[end]);
      score += ranks[ids[end]];
      end++;
    }
    phrases.set(words.join(separator), score);
    from = end - 1;
  }
  return phrases;
}
