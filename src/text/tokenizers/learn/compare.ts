// How well tokenizers suit texts: tokens a word, bytes a token, characters without a token, by writing. Knows no files.
import { scriptCounts } from "../../segment/script.ts";
import type { Tokenizer } from "../tokenizer.ts";

/** How a tokenizer does on the texts of one writing. */
export interface TokenizerFit {
  /** The writing of most letters of a line ("Latin", "Han" …); "none" for lines without letters; "all" for everything together. */
  readonly language: string;
  readonly bytes: number;
  readonly words: number;
  readonly tokens: number;
  /** Tokens a word; a Chinese, Japanese or Korean character is a word. */
  readonly fertility: number;
  readonly bytesPerToken: number;
  /** Share of the characters, blanks aside, that have tokens other than the unknown one. */
  readonly coverage: number;
}

interface Sums {
  bytes: number;
  words: number;
  tokens: number;
  characters: number;
  covered: number;
}

const word =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]|[^\p{White_Space}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]+/gu;
const unknown = ["<unk>", "[UNK]", "<|unk|>", "unk"];

/**
 * How a tokenizer does on texts: by the writing of their lines, and on all of them.
 *
 * Errors: none of its own.
 *
 * @example
 * const { json } = await trainTokenizer(["ink and stone, ink and stone"], { vocabularySize: 270 });
 * const rows = await tokenizerFit(tokenizerFromJson(json), ["ink and stone", "砚"]);
 * rows.map(({ language, tokens }) => [language, tokens]); // [["Latin", 3], ["Han", 3], ["all", 6]]
 */
export async function tokenizerFit(
  tokenizer: Tokenizer,
  texts: Iterable<string> | AsyncIterable<string>,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<TokenizerFit[]> {
  const sums = new Map<string, Sums>();
  const known = new Map<string, boolean>();
  const unknownIds = new Set(unknown.map((token) => tokenizer.idOf(token)).filter((id) => id !== undefined));
  const isCovered = (character: string): boolean => {
    let found = known.get(character);
    if (found === undefined) {
      const ids = tokenizer.encode(character);
      found = ids.length > 0 && !ids.some((id) => unknownIds.has(id));
      known.set(character, found);
    }
    return found;
  };
  for await (const text of texts) {
    signal?.throwIfAborted();
    const lines = text.split(/(?<=\n)/).filter((line) => line !== "");
    const encoded = await tokenizer.encodeAll(lines, { signal });
    for (const [i, line] of lines.entries()) {
      const one = { bytes: Buffer.byteLength(line), words: line.match(word)?.length ?? 0, tokens: encoded[i].length, characters: 0, covered: 0 };
      for (const character of line) {
        if (/\p{White_Space}/u.test(character)) continue;
        one.characters++;
        one.covered += isCovered(character) ? 1 : 0;
      }
      for (const language of [languageOf(line), "all"]) add(sums, language, one);
    }
  }
  const rows = [...sums].map(([language, sum]) => fitOf(language, sum));
  return rows.sort((a, b) => Number(a.language === "all") - Number(b.language === "all") || b.bytes - a.bytes);
}

function languageOf(line: string): string {
  return [...scriptCounts(line)].reduce<readonly [string, number]>((most, now) => (now[1] > most[1] ? now : most), ["none", 0])[0];
}

function add(sums: Map<string, Sums>, language: string, one: Sums): void {
  const sum = sums.get(language) ?? { bytes: 0, words: 0, tokens: 0, characters: 0, covered: 0 };
  for (const name of Object.keys(sum) as (keyof Sums)[]) sum[name] += one[name];
  sums.set(language, sum);
}

function fitOf(language: string, { bytes, words, tokens, characters, covered }: Sums): TokenizerFit {
  return {
    ...{ language, bytes, words, tokens },
    fertility: tokens / Math.max(1, words),
    bytesPerToken: bytes / Math.max(1, tokens),
    coverage: characters === 0 ? 1 : covered / characters,
  };
}
