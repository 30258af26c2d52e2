// Texts as ids of a sequence model, by any tokenizer: its own ids behind 0 (padding), 1 (begins) and 2 (ends). Knows no model.
import { InkstoneError } from "../../core/index.ts";
import type { Tokenizer } from "../../text/index.ts";

/** The id that begins a target. 0 is padding. */
export const BEGIN = 1;
/** The id that ends a target, and a source. */
export const END = 2;
/** The id of token 0. */
export const FIRST = 3;

/** What a side needs of a tokenizer. */
export type SequenceTokenizer = Pick<Tokenizer, "encode" | "decode" | "tokens" | "idOf" | "vocabularySize" | "specialIds">;

/** One side of a sequence model. */
export class Side {
  readonly tokenizer: SequenceTokenizer;
  readonly size: number;
  /** Ids that are not to be written: control tokens and the one for unknown words. */
  readonly never: readonly number[];
  readonly #most: number;

  /** `most`: tokens of a text; the rest is cut. */
  constructor(tokenizer: SequenceTokenizer, most: number) {
    this.tokenizer = tokenizer;
    this.size = tokenizer.vocabularySize + FIRST;
    this.#most = most;
    const unknown = tokenizer.idOf("<unk>");
    this.never = [...tokenizer.specialIds, ...(unknown === undefined ? [] : [unknown])].map((id) => id + FIRST);
  }

  encode(text: string): number[] {
    return this.tokenizer
      .encode(text)
      .slice(0, this.#most)
      .map((id) => id + FIRST);
  }

  decode(ids: readonly number[]): string {
    return this.tokenizer.decode(own(ids), { skipSpecial: true });
  }

  tokens(ids: readonly number[]): string[] {
    return this.tokenizer.tokens(own(ids));
  }
}

const own = (ids: readonly number[]) => ids.filter((id) => id >= FIRST).map((id) => id - FIRST);

/** A sentence and its translation, answer, summary … */
export type TextPair = readonly [source: string, target: string];

/** Pairs as ids. Errors: `E_TRAINING_ROW` for a text that has no tokens, `E_TRAINING_DATA` for something that is no pair. */
export function encodePairs(name: string, pairs: readonly TextPair[], sides: readonly [Side, Side]): { source: number[][]; target: number[][] } {
  const rows = pairs.map((pair, row) => {
    if (!(Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === "string"))) {
      throw new InkstoneError("E_TRAINING_ROW", { what: name, row, why: { en: "it is not a pair of texts", zh: "它不是一对文本" } });
    }
    return sides.map((side, i) => {
      const ids = side.encode(pair[i]);
      if (ids.length === 0)
        throw new InkstoneError("E_TRAINING_ROW", {
          what: name,
          row,
          why: { en: `its ${i ? "target" : "source"} has no tokens`, zh: `其${i ? "目标" : "源"}句没有词元` },
        });
      return ids;
    });
  });
  return { source: rows.map(([source]) => source), target: rows.map(([, target]) => target) };
}
