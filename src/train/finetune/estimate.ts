// What memory a fine-tuning takes, told before it begins. Knows no data.
import { InkstoneError } from "../../core/index.ts";
import type { TrainableDecoder } from "../../models/index.ts";
import { Tensor } from "../../tensor/index.ts";
import type { CheckedSettings } from "./settings.ts";
import type { TaskSizes } from "./task.ts";

/** Bytes, by what they are for. */
export interface MemoryEstimate {
  /** Weights, as they lie in memory. */
  readonly weights: number;
  /** Gradients and moments of what is trained. */
  readonly training: number;
  /** What a step keeps for its gradients. */
  readonly activations: number;
  /** The head: logits of a run of rows, and its matrix. */
  readonly head: number;
  readonly total: number;
}

/**
 * Estimates the memory of a run. `answers`: most places of a batch whose logits are wanted; `whole`: whether all of their logits exist together (preferences).
 *
 * Errors: `E_MODEL_MEMORY` where this machine has less.
 */
export function estimateMemory(
  open: TrainableDecoder,
  { method, recompute, accumulate }: CheckedSettings,
  { batch, length }: TaskSizes,
  answers: number,
  whole: boolean,
): MemoryEstimate {
  const { decoder, config } = open;
  const { width, layers, heads, keyValueHeads, headWidth, vocabularySize } = config;
  const tokens = batch * length;
  let [weights, trained] = [0, 0];
  for (const weight of decoder.stateDict().values()) {
    weights += weight instanceof Tensor ? weight.size * 4 : weight.matrix.weight.size;
    if (weight instanceof Tensor && weight.requiresGrad) trained += weight.size;
  }
  const mlpWidth = widestOf(open);
  // Of a block: its input, both norms, queries, keys, values, attention twice, both sums, and of the MLP gate, up and their product.
  const block = 4 * tokens * (7 * width + 2 * heads * headWidth + 2 * keyValueHeads * headWidth + 3 * mlpWidth);
  const activations = recompute ? 4 * tokens * width * layers + 2 * block : block * layers + block;
  const rows = whole ? answers : Math.min(answers, Math.max(256, Math.floor((8 << 20) / 4 / vocabularySize)));
  const head = 4 * rows * vocabularySize * (whole ? 3 : 1) + (method === "full" ? 0 : 4 * vocabularySize * width) + 8 * answers * width;
  const training = trained * 4 * (accumulate > 1 ? 4 : 3);
  const total = weights + training + activations + head;
  const available = process.availableMemory();
  if (total > available) throw new InkstoneError("E_MODEL_MEMORY", { needed: total, available });
  return { weights, training, activations, head, total };
}

function widestOf({ decoder, config }: TrainableDecoder): number {
  let widest = config.width;
  for (const [name, weight] of decoder.layers[0].stateDict())
    if (name.startsWith("mlp.")) widest = Math.max(widest, weight instanceof Tensor ? weight.shape[0] : weight.matrix.outputs);
  return widest;
}
