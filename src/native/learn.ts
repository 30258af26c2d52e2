// The boundary of the "tokenizer-trainer" service: its configuration and methods. Twins: native/services/src/learn and reference/learn. Knows no files.
import { packArrays } from "./arrays.ts";
import { packTokenizer, type TokenizerConfiguration } from "./tokenizers.ts";

/** What is learnt, by number: byte-pair encoding on bytes or on characters, WordPiece, a unigram model. */
export const trainedKinds = { bytes: 0, characters: 1, wordpiece: 2, unigram: 3 } as const;

/**
 * Methods of the "tokenizer-trainer" service. `count` takes texts (`packTexts`) and adds their words to those that were met; it gives the words so far, as a number. `learn` learns from
 * them and gives four words: tokens, their bytes, merges, scores. `tokens` gives byte lengths, then bytes; `merges` two ids each; `scores` a number a token.
 */
export const trainerMethods = { count: 0, learn: 1, tokens: 2, merges: 3, scores: 4 } as const;

/** What a "tokenizer-trainer" is made of. */
export interface TrainerConfiguration {
  readonly kind: keyof typeof trainedKinds;
  /** Tokens, with special ones and the alphabet. */
  readonly size: number;
  /** A pair that stands less often is not merged. */
  readonly fewest: number;
  /** Most characters that become tokens, of the most frequent. */
  readonly alphabetLimit: number;
  /** Most characters of a token. */
  readonly longest: number;
  /** Which of equally frequent pairs comes first: that of the lowest ids, or of the greatest texts. */
  readonly ties: "first" | "greatest";
  /** Unigram: share of the characters, by how often they stand, that become tokens. */
  readonly coverage: number;
  /** Unigram: most pieces to begin with. */
  readonly seeds: number;
  /** How texts are cut, and the special tokens as its tokens. */
  readonly tokenizer: TokenizerConfiguration;
  /** Code points that are tokens in any case. */
  readonly alphabet: Uint32Array;
}

/** Configuration as bytes: eight words, the configuration of a tokenizer, code points. */
export function packTrainer(made: TrainerConfiguration): Uint8Array {
  const { kind, size, fewest, alphabetLimit, longest, ties, coverage, seeds } = made;
  const words = [trainedKinds[kind], size, fewest, alphabetLimit, longest, ties === "greatest" ? 1 : 0, Math.round(coverage * 1e6), seeds];
  return packArrays([Uint32Array.from(words), packTokenizer(made.tokenizer), made.alphabet]);
}
