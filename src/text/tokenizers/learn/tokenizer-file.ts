// What was learnt as a tokenizer.json that Hugging Face tokenizers open with the same ids. Knows no training.
import { byteLevelJson } from "../json/patterns.ts";
import { type TrainerSettings, unknownTokens } from "./options.ts";

/** Tokens as texts (of byte-level ones in GPT-2's alphabet), special ones first; merges as pairs of them. */
export interface LearnedTokens {
  readonly tokens: readonly string[];
  readonly merges: readonly (readonly [string, string])[];
  readonly scores: readonly number[];
}

const metaspace = { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true };
const marks = [{ type: "Replace", pattern: { String: "▁" }, content: " " }, { type: "ByteFallback" }, { type: "Fuse" }];
const fallbackDecoder = { type: "Sequence", decoders: [...marks, { type: "Strip", content: " ", start: 1, stop: 0 }] };
const spaces = { type: "Replace", pattern: { Regex: " {2,}" }, content: " " };

/** Steps before the model, by kind: the parts of the file that its reader knows to the letter. */
export function stepsOf({ kind, pattern, lowercase }: TrainerSettings): { readonly normalizer: unknown; readonly pre_tokenizer: unknown } {
  switch (kind) {
    case "byte-level":
      return { normalizer: null, pre_tokenizer: byteLevelJson(pattern) };
    case "characters":
      return { normalizer: null, pre_tokenizer: metaspace };
    case "wordpiece":
      return {
        normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase },
        pre_tokenizer: { type: "BertPreTokenizer" },
      };
    case "unigram":
      return { normalizer: { type: "Sequence", normalizers: [{ type: "NFKC" }, spaces] }, pre_tokenizer: metaspace };
  }
}

/** The text of the file. */
export function tokenizerFile(settings: TrainerSettings, learned: LearnedTokens): string {
  const { kind, specialTokens, byteFallback } = settings;
  const added = specialTokens.map((content, id) => ({
    ...{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
  }));
  const file = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added,
    ...stepsOf(settings),
    post_processor: kind === "wordpiece" ? bertProcessor(specialTokens) : null,
    decoder:
      kind === "byte-level"
        ? { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true }
        : kind === "wordpiece"
          ? { type: "WordPiece", prefix: "##", cleanup: true }
          : byteFallback
            ? fallbackDecoder
            : metaspace,
    model: modelOf(settings, learned),
  };
  return `${JSON.stringify(file, undefined, 1)}\n`;
}

function modelOf({ kind, byteFallback, specialTokens }: TrainerSettings, { tokens, merges, scores }: LearnedTokens): unknown {
  const unknown = unknownTokens[kind] ?? null;
  if (kind === "unigram") {
    const vocab = tokens.map((token, id) => [token, scores[id]]);
    return { type: "Unigram", unk_id: specialTokens.indexOf(unknown ?? ""), vocab, byte_fallback: byteFallback };
  }
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  if (kind === "wordpiece") return { type: "WordPiece", unk_token: unknown, continuing_subword_prefix: "##", max_input_chars_per_word: 100, vocab };
  return {
    ...{ type: "BPE", dropout: null, unk_token: unknown, continuing_subword_prefix: null, end_of_word_suffix: null },
    ...{ fuse_unk: kind === "characters", byte_fallback: byteFallback, ignore_merges: false, vocab, merges },
  };
}

function bertProcessor(specialTokens: readonly string[]): unknown {
  const [cls, sep] = [specialTokens.indexOf("[CLS]"), specialTokens.indexOf("[SEP]")];
  if (cls < 0 || sep < 0) return null;
  const special = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });
  const text = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
  const single = [special("[CLS]", 0), text("A", 0), special("[SEP]", 0)];
  const token = (id: string, number: number) => ({ id, ids: [number], tokens: [id] });
  return {
    type: "TemplateProcessing",
    single,
    pair: [...single, text("B", 1), special("[SEP]", 1)],
    special_tokens: { "[CLS]": token("[CLS]", cls), "[SEP]": token("[SEP]", sep) },
  };
}
