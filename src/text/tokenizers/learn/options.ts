// How tokenizers are learnt: options, their rules and defaults. Knows no service.
import {
  aFlag,
  aFunction,
  aName,
  aNumber,
  anObject,
  aSignal,
  InkstoneError,
  listOf,
  oneOf,
  type Rules,
  readOptions,
  whole,
} from "../../../core/index.ts";
import type { Executor } from "../../../native/index.ts";

/** Kinds of tokenizers that can be learnt. */
export const tokenizerKinds = ["byte-level", "characters", "wordpiece", "unigram"] as const;

/** A kind: byte-pair encoding on bytes (GPT-2's) or on characters, WordPiece (BERT's), a unigram model (SentencePiece's). */
export type TokenizerKind = (typeof tokenizerKinds)[number];

/** Patterns by which a byte-level tokenizer cuts texts. */
export const trainedPatterns = ["gpt-2", "qwen2", "llama-bpe", "gpt-4o"] as const;

/** How a tokenizer is learnt. */
export interface TrainTokenizerOptions {
  /** Default "byte-level". */
  readonly kind?: TokenizerKind;
  /** Tokens in all, special ones with them. Default 32,000; a text may have fewer. */
  readonly vocabularySize?: number;
  /** Pairs that stand less often are not merged. Default 2. */
  readonly minimumCount?: number;
  /** Default: "<|endoftext|>"; for characters and unigram "<unk>", "<s>", "</s>"; for WordPiece "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]". They have the first ids; texts are cut at them. */
  readonly specialTokens?: readonly string[];
  /** Of byte-level tokenizers: how texts are cut. Default "gpt-2"; "llama-bpe" keeps numbers short. */
  readonly pattern?: (typeof trainedPatterns)[number];
  /** Most different characters that become tokens. Default: all of them. */
  readonly alphabetLimit?: number;
  /** Most characters (bytes) of a token. Default: any number; 16 for unigram. */
  readonly longest?: number;
  /** Characters without a token become the tokens of their bytes, so that nothing is lost; characters and unigram. Default false. */
  readonly byteFallback?: boolean;
  /** WordPiece: lower case, without accents. Default true. */
  readonly lowercase?: boolean;
  /** Unigram: share of all characters that get a token. Default 0.9995. */
  readonly coverage?: number;
  /** Which of equally frequent pairs comes first: that of the lowest ids, as in Hugging Face's trainers; or of the greatest texts, as in GPT-2's. Default "first". */
  readonly ties?: "first" | "greatest";
  /** Unigram: most pieces to begin with. Default 1,000,000. */
  readonly seeds?: number;
  /** Where it is learnt. Default: this machine's, on all its threads. */
  readonly executor?: Executor;
  readonly signal?: AbortSignal;
  /** Told how far it is: bytes that were counted (total 0: not known), then tokens. */
  readonly onProgress?: (progress: { readonly stage: "count" | "learn"; readonly done: number; readonly total: number }) => void;
}

const rules: Rules<TrainTokenizerOptions> = {
  kind: oneOf(tokenizerKinds),
  vocabularySize: whole(1, 1 << 20),
  minimumCount: whole(1, 2 ** 31 - 1),
  specialTokens: listOf(aName),
  pattern: oneOf(trainedPatterns),
  alphabetLimit: whole(1, 1 << 20),
  longest: whole(2, 2 ** 31 - 1),
  byteFallback: aFlag,
  lowercase: aFlag,
  coverage: aNumber({ above: 0, to: 1 }),
  ties: oneOf(["first", "greatest"]),
  seeds: whole(256, 1 << 24),
  executor: anObject,
  signal: aSignal,
  onProgress: aFunction,
};

const specials: Readonly<Record<TokenizerKind, readonly string[]>> = {
  "byte-level": ["<|endoftext|>"],
  characters: ["<unk>", "<s>", "</s>"],
  wordpiece: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
  unigram: ["<unk>", "<s>", "</s>"],
};

/** The token of what has no token, by kind. */
export const unknownTokens: Readonly<Partial<Record<TokenizerKind, string>>> = { characters: "<unk>", wordpiece: "[UNK]", unigram: "<unk>" };

/** All that a kind can be asked; the others refuse it. */
const only: Readonly<Partial<Record<keyof TrainTokenizerOptions, readonly TokenizerKind[]>>> = {
  pattern: ["byte-level"],
  byteFallback: ["characters", "unigram"],
  lowercase: ["wordpiece"],
  coverage: ["unigram"],
  seeds: ["unigram"],
  ties: ["byte-level", "characters", "wordpiece"],
  minimumCount: ["byte-level", "characters", "wordpiece"],
};

/** Options with every default. */
export type TrainerSettings = Required<Omit<TrainTokenizerOptions, "executor" | "signal" | "onProgress">>;

/** Options held against their rules, with defaults. Errors: `E_OPTION_UNKNOWN`, `E_OPTION`. */
export function settingsOf(given: TrainTokenizerOptions): TrainerSettings {
  const options = readOptions("trainTokenizer", given, rules);
  const { kind = "byte-level" } = options;
  for (const [option, kinds] of Object.entries(only)) {
    const value = options[option as keyof TrainTokenizerOptions];
    if (value === undefined || value === false || kinds.includes(kind)) continue;
    const allowed = { en: `given only with the kind ${kinds.join(", ")}`, zh: `仅用于以下类型：${kinds.join("、")}` };
    throw new InkstoneError("E_OPTION", { option, value: String(value), allowed });
  }
  const unknown = unknownTokens[kind];
  const asked = options.specialTokens ?? specials[kind];
  // What has no token needs one.
  const specialTokens = [...new Set(unknown === undefined || asked.includes(unknown) ? asked : [unknown, ...asked])];
  return {
    kind,
    specialTokens,
    vocabularySize: options.vocabularySize ?? 32_000,
    minimumCount: options.minimumCount ?? 2,
    pattern: options.pattern ?? "gpt-2",
    alphabetLimit: options.alphabetLimit ?? 0x7fffffff,
    longest: options.longest ?? (kind === "unigram" ? 16 : 0x7fffffff),
    byteFallback: options.byteFallback ?? false,
    lowercase: options.lowercase ?? true,
    coverage: options.coverage ?? 0.9995,
    ties: options.ties ?? "first",
    seeds: options.seeds ?? 1_000_000,
  };
}
