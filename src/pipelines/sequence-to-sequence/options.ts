// How a SequenceToSequence is made and trained, and the model of its options. Knows no texts.
import { belowOne, checkOption, InkstoneError, knownOptions, listed, whole } from "../../core/index.ts";
import { type EncoderDecoder, RecurrentEncoderDecoder, TransformerEncoderDecoder } from "../../models/index.ts";
import { Adam, noam, type Optimizer } from "../../nn/index.ts";
import { withRandom } from "../../tensor/index.ts";
import type { FitSequencesOptions } from "../../train/index.ts";
import type { SequenceTokenizer, TextPair } from "./ids.ts";

/** Choices that are saved with the weights. */
export interface SequenceChoices {
  /** What reads and writes. */
  readonly encoder: "lstm" | "transformer";
  /** Width of states and embeddings. Default 256. */
  readonly units: number;
  /** Of the Transformer: layers of each side. Default 3. */
  readonly layers: number;
  /** Of the Transformer. Default 4. */
  readonly heads: number;
  /** Of the Transformer: share of the embeddings dropped in training. Default 0.1. */
  readonly dropout: number;
  /** Most tokens of a text on either side; the rest is cut. Default 64. */
  readonly maxLength: number;
  /** Of the first weights and the order of batches. Default 0. */
  readonly seed: number;
}

/** How it is made: what reads, and a tokenizer for each side. */
export interface SequenceToSequenceOptions extends Partial<Omit<SequenceChoices, "encoder">>, Pick<SequenceChoices, "encoder"> {
  readonly source: SequenceTokenizer;
  readonly target: SequenceTokenizer;
}

/** How it is trained. */
export interface SequenceFitOptions
  extends Pick<
    FitSequencesOptions,
    "epochs" | "batchSize" | "callbacks" | "verbose" | "output" | "signal" | "precision" | "stepsPerEpoch" | "optimizer" | "labelSmoothing"
  > {
  /** Share of the pairs, from the end, that is kept for validation. Default 0. */
  readonly validationSplit?: number;
  readonly validationPairs?: readonly TextPair[];
}

/** Options of `fit`. */
export const fitOptionNames: readonly string[] = [
  ...["epochs", "batchSize", "callbacks", "verbose", "output", "signal", "precision", "stepsPerEpoch", "optimizer", "labelSmoothing"],
  ...["validationSplit", "validationPairs"],
];

const choiceNames = ["encoder", "units", "layers", "heads", "dropout", "maxLength", "seed", "source", "target"];

const bounds = { units: [1, 8192], layers: [1, 64], heads: [1, 128], maxLength: [1, 255], seed: [0, Number.MAX_SAFE_INTEGER] } as const;

/** All choices, checked. Errors: `E_OPTION`. */
export function choicesOf(given: Partial<SequenceChoices>): SequenceChoices {
  knownOptions("SequenceToSequence", given, choiceNames);
  const { encoder, units = 256, layers = 3, heads = 4, dropout = 0.1, maxLength = 64, seed = 0 } = given;
  if (encoder !== "lstm" && encoder !== "transformer")
    throw new InkstoneError("E_OPTION", { option: "encoder", value: String(encoder), allowed: listed(["lstm", "transformer"]) });
  const choices = { encoder, units, layers, heads, dropout, maxLength, seed };
  for (const [option, [low, high]] of Object.entries(bounds)) {
    const value = choices[option as keyof typeof bounds];
    if (!(Number.isInteger(value) && value >= low && value <= high))
      throw new InkstoneError("E_OPTION", { option, value, allowed: whole(low, high).allowed });
  }
  checkOption("dropout", dropout, belowOne);
  if (encoder === "transformer" && units % heads !== 0) {
    throw new InkstoneError("E_OPTION", {
      option: "units",
      value: units,
      allowed: { en: `multiples of ${heads} heads`, zh: `注意力头数 ${heads} 的倍数` },
    });
  }
  return choices;
}

/** A model with fresh weights. */
export function modelOf(choices: SequenceChoices, sourceVocabulary: number, targetVocabulary: number): EncoderDecoder {
  const { units, layers, heads, dropout, seed } = choices;
  const sizes = { sourceVocabulary, targetVocabulary };
  return withRandom({ seed, step: 0 }, () =>
    choices.encoder === "lstm"
      ? new RecurrentEncoderDecoder({ ...sizes, units })
      : new TransformerEncoderDecoder({ ...sizes, width: units, heads, layers, dropout, contextLength: 256 }),
  );
}

/** Adam as fits what reads: for the Transformer with the warm-up of its paper's kind, 400 steps. Gradients are clipped to a norm of 1. */
export function usualOptimizer({ encoder }: SequenceChoices): Optimizer {
  if (encoder === "lstm") return new Adam({ learningRate: 1e-3, epsilon: 1e-8, globalClipnorm: 1 });
  const learningRate = noam({ width: 1, warmup: 400, factor: 0.02 });
  return new Adam({ learningRate, beta1: 0.9, beta2: 0.98, epsilon: 1e-9, globalClipnorm: 1 });
}
