// Words of a text with their places, and the pieces that a tokenizer cuts each into: places of pieces are places of their words. Knows no model.
import type { Tokenizer } from "../../text/index.ts";

/** A word, a mark or a Chinese character, and where it stands (UTF-16). */
export interface PlacedWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const word = /\p{Script=Han}|[\p{L}\p{N}\p{M}]+|[^\s\p{L}\p{N}\p{M}]/gu;

/**
 * The words of a text: runs of letters and digits; marks and Chinese characters each alone.
 *
 * @example
 * placedWords("Ink, 墨水").map(({ text, start }) => text + start); // ["Ink0", ",3", "墨5", "水6"]
 */
export function placedWords(text: string): PlacedWord[] {
  return Array.from(text.matchAll(word), ({ 0: found, index }) => ({ text: found, start: index, end: index + found.length }));
}

/**
 * Ids of each word of each list, as they stand in a text: behind a blank where one is before them.
 *
 * @example
 * const tokenizer = await loadTokenizer("tokenizer.json", openExecutor());
 * (await idsOfWords(tokenizer, [placedWords("Hello")])).length; // 1
 * tokenizer.dispose();
 */
export async function idsOfWords(
  tokenizer: Tokenizer,
  lists: readonly (readonly PlacedWord[])[],
  { lowercase = false, signal }: { readonly lowercase?: boolean; readonly signal?: AbortSignal } = {},
): Promise<number[][][]> {
  const shapeOf = ({ text, start }: PlacedWord, before: PlacedWord | undefined): string => {
    const own = lowercase ? text.toLowerCase() : text;
    return before !== undefined && before.end < start ? ` ${own}` : own;
  };
  const shapes = lists.map((list) => list.map((each, i) => shapeOf(each, list[i - 1])));
  const different = [...new Set(shapes.flat())];
  const encoded = await tokenizer.encodeAll(different, { signal });
  const known = new Map(different.map((shape, i) => [shape, encoded[i]]));
  return shapes.map((list) => list.map((shape) => known.get(shape) ?? []));
}
