// T5: pre-norm encoder and decoder with relative positions as a bias of scores, no other biases. Knows no text.
import type { Scalar } from "../../../native/index.ts";
import {
  HistoryAttention,
  Linear,
  MemoryAttention,
  Module,
  RMSNorm,
  type RowLayer,
  StepBlock,
  StepDecoder,
  TokenEmbedding,
} from "../../../nn/index.ts";
import { add, gelu, matmul, multiply, relu, silu, softmax, type Tensor, transpose } from "../../../tensor/index.ts";
import type { Settings } from "../../settings.ts";
import type { PartReader } from "../writing/engine-weights.ts";
import type { TextRows } from "../writing/text-reader.ts";
import type { TextToTextParts } from "../writing/text-to-text.ts";
import { relativeBucket } from "./relative.ts";

/** Most ids of a text: positions are relative, so the table does not say. */
const LONGEST = 512;

const activations = { relu, gelu: (x: Tensor) => gelu(x), gelu_new: (x: Tensor) => gelu(x, { approximate: "tanh" }), silu } as const;

interface Sizes {
  readonly width: number;
  readonly heads: number;
  readonly headWidth: number;
  readonly inner: number;
  readonly encoderLayers: number;
  readonly decoderLayers: number;
  readonly vocabularySize: number;
  readonly buckets: number;
  readonly farthest: number;
  readonly epsilon: number;
  readonly gated: boolean;
  readonly activation: keyof typeof activations;
  /** Whether what goes into the head is divided by sqrt(width). */
  readonly scaled: boolean;
}

function sizesOf(settings: Settings): Sizes {
  const size = (key: string, high: number, fallback?: number) =>
    settings.number({ hub: [key] }, { low: 1, high, ...(fallback === undefined ? {} : { fallback }) });
  const kind = settings.text({ hub: ["feed_forward_proj"] }, ["relu", "gelu", "gated-gelu", "gated-silu"], "relu");
  const encoderLayers = size("num_layers", 1024);
  const tied = settings.flag({ hub: ["tie_word_embeddings"] }, true);
  const plain = { relu: "relu", gelu: "gelu", "gated-gelu": "gelu_new", "gated-silu": "silu" } as const;
  for (const key of ["dense_act_fn", "is_gated_act", "n_positions", "initializer_factor", "classifier_dropout"]) settings.has({ hub: [key] });
  return {
    width: size("d_model", 65_536),
    heads: size("num_heads", 1024),
    headWidth: size("d_kv", 65_536),
    inner: size("d_ff", 1_048_576),
    encoderLayers,
    decoderLayers: size("num_decoder_layers", 1024, encoderLayers),
    vocabularySize: size("vocab_size", 2 ** 24),
    buckets: size("relative_attention_num_buckets", 4096, 32),
    farthest: size("relative_attention_max_distance", 65_536, 128),
    epsilon: settings.number({ hub: ["layer_norm_epsilon"] }, { low: 1e-12, high: 0.1, whole: false, fallback: 1e-6 }),
    gated: kind.startsWith("gated"),
    activation: plain[kind],
    scaled: settings.flag({ hub: ["scale_decoder_outputs"] }, tied),
  };
}

/** y = down(activation(gate(x)) · up(x)), or without a gate down(activation(up(x))). */
class Feed extends Module {
  readonly gate: Linear | undefined;
  readonly up: Linear;
  readonly down: Linear;
  readonly #activation: (x: Tensor) => Tensor;

  constructor(parts: { gate: Linear | undefined; up: Linear; down: Linear; activation: (x: Tensor) => Tensor }) {
    super();
    this.gate = parts.gate;
    this.up = parts.up;
    this.down = parts.down;
    this.#activation = parts.activation;
  }

  forward(x: Tensor, rows?: Scalar): Tensor {
    const up = this.up.forward(x, rows);
    if (this.gate === undefined) return this.down.forward(this.#activation(up), rows);
    return this.down.forward(multiply(this.#activation(this.gate.forward(x, rows)), up), rows);
  }
}

interface EncoderLayer {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
  readonly attentionNorm: RowLayer;
  readonly feed: Feed;
  readonly feedNorm: RowLayer;
}

class Builder {
  readonly reader: PartReader;
  readonly #sizes: Sizes;

  constructor(reader: PartReader, sizes: Sizes) {
    this.reader = reader;
    this.#sizes = sizes;
  }

  norm(at: string): RMSNorm {
    return new RMSNorm(this.reader.vector(`${at}.weight`, this.#sizes.width), this.#sizes.epsilon);
  }

  attention(at: string) {
    const { width, heads, headWidth } = this.#sizes;
    const into = (part: string) => this.reader.linear(`${at}.${part}.weight`, undefined, heads * headWidth, width);
    return { query: into("q"), key: into("k"), value: into("v"), output: this.reader.linear(`${at}.o.weight`, undefined, width, heads * headWidth) };
  }

  feed(at: string): Feed {
    const { width, inner, gated, activation } = this.#sizes;
    const into = (part: string) => this.reader.linear(`${at}.${part}.weight`, undefined, inner, width);
    const [gate, up] = gated ? [into("wi_0"), into("wi_1")] : [undefined, into("wi")];
    return new Feed({ gate, up, down: this.reader.linear(`${at}.wo.weight`, undefined, width, inner), activation: activations[activation] });
  }

  encoderLayer(i: number): EncoderLayer {
    const at = `encoder.block.${i}.layer`;
    return {
      ...this.attention(`${at}.0.SelfAttention`),
      attentionNorm: this.norm(`${at}.0.layer_norm`),
      feed: this.feed(`${at}.1.DenseReluDense`),
      feedNorm: this.norm(`${at}.1.layer_norm`),
    };
  }

  decoderLayer(layer: number, bias: Tensor): StepBlock {
    const { heads, headWidth: width } = this.#sizes;
    const at = `decoder.block.${layer}.layer`;
    const parts = { heads, width, layer, scale: 1 };
    return new StepBlock({
      past: new HistoryAttention({ ...this.attention(`${at}.0.SelfAttention`), ...parts, bias }),
      pastNorm: this.norm(`${at}.0.layer_norm`),
      memory: new MemoryAttention({ ...this.attention(`${at}.1.EncDecAttention`), ...parts }),
      memoryNorm: this.norm(`${at}.1.layer_norm`),
      mlp: this.feed(`${at}.2.DenseReluDense`),
      mlpNorm: this.norm(`${at}.2.layer_norm`),
      place: "pre",
    });
  }

  /** A value for each head and bucket. */
  biases(side: "encoder" | "decoder"): Float32Array {
    const { buckets, heads } = this.#sizes;
    return this.reader.values(`${side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight`, [buckets, heads]);
  }
}

/** Texts one by one: [T] ids -> [T, C]. Filling is seen by nobody. */
function encoderOf(
  builder: Builder,
  sizes: Sizes,
  words: Pick<TokenEmbedding["weight"], "gather">,
): { encoder: TextToTextParts["encoder"]; count: number } {
  const { heads, headWidth, buckets, farthest, encoderLayers } = sizes;
  const values = builder.biases("encoder");
  const layers = Array.from({ length: encoderLayers }, (_, i) => builder.encoderLayer(i));
  const norm = builder.norm("encoder.final_layer_norm");
  const tables = new Map<number, Tensor>();
  const table = (length: number) => {
    const known = tables.get(length);
    if (known !== undefined) return known;
    const made = new Float32Array(heads * length * length);
    for (let q = 0; q < length; q++)
      for (let k = 0; k < length; k++) {
        const bucket = relativeBucket(k - q, { buckets, farthest, bothWays: true });
        for (let h = 0; h < heads; h++) made[(h * length + q) * length + k] = values[bucket * heads + h];
      }
    const kept = builder.reader.tensor(made, [heads, length, length]);
    tables.set(length, kept);
    return kept;
  };
  const encoder = ({ ids, seen }: TextRows): Tensor => {
    const [length] = ids.shape;
    const bias = add(table(length), seen);
    const split = (x: Tensor) => transpose(x.reshape([length, heads, headWidth]), [1, 0, 2]);
    let x = words.gather(ids);
    for (const layer of layers) {
      const rows = layer.attentionNorm.forward(x);
      const scores = matmul(split(layer.query.forward(rows)), split(layer.key.forward(rows)), { transposeB: true });
      const read = matmul(softmax(add(scores, bias)), split(layer.value.forward(rows)));
      x = add(x, layer.output.forward(transpose(read, [1, 0, 2]).reshape([length, heads * headWidth])));
      x = add(x, layer.feed.forward(layer.feedNorm.forward(x)));
    }
    return norm.forward(x);
  };
  const linear = (each: Linear | undefined) => each?.parameterCount ?? 0;
  const count = layers.reduce(
    (sum, { query, key, value, output, feed }) =>
      sum + [query, key, value, output].reduce((all, each) => all + linear(each), 0) + feed.parameterCount,
    0,
  );
  return { encoder, count };
}

/** Wires it. Errors: `E_MODEL_CONFIG`, `E_MODEL_TENSORS`. */
export function buildT5(
  settings: Settings,
  ids: { readonly start: number; readonly end: number; readonly never: readonly number[] },
  reader: PartReader,
): TextToTextParts {
  const sizes = sizesOf(settings);
  settings.refuseOthers();
  const { width, heads, headWidth, vocabularySize, decoderLayers, buckets, farthest } = sizes;
  const builder = new Builder(reader, sizes);
  const words = reader.matrix("shared.weight", vocabularySize, width);
  const { encoder, count } = encoderOf(builder, sizes, words);
  const values = builder.biases("decoder");
  const bias = new Float32Array(heads * LONGEST);
  for (let far = 0; far < LONGEST; far++) {
    const bucket = relativeBucket(-far, { buckets, farthest, bothWays: false });
    for (let h = 0; h < heads; h++) bias[h * LONGEST + far] = values[bucket * heads + h];
  }
  const own = reader.tensor(bias, [heads, LONGEST]);
  const head = reader.has("lm_head.weight") ? reader.matrix("lm_head.weight", vocabularySize, width) : words;
  const decoder = new StepDecoder({
    embedding: new TokenEmbedding(words),
    layers: Array.from({ length: decoderLayers }, (_, layer) => builder.decoderLayer(layer, own)),
    norm: builder.norm("decoder.final_layer_norm"),
    headScale: sizes.scaled ? width ** -0.5 : 1,
    head: new Linear(head),
  });
  return {
    architecture: "t5",
    sizes: { layers: decoderLayers, width, heads, headWidth, vocabularySize, positions: LONGEST, past: "history" },
    encoder,
    decoder,
    parameterCount: decoder.parameterCount + count,
    ...ids,
    longest: LONGEST,
    apart: true,
    owned: reader.owned,
  };
}
