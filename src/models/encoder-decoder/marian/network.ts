// Marian's Transformer from its binary: an encoder of attention, a decoder whose layers look back by a simpler simple recurrent unit or by attention. Knows no text.
import { InkstoneError, type Phrase } from "../../../core/index.ts";
import type { WeightFile } from "../../../formats/index.ts";
import {
  HistoryAttention,
  type LayerNorm,
  Linear,
  MemoryAttention,
  Mlp,
  type PastLayer,
  SimpleRecurrent,
  StepBlock,
  StepDecoder,
  TokenEmbedding,
} from "../../../nn/index.ts";
import { add, type Device, relu, scale, selectRows, silu, type Tensor } from "../../../tensor/index.ts";
import { SegmentAttention, SegmentBlock } from "../../encoder/encoder.ts";
import type { WeightMaker } from "../../encoder/weight-makers.ts";
import { PartReader, type ValuesByName } from "../writing/engine-weights.ts";
import { sinusoidTable } from "../writing/sinusoids.ts";
import type { TextToTextParts } from "../writing/text-to-text.ts";

const EPSILON = 1e-9;
/** Positions that tables are made for: neither text is longer. */
const POSITIONS = 512;
/** Ids of every vocabulary of Marian: the end, and what is unknown, which is never written. */
const END = 0;
const UNKNOWN = 1;

const activations = { relu, swish: silu } as const;

/** What its configuration says, checked. */
interface MarianConfig {
  readonly width: number;
  readonly heads: number;
  readonly inner: number;
  readonly encoderLayers: number;
  readonly decoderLayers: number;
  readonly vocabularySize: number;
  readonly recurrent: boolean;
  readonly activation: keyof typeof activations;
}

function configOf(text: string): MarianConfig {
  const value = (key: string) => new RegExp(`^${key}:[ \\t]*"?([^"\\n]*?)"?[ \\t]*$`, "m").exec(text)?.[1];
  const missing = { en: "(missing)", zh: "（缺失）" };
  const refuse = (key: string, allowed: Phrase) => new InkstoneError("E_MODEL_CONFIG", { key, value: value(key) ?? missing, allowed });
  const whole = (key: string, most: number) => {
    const found = Number(value(key));
    if (!Number.isInteger(found) || found < 1 || found > most)
      throw refuse(key, { en: `a whole number from 1 to ${most}`, zh: `1 到 ${most} 的整数` });
    return found;
  };
  const one = <T extends string>(key: string, allowed: readonly T[]): T => {
    const found = value(key) as T;
    if (!allowed.includes(found)) throw refuse(key, allowed);
    return found;
  };
  one("type", ["transformer"]);
  one("transformer-preprocess", [""]);
  one("transformer-postprocess", ["dan", "da n"]);
  one("transformer-postprocess-top", [""]);
  one("tied-embeddings-all", ["true"]);
  one("transformer-train-position-embeddings", ["false"]);
  const past = one("transformer-decoder-autoreg", ["rnn", "self-attention"]);
  if (past === "rnn") one("dec-cell", ["ssru"]);
  const sizes = /^dim-vocabs:\s*\n\s*- (\d+)\s*\n\s*- (\d+)/m.exec(text);
  if (sizes === null || sizes[1] !== sizes[2])
    throw new InkstoneError("E_MODEL_CONFIG", {
      key: "dim-vocabs",
      value: sizes?.slice(1).join() ?? missing,
      allowed: { en: "two alike", zh: "两个相同的值" },
    });
  const config = {
    width: whole("dim-emb", 65_536),
    heads: whole("transformer-heads", 1024),
    inner: whole("transformer-dim-ffn", 1_048_576),
    encoderLayers: whole("enc-depth", 1024),
    decoderLayers: whole("dec-depth", 1024),
    vocabularySize: Number(sizes[1]),
    recurrent: past === "rnn",
    activation: one("transformer-ffn-activation", ["relu", "swish"] as const),
  };
  if (config.width % config.heads !== 0) throw refuse("transformer-heads", { en: `a divisor of ${config.width}`, zh: `${config.width} 的约数` });
  return config;
}

// Plain matrices lie [inputs, outputs]; those of int8 the other way round.
function valuesOf(file: WeightFile): ValuesByName {
  return {
    shape(name) {
      const found = file.weights.get(name)?.shape;
      return found === undefined || found.length !== 2 || found[0] === 1 || name === "Wemb" ? found : [found[1], found[0]];
    },
    values(name) {
      const values = file.values(name);
      const weight = file.weights.get(name);
      if (weight === undefined || weight.multiplierAt !== undefined || weight.shape[0] === 1 || name === "Wemb") return values;
      const [inputs, outputs] = weight.shape;
      const turned = new Float32Array(values.length);
      for (let i = 0; i < inputs; i++) for (let o = 0; o < outputs; o++) turned[o * inputs + i] = values[i * outputs + o];
      return turned;
    },
  };
}

class Builder {
  readonly reader: PartReader;
  readonly #config: MarianConfig;

  constructor(file: WeightFile, config: MarianConfig, device: Device, make: WeightMaker) {
    this.reader = new PartReader(valuesOf(file), device, make);
    this.#config = config;
  }

  norm(at: string): LayerNorm {
    return this.reader.norm(`${at}_ln_scale`, `${at}_ln_bias`, this.#config.width, EPSILON);
  }

  attention(at: string) {
    const { width } = this.#config;
    const linear = (part: string) => this.reader.linear(`${at}_W${part}`, `${at}_b${part}`, width, width);
    return { query: linear("q"), key: linear("k"), value: linear("v"), output: linear("o") };
  }

  mlp(at: string): Mlp {
    const { width, inner, activation } = this.#config;
    const [up, down] = [this.reader.linear(`${at}_W1`, `${at}_b1`, inner, width), this.reader.linear(`${at}_W2`, `${at}_b2`, width, inner)];
    return new Mlp({ up, down, activation: activations[activation] });
  }

  encoderBlock(i: number): SegmentBlock {
    const at = `encoder_l${i + 1}`;
    return new SegmentBlock({
      attention: new SegmentAttention({ ...this.attention(`${at}_self`), heads: this.#config.heads }),
      attentionNorm: this.norm(`${at}_self_Wo`),
      mlp: this.mlp(`${at}_ffn`),
      mlpNorm: this.norm(`${at}_ffn_ffn`),
    });
  }

  #past(at: string, layer: number): { past: PastLayer; pastNorm: LayerNorm } {
    const { width, heads, recurrent } = this.#config;
    if (!recurrent) {
      const past = new HistoryAttention({ ...this.attention(`${at}_self`), heads, width: width / heads, layer });
      return { past, pastNorm: this.norm(`${at}_self_Wo`) };
    }
    const input = this.reader.linear(`${at}_rnn_W`, undefined, width, width);
    const forget = this.reader.linear(`${at}_rnn_Wf`, `${at}_rnn_bf`, width, width);
    return { past: new SimpleRecurrent({ input, forget, layer }), pastNorm: this.norm(`${at}_rnn_ffn`) };
  }

  decoderBlock(layer: number): StepBlock {
    const { width, heads } = this.#config;
    const at = `decoder_l${layer + 1}`;
    return new StepBlock({
      ...this.#past(at, layer),
      memory: new MemoryAttention({ ...this.attention(`${at}_context`), heads, width: width / heads, layer }),
      memoryNorm: this.norm(`${at}_context_Wo`),
      mlp: this.mlp(`${at}_ffn`),
      mlpNorm: this.norm(`${at}_ffn_ffn`),
      place: "post",
    });
  }
}

/** Wires a model from a file. Errors: `E_MODEL_CONFIG`, `E_MODEL_TENSORS`, those of reading; nothing stays allocated then. */
export function buildMarian(file: WeightFile, device: Device, make: WeightMaker): TextToTextParts {
  const text = file.texts.get("special:model.yml");
  if (text === undefined) throw new InkstoneError("E_FORMAT_MISSING", { field: "special:model.yml" });
  const config = configOf(text);
  const { width, heads, vocabularySize, decoderLayers, recurrent } = config;
  const builder = new Builder(file, config, device, make);
  const { reader } = builder;
  try {
    const words = reader.matrix("Wemb", vocabularySize, width);
    const positions = reader.tensor(sinusoidTable(POSITIONS, width, width / 2 - 1), [POSITIONS, width]);
    const layers = Array.from({ length: config.encoderLayers }, (_, i) => builder.encoderBlock(i));
    const decoder = new StepDecoder({
      embedding: new TokenEmbedding(words),
      embeddingScale: Math.sqrt(width),
      silentStart: true,
      positions,
      layers: Array.from({ length: decoderLayers }, (_, i) => builder.decoderBlock(i)),
      head: new Linear(words, reader.vector("decoder_ff_logit_out_b", vocabularySize)),
    });
    const sizes = {
      layers: decoderLayers,
      width,
      heads,
      headWidth: width / heads,
      vocabularySize,
      positions: POSITIONS,
      past: recurrent ? "carried" : "history",
    } as const;
    const encoder = encoderOf(words, positions, layers, Math.sqrt(width));
    const parameterCount = decoder.parameterCount + layers.reduce((sum, layer) => sum + layer.parameterCount, 0);
    return {
      architecture: "marian",
      sizes,
      encoder,
      decoder,
      parameterCount,
      start: END,
      end: END,
      never: [UNKNOWN],
      longest: POSITIONS,
      owned: reader.owned,
    };
  } catch (error) {
    reader.dispose();
    throw error;
  }
}

/** Embeddings times a factor, their positions, blocks. */
export function encoderOf(
  words: Pick<TokenEmbedding["weight"], "gather">,
  positions: Tensor,
  layers: readonly SegmentBlock[],
  factor: number,
): TextToTextParts["encoder"] {
  return ({ ids, places, segments }) => {
    let x = add(scale(words.gather(ids), factor), selectRows(positions, places));
    for (const layer of layers) x = layer.forward(x, segments);
    return x;
  };
}
