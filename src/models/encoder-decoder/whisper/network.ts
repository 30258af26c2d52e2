// Whisper's network from the weights of a CTranslate2 file: two convolutions, an encoder, a decoder. Knows no sound and no text.

import { InkstoneError, type Words } from "../../../core/index.ts";
import type { CTranslate2File } from "../../../formats/index.ts";
import {
  EncoderBlock,
  HistoryAttention,
  type LayerNorm,
  Linear,
  MemoryAttention,
  Mlp,
  Module,
  SequenceAttention,
  StepBlock,
  StepDecoder,
  TokenEmbedding,
} from "../../../nn/index.ts";
import { add, concatenate, conv1d, type Device, gelu, type Tensor, zeros } from "../../../tensor/index.ts";
import type { WeightMaker } from "../../encoder/weight-makers.ts";
import { missingWeight } from "../../weights/reading.ts";
import { PartReader, type ValuesByName } from "../writing/engine-weights.ts";
import type { WritingSizes } from "../writing/sizes.ts";

const EPSILON = 1e-5;
const TAPS = 3;
/** What the file's number of an activation means here: GELU by the error function. */
const GELU = 3;

/** Sizes of the encoder. */
export interface WhisperSizes extends WritingSizes {
  /** Bands of the spectrogram. */
  readonly bands: number;
  /** Rows that the encoder gives: half of the frames it reads. */
  readonly frames: number;
}

/** Two convolutions, the second by every other frame, positions, and blocks. [2F, bands] -> [F, C]. */
export class WhisperEncoder extends Module {
  readonly convolutions: readonly { readonly kernel: Tensor; readonly bias: Tensor }[];
  readonly positions: Tensor;
  readonly layers: readonly EncoderBlock[];
  readonly norm: LayerNorm;

  constructor(parts: Pick<WhisperEncoder, "convolutions" | "positions" | "layers" | "norm">) {
    super();
    this.convolutions = parts.convolutions;
    this.positions = parts.positions;
    this.layers = parts.layers;
    this.norm = parts.norm;
  }

  forward(mel: Tensor): Tensor {
    const [first, second] = this.convolutions;
    const [frames, bands] = mel.shape;
    const seen = gelu(conv1d(mel.reshape([1, frames, bands]), first.kernel, { bias: first.bias, padding: "same" }));
    // A frame of zeros before the first, as PyTorch's padding has it; behind the last none is looked at.
    const before = zeros([1, 1, seen.shape[2]], { device: mel.device });
    let x = gelu(conv1d(concatenate([before, seen], 1), second.kernel, { bias: second.bias, stride: 2 }));
    x = add(x, this.positions);
    for (const layer of this.layers) x = layer.forward(x);
    return this.norm.forward(x).reshape([x.shape[1], x.shape[2]]);
  }
}

/** What was built. */
export interface WhisperNetwork {
  readonly sizes: WhisperSizes;
  readonly encoder: WhisperEncoder;
  readonly decoder: StepDecoder;
  readonly owned: readonly { dispose(): void }[];
}

function refuse(problems: Words): InkstoneError {
  return new InkstoneError("E_MODEL_TENSORS", { problems });
}

/** A file's values; int8 rows are divided by their scales. */
function valuesOf(file: CTranslate2File): ValuesByName {
  return {
    shape: (name) => file.weights.get(name)?.shape,
    values(name) {
      const values = file.values(name);
      const scales = name.endsWith("weight") && file.weights.has(`${name}_scale`) ? file.values(`${name}_scale`) : undefined;
      if (scales === undefined) return values;
      const width = values.length / scales.length;
      for (let i = 0; i < values.length; i++) values[i] /= scales[Math.floor(i / width)];
      return values;
    },
  };
}

function sizesOf(file: CTranslate2File): WhisperSizes {
  const shape = (name: string, rank: number) => {
    const found = file.weights.get(name)?.shape;
    if (found === undefined || found.length !== rank)
      throw refuse(found === undefined ? missingWeight(name) : { en: `${name} is [${found.join(", ")}]`, zh: `${name} 为 [${found.join(", ")}]` });
    return found;
  };
  const number = (name: string) => {
    shape(name, 0);
    return file.values(name)[0];
  };
  const [width, bands] = shape("encoder/conv1/weight", 3);
  const heads = number("decoder/num_heads");
  if (!(heads > 0 && width % heads === 0) || number("encoder/num_heads") !== heads)
    throw refuse({ en: `num_heads is ${heads} for a width of ${width}`, zh: `num_heads 为 ${heads}，宽度为 ${width}` });
  if (file.weights.has("decoder/activation") && number("decoder/activation") !== GELU)
    throw refuse({ en: "decoder/activation is none that is known", zh: "decoder/activation 未知" });
  let layers = 0;
  while (file.weights.has(`decoder/layer_${layers}/ffn/linear_0/weight`)) layers++;
  return {
    layers,
    width,
    heads,
    headWidth: width / heads,
    vocabularySize: shape("decoder/embeddings/weight", 2)[0],
    positions: shape("decoder/position_encodings/encodings", 2)[0],
    past: "history",
    bands,
    frames: shape("encoder/position_encodings/encodings", 2)[0],
  };
}

/** [F, bands, taps] as the file has it -> [taps, bands, F]. */
function turnedKernel(values: Float32Array, filters: number, channels: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let f = 0; f < filters; f++)
    for (let c = 0; c < channels; c++)
      for (let k = 0; k < TAPS; k++) turned[(k * channels + c) * filters + f] = values[(f * channels + c) * TAPS + k];
  return turned;
}

class Builder {
  readonly reader: PartReader;
  readonly #sizes: WhisperSizes;

  constructor(file: CTranslate2File, sizes: WhisperSizes, device: Device, make: WeightMaker) {
    this.reader = new PartReader(valuesOf(file), device, make);
    this.#sizes = sizes;
  }

  #linear(at: string, outputs: number, inputs: number, part = 0, of = 1): Linear {
    return this.reader.linear(`${at}/weight`, `${at}/bias`, outputs, inputs, { of: of * outputs, first: part * outputs });
  }

  norm(at: string): LayerNorm {
    return this.reader.norm(`${at}/layer_norm/gamma`, `${at}/layer_norm/beta`, this.#sizes.width, EPSILON);
  }

  /** Query, key and value of one matrix; the output. */
  own(at: string) {
    const { width } = this.#sizes;
    const part = (i: number) => this.#linear(`${at}/linear_0`, width, width, i, 3);
    return { query: part(0), key: part(1), value: part(2), output: this.#linear(`${at}/linear_1`, width, width) };
  }

  /** The query; key and value of one matrix; the output. */
  across(at: string) {
    const { width } = this.#sizes;
    const part = (i: number) => this.#linear(`${at}/linear_1`, width, width, i, 2);
    return {
      query: this.#linear(`${at}/linear_0`, width, width),
      key: part(0),
      value: part(1),
      output: this.#linear(`${at}/linear_2`, width, width),
    };
  }

  mlp(at: string, inner: number): Mlp {
    const { width } = this.#sizes;
    return new Mlp({
      up: this.#linear(`${at}/linear_0`, inner, width),
      down: this.#linear(`${at}/linear_1`, width, inner),
      activation: (x) => gelu(x),
    });
  }

  encoder(inner: number): WhisperEncoder {
    const { width, bands, frames, heads } = this.#sizes;
    const convolution = (name: string, channels: number) => ({
      kernel: this.reader.tensor(turnedKernel(this.reader.values(`encoder/${name}/weight`, [width, channels, TAPS]), width, channels), [
        TAPS,
        channels,
        width,
      ]),
      bias: this.reader.vector(`encoder/${name}/bias`, width),
    });
    let layers = 0;
    while (this.reader.has(`encoder/layer_${layers}/ffn/linear_0/weight`)) layers++;
    const block = (i: number) => {
      const at = `encoder/layer_${i}`;
      const attention = new SequenceAttention({ ...this.own(`${at}/self_attention`), heads });
      return new EncoderBlock({
        attention,
        attentionNorm: this.norm(`${at}/self_attention`),
        mlp: this.mlp(`${at}/ffn`, inner),
        mlpNorm: this.norm(`${at}/ffn`),
        place: "pre",
      });
    };
    return new WhisperEncoder({
      convolutions: [convolution("conv1", bands), convolution("conv2", width)],
      positions: this.reader.tensor(this.reader.values("encoder/position_encodings/encodings", [frames, width]), [1, frames, width]),
      layers: Array.from({ length: layers }, (_, i) => block(i)),
      norm: this.norm("encoder"),
    });
  }

  decoder(inner: number): StepDecoder {
    const { width, heads, headWidth, layers, positions, vocabularySize } = this.#sizes;
    const embedding = this.reader.matrix("decoder/embeddings/weight", vocabularySize, width);
    const block = (layer: number) => {
      const at = `decoder/layer_${layer}`;
      const sizes = { heads, width: headWidth, layer };
      return new StepBlock({
        past: new HistoryAttention({ ...this.own(`${at}/self_attention`), ...sizes }),
        pastNorm: this.norm(`${at}/self_attention`),
        memory: new MemoryAttention({ ...this.across(`${at}/attention`), ...sizes }),
        memoryNorm: this.norm(`${at}/attention`),
        mlp: this.mlp(`${at}/ffn`, inner),
        mlpNorm: this.norm(`${at}/ffn`),
        place: "pre",
      });
    };
    return new StepDecoder({
      embedding: new TokenEmbedding(embedding),
      positions: this.reader.tensor(this.reader.values("decoder/position_encodings/encodings", [positions, width]), [positions, width]),
      layers: Array.from({ length: layers }, (_, i) => block(i)),
      norm: this.norm("decoder"),
      head: new Linear(embedding),
    });
  }
}

/** Wires Whisper from a file. Errors: `E_MODEL_ARCHITECTURE`, `E_MODEL_TENSORS`, `E_MODEL_MEMORY`, those of reading; nothing stays allocated then. */
export function buildWhisper(file: CTranslate2File, device: Device, make: WeightMaker): WhisperNetwork {
  if (file.specification !== "WhisperSpec")
    throw new InkstoneError("E_MODEL_ARCHITECTURE", { architecture: file.specification, supported: "WhisperSpec" });
  const sizes = sizesOf(file);
  const inner = file.weights.get("encoder/layer_0/ffn/linear_0/weight")?.shape[0] ?? 4 * sizes.width;
  const builder = new Builder(file, sizes, device, make);
  try {
    return { sizes, encoder: builder.encoder(inner), decoder: builder.decoder(inner), owned: builder.reader.owned };
  } catch (error) {
    builder.reader.dispose();
    throw error;
  }
}
