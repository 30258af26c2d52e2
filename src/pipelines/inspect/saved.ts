// Saved folders as they are looked at: a SequenceToSequence, or a Sequential with its tokenizer. Knows no terminal.
import { DenseWeight, Embedding, type Module } from "../../nn/index.ts";
import { padSequences, type Tokenizer } from "../../text/index.ts";
import { embeddingOf, gradientTimesInput, loadLayersModel, type Sequential, sentenceVectors } from "../../train/index.ts";
import type { SourceAttribution } from "../sequence-to-sequence/inside.ts";
import type { SequenceChoices } from "../sequence-to-sequence/options.ts";
import { SequenceToSequence } from "../sequence-to-sequence/sequence-to-sequence.ts";
import type { TokenTable } from "../token-table.ts";
import { foldWeights, type Inspected, type InspectedWeight, vocabulariesOf } from "./inspected.ts";

/** A folder that `SequenceToSequence.save` wrote. */
export async function inspectSequences(path: string, name: string): Promise<Inspected> {
  const translator = await SequenceToSequence.load(path);
  const tables = [translator.table("source"), translator.table("target")];
  return {
    facts: {
      kind: "sequence-to-sequence",
      name,
      parameters: translator.model.parameterCount,
      settings: settingsOf(translator.choices),
      weights: weightsOf(translator.model),
      vocabularies: vocabulariesOf(tables),
    },
    tables,
    sentenceVectors: (texts, signal) => translator.sentenceVectors(texts, { signal }),
    attention: (text) => translator.attention(text),
    why: (text) => translator.gradientTimesInput(text),
    dispose: () => translator.dispose(),
  };
}

/** A folder that `Sequential.save` wrote; without a tokenizer its weights alone. */
export async function inspectSequential(path: string, name: string, tokenizer: Tokenizer | undefined): Promise<Inspected> {
  const model = await loadLayersModel(path, { compile: false });
  const reads = tokenizer && model.layers[0] instanceof Embedding ? new Reading(model, tokenizer) : undefined;
  const tables = reads ? [reads.table] : [];
  return {
    facts: {
      kind: "sequential",
      name,
      parameters: model.parameterCount,
      settings: {},
      weights: weightsOf(model),
      vocabularies: vocabulariesOf(tables),
    },
    summary: model.summary(),
    tables,
    ...(reads && {
      sentenceVectors: (texts: readonly string[], signal?: AbortSignal) => sentenceVectors(model, reads.inputs(texts), texts, { signal }),
      why: (text: string) => reads.why(text),
    }),
    dispose: () => model.dispose(),
  };
}

// Texts as a model of fixed length was fed: padded and cut in front, Keras's pad_sequences.
class Reading {
  readonly table: TokenTable;
  readonly #model: Sequential;
  readonly #tokenizer: Tokenizer;

  constructor(model: Sequential, tokenizer: Tokenizer) {
    const { embeddings } = embeddingOf(model);
    this.#model = model;
    this.#tokenizer = tokenizer;
    const weight = new DenseWeight(embeddings);
    this.table = { name: "vocabulary", tokenizer, shape: weight.shape, weight, first: 0, device: model.device };
  }

  inputs(texts: readonly string[]): { values: Int32Array; shape: number[] } {
    const given = (this.#model.config()["inputShape"] as readonly number[])[0];
    const { rows, columns, ids } = padSequences(
      texts.map((text) => this.#tokenizer.encode(text)),
      { maxlen: given },
    );
    return { values: ids, shape: [rows, columns] };
  }

  async why(text: string): Promise<SourceAttribution> {
    const { values } = this.inputs([text]);
    const [{ target, values: weights }] = await gradientTimesInput(this.#model, { values, shape: [1, values.length] });
    const kept = Math.min(values.length, this.#tokenizer.encode(text).length);
    const classes = this.#model.outputShape?.at(-1);
    const said = classes === this.table.shape[0] ? this.#tokenizer.tokens([target])[0] : `[${target}]`;
    const begin = values.length - kept;
    return { source: this.#tokenizer.tokens([...values.subarray(begin)]), target: [said], weights: [weights.slice(begin)] };
  }
}

function weightsOf(model: Module): InspectedWeight[] {
  return foldWeights([...model.stateDict()].map(([name, { shape }]) => ({ name, shape, type: "F32" })));
}

// What was chosen for the model that there is.
function settingsOf({ encoder, units, layers, heads, dropout, maxLength, seed }: SequenceChoices): Readonly<Record<string, string | number>> {
  return { encoder, units, ...(encoder === "transformer" ? { layers, heads, dropout } : {}), maxLength, seed };
}
