// Extractive summaries: the sentences that say most, in their order. Takes sentences and a vectoriser; cuts no texts.
import { InkstoneError, refuseUnknown, type SparseMatrix } from "../core/index.ts";
import { TfidfVectorizer, type Vectoriser } from "../text/index.ts";
import { checkedMost, pageRank } from "./rank.ts";

/** How a summary is made. */
export interface SummaryOptions {
  /** Sentences to keep. Default 3. */
  readonly most?: number;
  /** "textrank" (default): sentences that are like many others; "centroid": sentences that are like the whole. */
  readonly method?: "textrank" | "centroid";
  /** Makes rows of length 1 of sentences. Default: TF-IDF of words; for Chinese give one that cuts Chinese, or of characters. */
  readonly vectoriser?: Vectoriser;
}

/** A sentence of a summary. */
export interface SummarySentence {
  /** Place in the text. */
  readonly index: number;
  readonly text: string;
  readonly score: number;
}

/**
 * The sentences that say most, in the order of the text; of equals, the earlier. Likeness is the cosine of their rows.
 *
 * Defaults: `SummaryOptions`. Errors: `E_FIT_EMPTY` (no sentence), `E_OPTION`, those of the vectoriser.
 * Source: Mihalcea & Tarau 2004 with the cosine of Erkan & Radev 2004; Radev et al. 2004 (centroid).
 *
 * @example
 * const text = ["The cat sat on the mat.", "A cat sat on a red mat.", "Stocks fell."];
 * summarize(text, { most: 1 })[0].text !== "Stocks fell."; // true
 */
export function summarize(sentences: readonly string[], options: SummaryOptions = {}): SummarySentence[] {
  refuseUnknown<SummaryOptions>("summarize", options, { most: true, method: true, vectoriser: true });
  const { most = 3, method = "textrank", vectoriser = new TfidfVectorizer() } = options;
  checkedMost(most);
  if (method !== "textrank" && method !== "centroid")
    throw new InkstoneError("E_OPTION", { option: "method", value: method, allowed: ["textrank", "centroid"] });
  if (sentences.length === 0) throw new InkstoneError("E_FIT_EMPTY", { what: { en: "there is no sentence", zh: "没有句子" } });
  const x = vectoriser.fitTransform(sentences);
  const scores = method === "centroid" ? likenessToAll(x) : pageRank(likeness(x));
  const order = [...sentences.keys()].sort((a, b) => scores[b] - scores[a] || a - b).slice(0, most);
  return order.sort((a, b) => a - b).map((index) => ({ index, text: sentences[index], score: scores[index] }));
}

function likeness(x: SparseMatrix): Map<number, number>[] {
  const graph = Array.from({ length: x.rows }, () => new Map<number, number>());
  const dense = new Float64Array(x.columns);
  for (let row = 0; row < x.rows; row++) {
    for (let at = x.starts[row]; at < x.starts[row + 1]; at++) dense[x.indices[at]] = x.values[at];
    for (let other = row + 1; other < x.rows; other++) {
      let product = 0;
      for (let at = x.starts[other]; at < x.starts[other + 1]; at++) product += dense[x.indices[at]] * x.values[at];
      if (product <= 0) continue;
      graph[row].set(other, product);
      graph[other].set(row, product);
    }
    for (let at = x.starts[row]; at < x.starts[row + 1]; at++) dense[x.indices[at]] = 0;
  }
  return graph;
}

function likenessToAll(x: SparseMatrix): Float64Array {
  const centroid = new Float64Array(x.columns);
  for (let i = 0; i < x.values.length; i++) centroid[x.indices[i]] += x.values[i];
  const length = Math.sqrt(centroid.reduce((sum, value) => sum + value * value, 0)) || 1;
  return Float64Array.from({ length: x.rows }, (_, row) => {
    let product = 0;
    for (let at = x.starts[row]; at < x.starts[row + 1]; at++) product += centroid[x.indices[at]] * x.values[at];
    return product / length;
  });
}
