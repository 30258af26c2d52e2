// The tokenizer of an encoder-decoder as others read it: what pads, begins and ends a sequence stands before its own tokens. Knows no model.
import { InkstoneError } from "../../core/index.ts";
import { pairIds } from "./pairs.ts";

/** Usual names of the ids of `pairIds`. */
const usual = ["<pad>", "<s>", "</s>"];

interface TokenizerFile {
  readonly added_tokens?: readonly { readonly id: number; readonly content: string }[];
  readonly model?: {
    readonly type?: string;
    readonly vocab?: Readonly<Record<string, number>> | readonly (readonly [string, number])[];
    readonly unk_id?: number | null;
  };
}

/** A tokenizer of pairs. */
export interface PairTokenizer {
  /** The text of its tokenizer.json. */
  readonly json: string;
  /** What its ids 0, 1 and 2 are called: they pad, begin and end a sequence. */
  readonly tokens: readonly string[];
}

/**
 * A tokenizer.json whose ids are those of pairs: each three higher, behind padding, beginning and end. A text is followed by its end. Errors: `E_TOKENIZER_INVALID` for a file without a vocabulary.
 *
 * @example
 * const { json, tokens } = pairTokenizer(JSON.stringify({ model: { type: "BPE", vocab: { a: 0, "<s>": 1 }, merges: [] } }));
 * JSON.parse(json).model.vocab.a; // 3
 * tokens; // ["<pad>", "<s:pair>", "</s>"]
 */
export function pairTokenizer(given: string): PairTokenizer {
  const file = JSON.parse(given) as TokenizerFile;
  const { model, added_tokens: added = [] } = file;
  if (model?.vocab === undefined)
    throw new InkstoneError("E_TOKENIZER_INVALID", { where: "tokenizer.json", why: { en: "it has no vocabulary", zh: "没有词表" } });
  const known = new Set([...added.map(({ content }) => content), ...tokensOf(model.vocab)]);
  const tokens = usual.map((token) => freeOf(token, known));
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const [, , end] = tokens;
  const special = { SpecialToken: { id: end, type_id: 0 } };
  const sequence = (id: "A" | "B") => ({ Sequence: { id, type_id: 0 } });
  const json = JSON.stringify({
    ...file,
    added_tokens: [
      ...tokens.map((content, id) => ({ id, content, ...flags })),
      ...added.map((token) => ({ ...token, id: token.id + pairIds.first })),
    ],
    post_processor: {
      type: "TemplateProcessing",
      single: [sequence("A"), special],
      pair: [sequence("A"), special, sequence("B"), special],
      special_tokens: { [end]: { id: end, ids: [pairIds.end], tokens: [end] } },
    },
    model: { ...model, vocab: shifted(model.vocab, tokens), ...(typeof model.unk_id === "number" ? { unk_id: model.unk_id + pairIds.first } : {}) },
  });
  return { json, tokens };
}

// A name that the tokenizer does not have itself.
const freeOf = (token: string, known: ReadonlySet<string>): string => (known.has(token) ? freeOf(token.replace(">", ":pair>"), known) : token);

type Vocabulary = NonNullable<NonNullable<TokenizerFile["model"]>["vocab"]>;

const isList = (vocab: Vocabulary): vocab is readonly (readonly [string, number])[] => Array.isArray(vocab);

const tokensOf = (vocab: Vocabulary): string[] => (isList(vocab) ? vocab.map(([token]) => token) : Object.keys(vocab));

function shifted(vocab: Vocabulary, tokens: readonly string[]): Vocabulary {
  if (isList(vocab)) return [...tokens.map((token) => [token, 0] as const), ...vocab];
  const moved = Object.entries(vocab).map(([token, id]) => [token, id + pairIds.first] as const);
  return Object.fromEntries([...tokens.map((token, id) => [token, id] as const), ...moved]);
}
