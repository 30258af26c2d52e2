// Attention of a step: to what has been written, and to what was read. Knows no architecture.
import { InkstoneError } from "../../core/index.ts";
import { appendKeyValue, attention, historyAttention, slice, type Tensor } from "../../tensor/index.ts";
import { Module } from "../module.ts";
import type { Linear } from "../parts/linear.ts";
import type { MemoryRows, StepPass } from "./step-pass.ts";

/** Parts and sizes of attention with several heads. */
export interface StepAttentionParts {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
  readonly heads: number;
  /** Width of a head. */
  readonly width: number;
  readonly layer: number;
  /** Of the scores; default 1 / sqrt(width). */
  readonly scale?: number;
  /** Added to scores by how far back: [H, positions]. Default: nothing. */
  readonly bias?: Tensor;
}

/** What both have. */
class StepAttention extends Module {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
  readonly bias: Tensor | undefined;
  protected readonly heads: number;
  protected readonly width: number;
  protected readonly layer: number;
  protected readonly scale: number;

  constructor(parts: StepAttentionParts) {
    super();
    this.query = parts.query;
    this.key = parts.key;
    this.value = parts.value;
    this.output = parts.output;
    this.bias = parts.bias;
    this.heads = parts.heads;
    this.width = parts.width;
    this.layer = parts.layer;
    this.scale = parts.scale ?? 1 / Math.sqrt(parts.width);
  }

  protected split(x: Tensor): Tensor {
    return x.reshape([x.shape[0], this.heads, this.width]);
  }

  protected joined(x: Tensor): Tensor {
    return x.reshape([x.shape[0], this.heads * this.width]);
  }
}

/**
 * Attention of each row to all that its text has so far. [B, C] -> [B, C]. Vaswani et al. 2017, arXiv:1706.03762, section 3.2.
 *
 * @example
 * const one = () => new Linear(new DenseWeight(tensor([[1]])));
 * const parts = { query: one(), key: one(), value: one(), output: one(), heads: 1, width: 1, layer: 0 };
 * new HistoryAttention(parts).parameterCount; // 4
 */
export class HistoryAttention extends StepAttention {
  forward(x: Tensor, { rows, position, ancestors, states }: StepPass): Tensor {
    const history = states[this.layer]?.history;
    if (history === undefined)
      throw new InkstoneError("E_SHAPE", {
        operation: "HistoryAttention",
        expected: { en: "a history for each layer", zh: "每层一个历史" },
        got: [states.length],
      });
    const [q, k, v] = [this.query, this.key, this.value].map((linear) => this.split(linear.forward(x, rows)));
    // A bias for more positions than there is room for is cut.
    const bias = this.bias && slice(this.bias, [0, 0], [-1, ancestors.shape[1]]);
    const y = historyAttention(q, k, v, history, { rows, position, ancestors, scale: this.scale, bias });
    return this.output.forward(this.joined(y), rows);
  }
}

/**
 * Attention of each row to what its text was read from. [B, C] -> [B, C]. Keys and values are made once, by `remember`.
 *
 * @example
 * const one = () => new Linear(new DenseWeight(tensor([[1]])));
 * const parts = { query: one(), key: one(), value: one(), output: one(), heads: 1, width: 1, layer: 0 };
 * new MemoryAttention(parts).parameterCount; // 4
 */
export class MemoryAttention extends StepAttention {
  /** Puts keys and values of read rows [T, C] into the cache. */
  remember(read: Tensor, { cache, runs, runCount, rows }: MemoryRows): void {
    const [k, v] = [this.key, this.value].map((linear) => this.split(linear.forward(read, rows)));
    appendKeyValue(k, v, cache.tensors, { rows, runs, runCount, layer: this.layer, layers: cache.layers });
  }

  forward(x: Tensor, { rows, memory: { cache, runs } }: StepPass): Tensor {
    const q = this.split(this.query.forward(x, rows));
    const y = attention(q, cache.tensors, { rows, runs, runCount: rows, layer: this.layer, layers: cache.layers, scale: this.scale });
    return this.output.forward(this.joined(y), rows);
  }
}
