// What a tokenizer is to everything above it. Knows no algorithm and no file.

/** How to encode. */
export interface EncodeOptions {
  /** Take the text of control tokens for the tokens. Default false: it is ordinary text. */
  readonly special?: boolean;
}

/** How to encode many texts. */
export interface EncodeAllOptions extends EncodeOptions {
  /** Rejects with its reason; nothing is kept. */
  readonly signal?: AbortSignal;
}

/** How to decode. */
export interface DecodeOptions {
  /** Leave control tokens out. Default false. */
  readonly skipSpecial?: boolean;
}

/** Text from ids as they come: a character is given when its last byte is there, never half of it. */
export interface StreamDecoder {
  /** The text that these ids complete; may be empty. */
  push(ids: readonly number[]): string;
  /** The rest: bytes that never became a character come as U+FFFD. The decoder can be used anew afterwards. */
  end(): string;
}

/** Ids as a model reads them, and to which of two texts each belongs. */
export interface ModelInput {
  readonly ids: number[];
  /** 0 for the first text and what stands around it, 1 for the second, where the tokenizer says so. */
  readonly types: number[];
}

/**
 * Text to ids and back. Nothing is added: no BOS, no EOS; a leading blank only where the vocabulary is made for one (SentencePiece). `forModel` adds what the model was trained with.
 *
 * Lone surrogates in a text become U+FFFD; bytes for which the vocabulary has no token are left out, as Hugging Face tokenizers and llama.cpp leave
 * them out (SmolLM2 lacks U+0004 and a few more control characters). Errors: `E_TOKEN_ID` for an id outside the vocabulary.
 */
export interface Tokenizer {
  encode(text: string, options?: EncodeOptions): number[];
  /** Many texts at once, on all threads, away from the event loop. */
  encodeAll(texts: readonly string[], options?: EncodeAllOptions): Promise<number[][]>;
  /** Puts the special tokens of the model around one text or between two (`[CLS] a [SEP] b [SEP]`), the longest text cut first until at most `most` ids are left. Default: no limit. */
  forModel(first: readonly number[], second?: readonly number[], most?: number): ModelInput;
  /** Bytes that are no UTF-8 become U+FFFD, as TextDecoder has it. */
  decode(ids: readonly number[], options?: DecodeOptions): string;
  /** Each id as a text of its own, to be shown: bytes that are no whole character as <0xE6>. */
  tokens(ids: readonly number[]): string[];
  decoder(options?: DecodeOptions): StreamDecoder;
  readonly vocabularySize: number;
  /** What a token adds to a text that has begun. Errors: `E_TOKEN_ID`. */
  bytes(id: number): Uint8Array;
  /** The id of the token with this text, undefined where there is none. */
  idOf(token: string): number | undefined;
  /** Ids of control tokens. */
  readonly specialIds: ReadonlySet<number>;
  readonly bos: number | undefined;
  readonly eos: number | undefined;
  /** Ids that end an answer: eos, and what the vocabulary declares for the end of a turn or text. */
  readonly endOfTurn: ReadonlySet<number>;
  /** Frees the native side. */
  dispose(): void;
}
