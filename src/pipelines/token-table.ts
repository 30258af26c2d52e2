// A table of trained vectors with the tokenizer whose tokens its rows are. Knows no model and no file.
import type { WordVectors } from "../classical/index.ts";
import type { MatrixWeight } from "../nn/index.ts";
import { cpu, type Device } from "../tensor/index.ts";
import type { Tokenizer } from "../text/index.ts";
import { rowVectors } from "../train/index.ts";

/** Vectors of tokens, as they lie in a model. */
export interface TokenTable {
  /** What it is called where there are several: source, target. */
  readonly name: string;
  readonly tokenizer: Pick<Tokenizer, "encode" | "tokens" | "idOf" | "vocabularySize" | "specialIds">;
  /** Rows, and the width of each. */
  readonly shape: readonly [number, number];
  readonly weight: MatrixWeight;
  /** The row of token 0. */
  readonly first: number;
  /** Default: the processor, as the whole program shares it. */
  readonly device?: Device;
}

/**
 * Ids of the tokens that are text: neither control tokens nor the one for unknown words. The first `most` of them, from id 0 up.
 *
 * @example
 * const tokenizer = WordTokenizer.train(["tea or tea", "we"]);
 * const weight = new DenseWeight(tensor([[0, 0], [0, 0], [0, 0], [0, 0], [1, 2], [3, 4], [5, 6]]));
 * const table = { name: "words", tokenizer, shape: weight.shape, weight, first: 0 };
 * textIds(table); // [4, 5, 6]
 */
export function textIds({ tokenizer, shape, first }: TokenTable, most: number = Number.POSITIVE_INFINITY): number[] {
  const unknown = tokenizer.idOf("<unk>");
  const ids: number[] = [];
  for (let id = 0; id < Math.min(tokenizer.vocabularySize, shape[0] - first) && ids.length < most; id++) {
    if (!tokenizer.specialIds.has(id) && id !== unknown) ids.push(id);
  }
  return ids;
}

/**
 * The first `most` tokens that are words: where blanks are part of tokens, those of three letters behind one, or of Chinese characters; elsewhere any with a letter.
 *
 * @example
 * const tokenizer = WordTokenizer.train(["tea or tea", "we"]);
 * const weight = new DenseWeight(tensor([[0, 0], [0, 0], [0, 0], [0, 0], [1, 2], [3, 4], [5, 6]]));
 * const table = { name: "words", tokenizer, shape: weight.shape, weight, first: 0 };
 * wordIds(table, 2); // [4, 5]
 */
export function wordIds(table: TokenTable, most: number): number[] {
  const ids = textIds(table);
  const names = table.tokenizer.tokens(ids);
  const word = names.some((name) => /^ \p{L}/u.test(name)) ? /^(?: \p{L}{3,}|\p{Script=Han}+)$/u : /\p{L}/u;
  return ids.filter((_, i) => word.test(names[i])).slice(0, most);
}

/**
 * Vectors of these tokens. Default: all that are text.
 *
 * @example
 * const tokenizer = WordTokenizer.train(["tea or tea", "we"]);
 * const weight = new DenseWeight(tensor([[0, 0], [0, 0], [0, 0], [0, 0], [1, 2], [3, 4], [5, 6]]));
 * const table = { name: "words", tokenizer, shape: weight.shape, weight, first: 0 };
 * tableVectors(table).vector("tea"); // [1, 2]
 */
export function tableVectors(table: TokenTable, ids: readonly number[] = textIds(table)): WordVectors {
  const { device = cpu(), weight, first, tokenizer } = table;
  const rows = ids.map((id) => id + first);
  return rowVectors(device, weight, rows, tokenizer.tokens(ids));
}

/**
 * The token that a word is, alone or as it stands behind a blank; undefined where it is none, or several.
 *
 * @example
 * const tokenizer = WordTokenizer.train(["tea or tea", "we"]);
 * const weight = new DenseWeight(tensor([[0, 0], [0, 0], [0, 0], [0, 0], [1, 2], [3, 4], [5, 6]]));
 * const table = { name: "words", tokenizer, shape: weight.shape, weight, first: 0 };
 * tokenOf(table, "tea"); // 4
 * tokenOf(table, "coffee"); // undefined
 */
export function tokenOf({ tokenizer }: TokenTable, word: string): number | undefined {
  const unknown = tokenizer.idOf("<unk>");
  const whole = [` ${word}`, word].map((text) => tokenizer.encode(text)).find((ids) => ids.length === 1 && ids[0] !== unknown);
  return whole?.[0] ?? tokenizer.idOf(word);
}
