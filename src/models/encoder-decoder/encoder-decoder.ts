// What a model that reads one sequence and writes another is to everything above it. It knows ids only.

import { Module, type TokenEmbedding } from "../../nn/index.ts";
import { crossEntropy, maskOf, type Tensor } from "../../tensor/index.ts";

/** What an encoder hands to its decoder; tensors of B sentences. */
export interface Encoded {
  readonly [name: string]: Tensor;
  /** [B, S, C]. */
  readonly memory: Tensor;
  /** i32 [B, S]: which places of the memory count. */
  readonly mask: Tensor;
}

/** What the loss of a batch counts. */
export interface SequenceLossOptions {
  /** Default 0. */
  readonly labelSmoothing?: number;
}

/**
 * Base of models from sequence to sequence. Id 0 is padding on both sides. A target is read from its beginning token on and said one place later.
 *
 * @example
 * const model: EncoderDecoder = new RecurrentEncoderDecoder({ sourceVocabulary: 9, targetVocabulary: 9, units: 8 });
 * const row = (ids: number[]) => tensor(Int32Array.from(ids), [1, ids.length]);
 * model.loss(row([4, 5]), row([2, 6]), row([6, 3])).backward();
 * model.vocabularies; // [9, 9]
 */
export abstract class EncoderDecoder extends Module {
  abstract readonly sourceEmbedding: TokenEmbedding;
  abstract readonly targetEmbedding: TokenEmbedding;
  /** Vectors of a source [B, S, C] -> what the decoder needs of it. mask: i32 [B, S], 1 where a place counts. */
  abstract read(embedded: Tensor, mask: Tensor): Encoded;
  /** Logits of the next id at each place of a target. target i32 [B, T] -> [B, T, V]. */
  abstract decode(target: Tensor, encoded: Encoded): Tensor;
  /** How much each place of a target attends to each place of its source, layer by layer: each [B, H, T, S]. */
  abstract attentionWeights(target: Tensor, encoded: Encoded): Tensor[];

  /** How many ids there are on each side. */
  get vocabularies(): readonly [source: number, target: number] {
    return [this.sourceEmbedding.weight.shape[0], this.targetEmbedding.weight.shape[0]];
  }

  /** source i32 [B, S] -> what the decoder needs of it. */
  encode(source: Tensor): Encoded {
    return this.read(this.sourceEmbedding.forward(source), maskOf(source));
  }

  /** Logits. source i32 [B, S], target i32 [B, T] -> [B, T, V]. */
  forward(source: Tensor, target: Tensor): Tensor {
    return this.decode(target, this.encode(source));
  }

  /** Mean cross-entropy in nats of the answers i32 [B, T] that are not padding. */
  loss(source: Tensor, target: Tensor, answers: Tensor, { labelSmoothing }: SequenceLossOptions = {}): Tensor {
    const logits = this.forward(source, target);
    const vocabulary = logits.shape[2];
    return crossEntropy(logits.reshape([answers.size, vocabulary]), answers.reshape([answers.size]), { ignoreIndex: 0, labelSmoothing });
  }
}
