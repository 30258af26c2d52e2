// Wires a decoder of declared choices from a source of weights: the one place where the names and shapes of decoders' weights stand.
import {
  Decoder,
  DecoderBlock,
  GatedMlp,
  GroupedQueryAttention,
  LayerNorm,
  Linear,
  Mlp,
  RMSNorm,
  type RotaryPositions,
  type RowLayer,
  TokenEmbedding,
} from "../../nn/index.ts";
import { gelu, type Tensor } from "../../tensor/index.ts";
import type { Plan } from "../architecture.ts";
import type { Lay, WeightSource } from "../weights/source.ts";
import type { Sizes } from "./sizes.ts";
import type { Turning } from "./turning.ts";

/** What sets a family apart. */
export interface Choices {
  readonly sizes: Sizes;
  /** Root mean square or layer norms (with biases); `plus` is added to the weights of the file. */
  readonly norm: { readonly kind: "rms" | "layer"; readonly plus?: number };
  /** SwiGLU, the same with GELU, or two plain layers around GELU. */
  readonly mlp: "silu-gated" | "gelu-gated" | "gelu" | "gelu-tanh";
  /** How positions turn, by layer, for so many positions; undefined: they do not. */
  readonly turning?: (layer: number, positions: number) => Turning | undefined;
  /** Pairs are neighbours, as GGUF files of the llama family have them. Default false. */
  readonly adjacent?: boolean;
  readonly learnedPositions?: boolean;
  /** Norms of each head's query and key. */
  readonly headNorms?: boolean;
  /** Norms behind attention and MLP. */
  readonly normsAfter?: boolean;
  /** Attention and MLP read the same. */
  readonly parallel?: boolean;
  /** Query, key and value in one matrix: one after another, or head by head. */
  readonly fusedAttention?: "parts" | "heads";
  /** Gate and up in one matrix. */
  readonly fusedMlp?: boolean;
  /** Matrices of blocks lie the other way round. */
  readonly transposed?: boolean;
  readonly window?: (layer: number) => number | undefined;
  readonly scale?: number;
  readonly scoreCap?: number;
  readonly logitCap?: number;
  readonly embeddingScale?: number;
}

/** A plan that wires these choices. */
export function wired(choices: Choices): Plan<Sizes, Decoder> {
  return { config: choices.sizes, build: (source, positions) => new Wiring(choices, source, positions).decoder() };
}

class Wiring {
  readonly #c: Choices;
  readonly #source: WeightSource;
  readonly #positions: number;
  readonly #tables = new Map<string, RotaryPositions | undefined>();

  constructor(choices: Choices, source: WeightSource, positions: number) {
    this.#c = choices;
    this.#source = source;
    this.#positions = positions;
  }

  decoder(): Decoder {
    const { sizes, learnedPositions, embeddingScale, logitCap } = this.#c;
    const { vocabularySize, width, layers, contextLength, tied } = sizes;
    const embedding = new TokenEmbedding(this.#source.matrix("embedding.weight", vocabularySize, width));
    const own = tied === false || this.#source.has("head.weight");
    return new Decoder({
      embedding,
      positions: learnedPositions ? new TokenEmbedding(this.#source.matrix("positions.weight", contextLength, width)) : undefined,
      layers: Array.from({ length: layers }, (_, i) => this.#block(i)),
      norm: this.#norm("norm", width),
      head: own ? this.#source.matrix("head.weight", vocabularySize, width) : embedding.weight,
      embeddingScale,
      softcap: logitCap,
    });
  }

  #block(layer: number): DecoderBlock {
    const { sizes, normsAfter, parallel } = this.#c;
    const at = `layers.${layer}`;
    const after = (name: string) => (normsAfter ? this.#norm(`${at}.${name}`, sizes.width) : undefined);
    return new DecoderBlock({
      attentionNorm: this.#norm(`${at}.attentionNorm`, sizes.width),
      attention: this.#attention(layer),
      attentionAfter: after("attentionAfter"),
      mlpNorm: this.#norm(`${at}.mlpNorm`, sizes.width),
      mlp: this.#mlp(`${at}.mlp`),
      mlpAfter: after("mlpAfter"),
      parallel,
    });
  }

  #attention(layer: number): GroupedQueryAttention {
    const { sizes, headNorms, window, scale, scoreCap } = this.#c;
    const { width, heads, keyValueHeads, headWidth } = sizes;
    const at = `layers.${layer}.attention`;
    const headNorm = (name: string) => (headNorms ? this.#norm(`${at}.${name}`, headWidth) : undefined);
    return new GroupedQueryAttention({
      ...this.#projections(at),
      output: this.#linear(`${at}.output`, width, heads * headWidth),
      queryNorm: headNorm("queryNorm"),
      keyNorm: headNorm("keyNorm"),
      heads,
      keyValueHeads,
      width: headWidth,
      positions: this.#turns(layer),
      layer,
      window: window?.(layer),
      scale,
      softcap: scoreCap,
    });
  }

  #projections(at: string): { query: Linear; key: Linear; value: Linear } {
    const { sizes, fusedAttention } = this.#c;
    const { width, heads, keyValueHeads, headWidth } = sizes;
    const [q, kv] = [heads * headWidth, keyValueHeads * headWidth];
    if (fusedAttention === undefined) {
      return {
        query: this.#linear(`${at}.query`, q, width),
        key: this.#linear(`${at}.key`, kv, width),
        value: this.#linear(`${at}.value`, kv, width),
      };
    }
    const of = q + 2 * kv;
    // Head by head: query, key and value of the first, then of the second.
    const byHeads = (part: number) => (i: number) => 3 * (i - (i % headWidth)) + part * headWidth + (i % headWidth);
    const row = fusedAttention === "heads" ? byHeads : (part: number) => (i: number) => [0, q, q + kv][part] + i;
    const piece = (part: number, outputs: number) => this.#linear(`${at}.all`, outputs, width, { of, row: row(part) });
    return { query: piece(0, q), key: piece(1, kv), value: piece(2, kv) };
  }

  #mlp(at: string): RowLayer {
    const { sizes, mlp, fusedMlp } = this.#c;
    const { width, mlpWidth } = sizes;
    const down = this.#linear(`${at}.down`, width, mlpWidth);
    if (mlp === "gelu" || mlp === "gelu-tanh") {
      const activation = (x: Tensor) => gelu(x, { approximate: mlp === "gelu" ? "none" : "tanh" });
      return new Mlp({ up: this.#linear(`${at}.up`, mlpWidth, width), down, activation });
    }
    const half = (part: number) => this.#linear(`${at}.both`, mlpWidth, width, { of: 2 * mlpWidth, row: (i) => part * mlpWidth + i });
    const gate = fusedMlp ? half(0) : this.#linear(`${at}.gate`, mlpWidth, width);
    const up = fusedMlp ? half(1) : this.#linear(`${at}.up`, mlpWidth, width);
    return new GatedMlp({ gate, up, down, activation: mlp === "gelu-gated" ? "gelu" : "silu" });
  }

  // A bias is used where the file has one.
  #linear(name: string, outputs: number, inputs: number, rows: Lay = {}): Linear {
    const weight = this.#source.matrix(`${name}.weight`, outputs, inputs, { ...rows, transposed: this.#c.transposed });
    const bias = this.#source.has(`${name}.bias`) ? this.#source.vector(`${name}.bias`, outputs, rows) : undefined;
    return new Linear(weight, bias);
  }

  #norm(name: string, width: number): RowLayer {
    const { norm, sizes } = this.#c;
    const weight = this.#source.vector(`${name}.weight`, width, { plus: norm.plus });
    if (norm.kind === "rms") return new RMSNorm(weight, sizes.epsilon);
    return new LayerNorm(weight, this.#source.vector(`${name}.bias`, width), sizes.epsilon);
  }

  // Layers that turn alike share a table.
  #turns(layer: number): RotaryPositions | undefined {
    const turning = this.#c.turning?.(layer, this.#positions);
    if (turning === undefined) return undefined;
    const { width, base, magnitude } = turning;
    const frequencies = this.#factored(turning);
    const key = `${width} ${magnitude} ${frequencies.join()}`;
    if (!this.#tables.has(key)) {
      const options = { width, base, positions: this.#positions, adjacent: this.#c.adjacent ?? false, frequencies, magnitude };
      this.#tables.set(key, this.#source.rotary(options));
    }
    return this.#tables.get(key);
  }

  // GGUF files of Llama 3 and Phi 3 keep the factors of each pair as a tensor.
  #factored({ frequencies, original = 0 }: Turning): Float64Array {
    const names = ["rope.factors", "rope.short", "rope.long"].map((each) => `${each}.weight`).filter((each) => this.#source.has(each));
    const lists = names.map((each) => this.#source.values(each, frequencies.length));
    const factors = lists[this.#positions > original ? lists.length - 1 : 0];
    return factors === undefined ? frequencies : frequencies.map((each, i) => each / factors[i]);
  }
}
