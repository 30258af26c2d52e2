// Tokenizers learnt from texts: words are counted as the texts go by, tokens are learnt from the counts. Knows no files.
import { InkstoneError } from "../../../core/index.ts";
import {
  CONTROL_BYTES,
  CONTROL_CANCEL,
  CONTROL_PROGRESS,
  type Executor,
  packTexts,
  packTrainer,
  preTokenizers,
  type ServiceHandle,
  sharedExecutor,
  tokenizerFlags,
  tokenTypes,
  trainerMethods,
} from "../../../native/index.ts";
import { bertFold } from "../bert-fold.ts";
import { normalizerOfJson } from "../json/normalizer.ts";
import { byteLetters, preTokenizationOfJson } from "../json/patterns.ts";
import { stringTable } from "../string-table.ts";
import { settingsOf, type TokenizerKind, type TrainerSettings, type TrainTokenizerOptions } from "./options.ts";
import { stepsOf, tokenizerFile } from "./tokenizer-file.ts";

/** A tokenizer that was learnt. */
export interface TrainedTokenizer {
  readonly kind: TokenizerKind;
  /** The text of its tokenizer.json: for `tokenizerFromJson`, or to be written. */
  readonly json: string;
  readonly vocabularySize: number;
  /** Words of the texts, each as often as it stands. */
  readonly words: number;
  readonly bytes: number;
}

/** Characters of texts that are counted in one call. */
const BATCH = 1 << 23;
/** Characters of a text that is a piece of work. */
const PIECE = 1 << 18;
const BYTE_TOKENS = 256;

/**
 * Learns a tokenizer from texts. They are read once and never kept: what is kept are the counts of their words. Where a text ends, a word ends.
 *
 * The same texts give the same tokenizer, for any number of threads, on the native kernels and without them. Its file is a tokenizer.json that Hugging Face tokenizers open with the same ids.
 * Byte-pair encoding: Sennrich et al. 2016, arXiv:1508.07909; on bytes: Radford et al. 2019. WordPiece: learnt as byte-pair encoding with "##" before what does not begin a word, as Hugging
 * Face's trainer does. Unigram: Kudo 2018, arXiv:1804.10959.
 *
 * Errors: `E_OPTION`, `E_OPTION_UNKNOWN`; `E_DATA_EMPTY` where no text holds a word; `E_OPTION` where the vocabulary has no room for the special tokens and the alphabet. `signal` rejects with its reason.
 *
 * @example
 * const { json, vocabularySize } = await trainTokenizer(["low lower lowest", "new newer newest"], { vocabularySize: 280 });
 * vocabularySize; // 265
 * const tokenizer = tokenizerFromJson(json);
 * tokenizer.tokens(tokenizer.encode("new lowest")); // ["ne", "w", " lo", "west"]
 */
export async function trainTokenizer(
  texts: Iterable<string> | AsyncIterable<string>,
  options: TrainTokenizerOptions = {},
): Promise<TrainedTokenizer> {
  const settings = settingsOf(options);
  const { signal } = options;
  signal?.throwIfAborted();
  const executor = options.executor ?? sharedExecutor();
  const trainer = new Trainer(executor, settings, options);
  try {
    const { words, bytes } = await trainer.count(typeof texts === "string" ? [texts] : texts);
    if (words === 0) throw new InkstoneError("E_DATA_EMPTY", { what: { en: "the texts", zh: "文本" } });
    const learned = await trainer.learn();
    return { kind: settings.kind, json: tokenizerFile(settings, learned), vocabularySize: learned.tokens.length, words, bytes };
  } finally {
    trainer.dispose();
  }
}

function createService(executor: Executor, settings: TrainerSettings): ServiceHandle {
  const { kind, specialTokens, lowercase, byteFallback } = settings;
  const scanner = { "byte-level": settings.pattern as string, characters: "marked", wordpiece: "bert", unigram: "marked" }[kind];
  const bert = { lowercase, stripAccents: lowercase, clean: true, chineseApart: true };
  const tokenizer = {
    preTokenizer: preTokenizers.indexOf(scanner),
    tokens: stringTable(specialTokens),
    types: new Uint8Array(specialTokens.length).fill(tokenTypes.control),
    ...(kind === "wordpiece" ? { fold: bertFold(bert).map, flags: tokenizerFlags.chineseApart } : {}),
  };
  const packed = packTrainer({
    kind: kind === "byte-level" ? "bytes" : kind,
    size: Math.max(specialTokens.length, settings.vocabularySize - (byteFallback ? BYTE_TOKENS : 0)),
    fewest: settings.minimumCount,
    alphabetLimit: settings.alphabetLimit,
    longest: settings.longest,
    ties: settings.ties,
    coverage: settings.coverage,
    seeds: settings.seeds,
    tokenizer,
    alphabet: new Uint32Array(0),
  });
  return executor.createService("tokenizer-trainer", packed);
}

class Trainer {
  readonly #executor: Executor;
  readonly #service: ServiceHandle;
  readonly #settings: TrainerSettings;
  readonly #options: TrainTokenizerOptions;
  readonly #prepare: (text: string) => string[];

  constructor(executor: Executor, settings: TrainerSettings, options: TrainTokenizerOptions) {
    this.#executor = executor;
    this.#settings = settings;
    this.#options = options;
    this.#service = createService(executor, settings);
    this.#prepare = preparation(settings);
  }

  async count(texts: Iterable<string> | AsyncIterable<string>): Promise<{ words: number; bytes: number }> {
    let [words, bytes, length] = [0, 0, 0];
    let batch: string[] = [];
    const flush = async () => {
      if (batch.length === 0) return;
      const input = packTexts(batch);
      bytes += input.length - 4 * (batch.length + 1);
      [batch, length] = [[], 0];
      const output = await this.#call(trainerMethods.count, input, 8);
      words = new DataView(output.buffer, output.byteOffset).getFloat64(0, true);
      this.#options.onProgress?.({ stage: "count", done: bytes, total: 0 });
    };
    for await (const text of texts) {
      if (typeof text !== "string")
        throw new InkstoneError("E_OPTION", { option: "texts", value: String(text), allowed: { en: "texts", zh: "文本" } });
      for (const piece of this.#prepare(text)) {
        batch.push(piece);
        length += piece.length;
        if (length >= BATCH) await flush();
      }
    }
    await flush();
    return { words, bytes };
  }

  async learn(): Promise<{ tokens: string[]; merges: [string, string][]; scores: number[] }> {
    const { kind, specialTokens, byteFallback, vocabularySize } = this.#settings;
    const control = new Int32Array(new SharedArrayBuffer(CONTROL_BYTES));
    const told = setInterval(() => {
      const done = Atomics.load(control, CONTROL_PROGRESS);
      this.#options.onProgress?.({ stage: "learn", done, total: kind === "unigram" ? 0 : vocabularySize });
    }, 200);
    const sizes = await this.#call(trainerMethods.learn, new Uint8Array(0), 16, control).finally(() => clearInterval(told));
    const [count, bytes, mergeCount, scoreCount] = new Uint32Array(sizes.slice().buffer);
    const table = await this.#call(trainerMethods.tokens, new Uint8Array(0), 4 * count + bytes);
    const learnt = stringsOf(table, count, kind === "byte-level");
    const base = specialTokens.length;
    for (let i = 0; i < base; i++) learnt[i] = specialTokens[i];
    const numbers = await this.#call(trainerMethods.merges, new Uint8Array(0), 8 * mergeCount);
    const pairs = new Uint32Array(numbers.slice().buffer);
    const merges = Array.from({ length: mergeCount }, (_, i): [string, string] => [learnt[pairs[2 * i]], learnt[pairs[2 * i + 1]]]);
    const scored = await this.#call(trainerMethods.scores, new Uint8Array(0), 8 * scoreCount);
    const scores = [...new Float64Array(scored.slice().buffer)];
    if (byteFallback) {
      const codes = Array.from({ length: BYTE_TOKENS }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
      learnt.splice(base, 0, ...codes);
      if (scores.length > 0) scores.splice(base, 0, ...codes.map(() => 0));
    }
    this.#checkSize(learnt.length);
    return { tokens: learnt, merges, scores };
  }

  // Special tokens and the alphabet are there in any case: a vocabulary that is smaller was not asked for.
  #checkSize(size: number): void {
    const { vocabularySize } = this.#settings;
    if (size <= vocabularySize) return;
    const allowed = { en: `at least ${size}: special tokens and the alphabet`, zh: `至少 ${size}：特殊词元与字符表` };
    throw new InkstoneError("E_OPTION", { option: "vocabularySize", value: String(vocabularySize), allowed });
  }

  async #call(method: number, input: Uint8Array, outputBytes: number, shared?: Int32Array): Promise<Uint8Array> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const control = shared ?? new Int32Array(new SharedArrayBuffer(CONTROL_BYTES));
    const cancel = () => Atomics.store(control, CONTROL_CANCEL, 1);
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      const output = await this.#executor.callServiceAsync(this.#service, method, input, outputBytes, control);
      signal?.throwIfAborted();
      return output;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  dispose(): void {
    this.#executor.freeService(this.#service);
  }
}

function stringsOf(table: Uint8Array, count: number, isBytes: boolean): string[] {
  const lengths = new Uint32Array(table.slice(0, 4 * count).buffer);
  const letters = byteLetters();
  let at = 4 * count;
  return Array.from(lengths, (length) => {
    const token = table.subarray(at, at + length);
    at += length;
    return isBytes ? Array.from(token, (byte) => letters[byte]).join("") : Buffer.from(token.buffer, token.byteOffset, length).toString("utf8");
  });
}

// Pieces that can be counted apart: of texts that are cut at blanks, lines; of others, stretches that end where a line ends and no white space follows.
function preparation(settings: TrainerSettings): (text: string) => string[] {
  const { kind } = settings;
  if (kind === "byte-level" || kind === "wordpiece") return (text) => piecesOf(text);
  const steps = stepsOf(settings);
  const normalize = normalizerOfJson(steps.normalizer).apply ?? ((text: string) => text);
  const cut = preTokenizationOfJson(steps.pre_tokenizer).prepare ?? ((text: string) => text);
  return (text) => {
    const lines = text.split(/(?<=\n)/).map((line) => cut(normalize(line), true));
    return joinedLines(lines);
  };
}

// Lines begin with a mark each, at which they are cut: end to end they are the same words.
function joinedLines(lines: readonly string[]): string[] {
  const found: string[] = [];
  let [begin, length] = [0, 0];
  for (const [i, line] of lines.entries()) {
    length += line.length;
    if (length < PIECE && i + 1 < lines.length) continue;
    found.push(lines.slice(begin, i + 1).join(""));
    [begin, length] = [i + 1, 0];
  }
  return found;
}

function piecesOf(text: string): string[] {
  if (text.length <= 2 * PIECE) return text === "" ? [] : [text];
  const found: string[] = [];
  let at = 0;
  while (text.length - at > 2 * PIECE) {
    const end = lineEnd(text, at + PIECE) ?? text.length;
    found.push(text.slice(at, end));
    at = end;
  }
  if (at < text.length) found.push(text.slice(at));
  return found;
}

function lineEnd(text: string, from: number): number | undefined {
  for (let at = text.indexOf("\n", from); at >= 0; at = text.indexOf("\n", at + 1))
    if (/\S/.test(text[at - 1]) && at + 1 < text.length && /\S/.test(text[at + 1])) return at + 1;
  return undefined;
}
