// SequenceToSequence: a sentence in, a sentence out, learnt from pairs; saved as one folder.

import type { WordVectors } from "../../classical/index.ts";
import { belowOne, checkOption, countFromZero, InkstoneError, knownOptions, whole } from "../../core/index.ts";
import { writeSequences } from "../../generate/index.ts";
import { chrf } from "../../metrics/index.ts";
import { type EncoderDecoder, type RunningTransformer, runningTransformer, TransformerEncoderDecoder } from "../../models/index.ts";
import { type Optimizer, optimizerOf } from "../../nn/index.ts";
import { noGrad, type Tensor, tensor, tidy } from "../../tensor/index.ts";
import { fitSequences, type History } from "../../train/index.ts";
import { type TokenTable, tableVectors } from "../token-table.ts";
import { BEGIN, END, encodePairs, FIRST, Side, type TextPair } from "./ids.ts";
import { readVectors, type SourceAttribution, sourceAttribution } from "./inside.ts";
import {
  choicesOf,
  fitOptionNames,
  modelOf,
  type SequenceChoices,
  type SequenceFitOptions,
  type SequenceToSequenceOptions,
  usualOptimizer,
} from "./options.ts";
import { loadSequences, type SequenceTokenizers, saveSequences } from "./saved.ts";
import { SequenceWriter } from "./writer.ts";

/** How a written sentence looked at the one it was written to. */
export interface SequenceAttention {
  readonly source: readonly string[];
  readonly target: readonly string[];
  /** weights[layer][head][target token][source token]; the last column is the end of the source. */
  readonly weights: readonly (readonly (readonly Float32Array[])[])[];
}

/** How it writes. */
export interface SequencePredictOptions {
  /** Texts that are followed side by side: 1 takes the likeliest token at each place; a Transformer takes up to 16. Default 1. */
  readonly beams?: number;
  readonly signal?: AbortSignal;
}

/**
 * Learns from pairs of sentences to write the second to the first: translation, correction, answers. An LSTM with attention or a Transformer, any tokenizer on either side.
 *
 * Errors: `E_OPTION`; `E_TRAINING_DATA`, `E_TRAINING_ROW` for pairs that cannot be used; `E_NOT_FITTED` before `fit`; `E_CANCELLED`.
 *
 * @example
 * const pairs: [string, string][] = [["I like apples", "我喜欢苹果"], ["I like tea", "我喜欢茶"], ["you like tea", "你喜欢茶"]];
 * const source = WordTokenizer.train(pairs.map(([english]) => english));
 * const target = WordTokenizer.train(pairs.map(([, chinese]) => chinese), { by: "characters" });
 * const translator = new SequenceToSequence({ encoder: "lstm", units: 32, source, target });
 * await translator.fit(pairs, { epochs: 60, verbose: 0, optimizer: new Adam({ learningRate: 0.02 }) });
 * await translator.predict("I like apples"); // "我喜欢苹果"
 */
export class SequenceToSequence {
  readonly choices: SequenceChoices;
  readonly #sides: readonly [Side, Side];
  readonly #model: EncoderDecoder;
  #writer: SequenceWriter | undefined;
  #running: RunningTransformer | undefined;
  #fitted = false;
  #optimizer: Optimizer | undefined;
  #epochs = 0;

  constructor(options: SequenceToSequenceOptions) {
    this.choices = choicesOf(options);
    this.#sides = [new Side(options.source, this.choices.maxLength), new Side(options.target, this.choices.maxLength)];
    this.#model = modelOf(this.choices, this.#sides[0].size, this.#sides[1].size);
  }

  /** The model underneath: its weights by name. */
  get model(): EncoderDecoder {
    return this.#model;
  }

  /**
   * Learns. Called again it goes on: with its optimiser as it stands, unless another is given, and the epochs that come next; so does one that was saved and opened. Losses are means
   * over the tokens of the targets, in nats.
   */
  async fit(pairs: readonly TextPair[], options: SequenceFitOptions = {}): Promise<History> {
    const { validationSplit = 0, validationPairs, epochs = 10, ...rest } = options;
    knownOptions("fit", options, fitOptionNames);
    checkOption("validationSplit", validationSplit, belowOne);
    checkOption("epochs", epochs, countFromZero);
    const border = pairs.length - Math.floor(pairs.length * validationSplit);
    const held = validationPairs ?? (border < pairs.length ? pairs.slice(border) : undefined);
    const train = encodePairs("pairs", pairs.slice(0, border), this.#sides);
    this.#optimizer = rest.optimizer === undefined ? (this.#optimizer ?? usualOptimizer(this.choices)) : optimizerOf(rest.optimizer);
    const done = this.#epochs;
    const count = { onEpochEnd: () => void this.#epochs++, adds: [] };
    const history = await fitSequences(this.#model, train, {
      ...rest,
      initialEpoch: done,
      epochs: done + epochs,
      callbacks: [count, ...(rest.callbacks ?? [])],
      begin: BEGIN,
      end: END,
      seed: this.choices.seed,
      optimizer: this.#optimizer,
      validation: held && encodePairs("validation pairs", held, this.#sides),
      trained: { name: `sequence_to_sequence_${this.choices.encoder}`, save: (path) => this.save(path) },
    });
    this.#fitted = true;
    return history;
  }

  /** Writes to a sentence, or to each of several. Errors: `E_OPTION` for beams of an LSTM. */
  async predict(text: string, options?: SequencePredictOptions): Promise<string>;
  async predict(texts: readonly string[], options?: SequencePredictOptions): Promise<string[]>;
  async predict(given: string | readonly string[], options: SequencePredictOptions = {}): Promise<string | string[]> {
    knownOptions("predict", options, ["beams", "signal"]);
    const [source, target] = this.#sides;
    const texts = typeof given === "string" ? [given] : given;
    const written = await this.#write(
      texts.map((text) => source.encode(text)),
      options,
    );
    const sentences = written.map((ids) => target.decode(ids));
    return typeof given === "string" ? sentences[0] : sentences;
  }

  /** chrF of what it writes to the sources against the targets, 0 to 100. */
  async evaluate(pairs: readonly TextPair[], options: SequencePredictOptions = {}): Promise<{ readonly chrF: number }> {
    const written = await this.predict(
      pairs.map(([source]) => source),
      options,
    );
    const references = pairs.map(([, target]) => [target]);
    return { chrF: (await chrf(written, references)).score };
  }

  /** What it writes to a sentence, and how much each written token looked at each read one. */
  async attention(text: string): Promise<SequenceAttention> {
    const [source, target] = this.#sides;
    const read = source.encode(text);
    const [written] = await this.#write([read]);
    const row = (ids: readonly number[]) => tensor(Int32Array.from(ids), [1, ids.length]);
    const weights = tidy(() =>
      noGrad(() => {
        const model = this.#model.eval();
        const encoded = model.encode(row([...read, END]));
        return model.attentionWeights(row([BEGIN, ...written]), encoded).map((layer) => headsOf(layer));
      }),
    );
    return { source: [...source.tokens(read), "</s>"], target: [...target.tokens(written), "</s>"], weights };
  }

  /** The trained vectors of the tokens of a side, in the order of their ids; control tokens are left out. */
  wordVectors(side: "source" | "target" = "source"): WordVectors {
    return tableVectors(this.table(side));
  }

  /** What its encoder makes of sentences: the mean over their tokens, under each sentence's name. Errors: `E_OPTION` for a sentence that comes twice or has no tokens. */
  async sentenceVectors(texts: readonly string[], options: { readonly signal?: AbortSignal } = {}): Promise<WordVectors> {
    this.#ready();
    return readVectors(this.#model.eval(), this.#sides[0], texts, options.signal);
  }

  /**
   * Why it wrote what it writes to a sentence: for each written token gradient x input of its logit, a value for each token that was read. `token`: only for this one,
   * from 0. Errors: `E_OPTION` for a token that was not written.
   */
  async gradientTimesInput(text: string, { token }: { readonly token?: number } = {}): Promise<SourceAttribution> {
    const read = this.#sides[0].encode(text);
    const [written] = await this.#write([read]);
    return sourceAttribution(this.#model.eval(), this.#sides, { read, written, token });
  }

  /** Writes it into a folder: choices, tokenizers, weights; whole or not at all. Errors: `E_PIPELINE` where a tokenizer cannot be saved. */
  async save(path: string): Promise<void> {
    const tokenizers = { source: this.#sides[0].tokenizer, target: this.#sides[1].tokenizer };
    await saveSequences(path, this.choices, { model: this.#model, tokenizers, optimizer: this.#optimizer, epochs: this.#epochs });
  }

  /** Opens a saved one. Tokenizers that could not be saved with it are given. Errors: `E_PIPELINE`. */
  static async load(path: string, tokenizers: Partial<SequenceTokenizers> = {}): Promise<SequenceToSequence> {
    const { made, optimizer, epochs } = await loadSequences(path, tokenizers, (options) => new SequenceToSequence(options));
    made.#fitted = true;
    made.#optimizer = optimizer;
    made.#epochs = epochs;
    return made;
  }

  /** Frees its memory. */
  dispose(): void {
    this.#writer?.dispose();
    this.#running?.dispose();
    this.#model.dispose();
  }

  /** The table of a side: rows by token. */
  table(side: "source" | "target"): TokenTable {
    const { sourceEmbedding, targetEmbedding } = this.#model;
    const [{ weight }, { tokenizer }] = side === "source" ? [sourceEmbedding, this.#sides[0]] : [targetEmbedding, this.#sides[1]];
    return { name: side, tokenizer, shape: weight.shape, weight, first: FIRST };
  }

  #ready(): void {
    if (!this.#fitted) throw new InkstoneError("E_NOT_FITTED", { what: "SequenceToSequence" });
  }

  // A Transformer keeps keys and values; an LSTM reads what it wrote anew.
  async #write(sources: readonly (readonly number[])[], { beams = 1, signal }: SequencePredictOptions = {}): Promise<number[][]> {
    this.#ready();
    const most = this.choices.maxLength;
    const { never } = this.#sides[1];
    checkOption("beams", beams, whole(1, this.#model instanceof TransformerEncoderDecoder ? 16 : 1));
    if (this.#model instanceof TransformerEncoderDecoder) {
      this.#running ??= runningTransformer(this.#model, { begin: BEGIN, end: END, never: [0, BEGIN, ...never] });
      this.#model.eval();
      return writeSequences(this.#running, sources, { begin: BEGIN, end: END, most: () => most, beams, ...(signal ? { signal } : {}) });
    }
    this.#writer ??= new SequenceWriter(this.#model, { begin: BEGIN, end: END, never, maxLength: most });
    return this.#writer.write(sources, signal ? { signal } : {});
  }
}

// [1, H, T, S] as heads of rows.
function headsOf(layer: Tensor): Float32Array[][] {
  const [, heads, rows, columns] = layer.shape;
  const values = layer.dataSync() as Float32Array;
  const row = (head: number, at: number) => values.slice((head * rows + at) * columns, (head * rows + at + 1) * columns);
  return Array.from({ length: heads }, (_, head) => Array.from({ length: rows }, (__, at) => row(head, at)));
}
