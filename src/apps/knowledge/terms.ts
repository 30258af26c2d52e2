// What a text is found by: English stems, Chinese words in search mode, numbers and names as they are. Knows no documents.
import { ChineseSegmenter, snowballStem, stopwords } from "../../text/index.ts";

const runs = /\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{L}\p{M}\p{N}])+(?:['’](?:(?!\p{Script=Han})\p{L})+)*/gu;
const han = /^\p{Script=Han}/u;
// Characters that nobody sees, and that only part words: zero-width ones, tags, soft hyphens, variation selectors.
const unseen = /\p{Default_Ignorable_Code_Point}|[\u200b-\u200f\u202a-\u202e\ufeff]/gu;
const keptStems = 50_000;

/**
 * A text without what nobody can see.
 *
 * @example
 * visibleText("in\u200bk"); // "ink"
 */
export function visibleText(text: string): string {
  return text.replace(unseen, "");
}

/**
 * The terms of texts and of queries: one object a language pair, its stems remembered.
 *
 * @example
 * const terms = await SearchTerms.open();
 * terms.of("The inks of Anhui's stones, 徽墨"); // ["ink", "anhui", "stone", "徽墨"]
 */
export class SearchTerms {
  readonly #segmenter: ChineseSegmenter;
  readonly #stems = new Map<string, string>();
  readonly #stop: ReadonlySet<string> = new Set([...stopwords("en", "small"), ...stopwords("zh", "small")]);

  private constructor(segmenter: ChineseSegmenter) {
    this.#segmenter = segmenter;
  }

  /** Loads the Chinese dictionary. */
  static async open(): Promise<SearchTerms> {
    return new SearchTerms(await ChineseSegmenter.open());
  }

  /** The terms of a text in their order, stop words left out. Full width is half width, case does not count, what nobody sees is not there. */
  of(text: string): string[] {
    const found: string[] = [];
    for (const [run] of visibleText(text.normalize("NFKC")).toLowerCase().matchAll(runs)) {
      if (han.test(run)) for (const word of this.#segmenter.cutForSearch(run)) this.#keep(word, found);
      else this.#keep(run, found);
    }
    return found;
  }

  #keep(word: string, found: string[]): void {
    if (this.#stop.has(word)) return;
    found.push(han.test(word) ? word : this.#stem(word));
  }

  #stem(word: string): string {
    const known = this.#stems.get(word);
    if (known !== undefined) return known;
    const stem = word.length > 40 ? word.slice(0, 40) : snowballStem(word.replaceAll("’", "'").replace(/'s$/, ""));
    if (this.#stems.size < keptStems) this.#stems.set(word, stem);
    return stem;
  }
}
