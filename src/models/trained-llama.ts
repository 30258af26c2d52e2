// Llama to be trained from nothing: the decoder of its family over fresh weights. Knows no files.
import { InkstoneError, type Phrase } from "../core/index.ts";
import { type Decoder, Module, type WholePass } from "../nn/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { wired } from "./decoders/wire.ts";
import { FreshWeights } from "./fresh-weights.ts";
import { type GenerateIdsOptions, generateIds, lastOf } from "./generate-ids.ts";

/** Sizes of a Llama. */
export interface LlamaConfig {
  readonly vocabularySize: number;
  /** Most positions of a sequence. */
  readonly contextLength: number;
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values: a divisor of `heads`. Default: as many. */
  readonly keyValueHeads?: number;
  /** Width of the hidden states: a multiple of `heads`. */
  readonly width: number;
  /** Default: 8/3 · width, rounded up to a multiple of 16. */
  readonly mlpWidth?: number;
  /** Whether the head is the embedding's weight. Default true. */
  readonly tiedHead?: boolean;
  /** Base of the turning positions. Default 10,000. */
  readonly ropeBase?: number;
  /** Default 1e-5. */
  readonly epsilon?: number;
}

/**
 * A Llama with fresh weights: normal with deviation 0.02, in the projections that end in a residual 0.02 / sqrt(2 · layers); norms 1; no biases.
 * Random numbers come from `withRandom` or `manualSeed`.
 *
 * Errors: `E_SHAPE` where `width` is no multiple of `heads`, its heads are odd, `keyValueHeads` is no divisor, or ids are longer than the context.
 * Source: Touvron et al. 2023, arXiv:2302.13971.
 *
 * @example
 * const model = new Llama({ vocabularySize: 65, contextLength: 8, layers: 1, heads: 2, keyValueHeads: 1, width: 16 });
 * const ids = tensor(new Int32Array(8), [2, 4]);
 * model.forward(ids).shape; // [2, 4, 65]
 * model.loss(ids, ids).backward();
 * (await model.generate(ids, 10)).shape; // [2, 14]
 */
export class Llama extends Module {
  readonly decoder: Decoder;
  readonly #config: Required<LlamaConfig>;

  constructor(config: LlamaConfig) {
    super();
    this.#config = whole(config);
    const { vocabularySize, contextLength, layers, heads, keyValueHeads, width, mlpWidth, tiedHead, ropeBase, epsilon } = this.#config;
    const headWidth = width / heads;
    const frequencies = Float64Array.from({ length: headWidth / 2 }, (_, i) => ropeBase ** ((-2 * i) / headWidth));
    const turning = { width: headWidth, base: ropeBase, frequencies, magnitude: 1 };
    const sizes = { vocabularySize, contextLength, layers, heads, keyValueHeads, headWidth, width, mlpWidth, epsilon, tied: tiedHead };
    const residual = { ends: ["attention.output.weight", "mlp.down.weight"], deviation: 0.02 / Math.sqrt(2 * layers) };
    this.decoder = wired({ sizes, norm: { kind: "rms" }, mlp: "silu-gated", turning: () => turning }).build(
      new FreshWeights({ residual }),
      contextLength,
    );
  }

  /** Its sizes, all of them. */
  get config(): Required<LlamaConfig> {
    return this.#config;
  }

  /** Logits. ids i32 [B, T] -> [B, T, V]; `segments` i32 [B, T]: positions see each other only within one. */
  forward(ids: Tensor, segments?: Tensor): Tensor {
    const pass = this.#pass(ids, segments);
    return this.decoder.logits(this.decoder.hidden(ids.reshape([ids.size]), pass)).reshape([pass.batch, pass.length, this.#config.vocabularySize]);
  }

  /** Mean cross-entropy of the targets, in nats. ids, targets: i32 [B, T]; targets of -100 do not count. */
  loss(ids: Tensor, targets: Tensor, segments?: Tensor): Tensor {
    return this.decoder.loss(ids.reshape([ids.size]), targets.reshape([targets.size]), this.#pass(ids, segments));
  }

  /**
   * `count` ids behind each row, drawn one after the other: nanoGPT's `generate`. Each looks back over the context once more, so a text of any length can be written on.
   *
   * ids i32 [B, T] -> i32 [B, T + count]. Errors: `E_SHAPE` without an id, `E_OPTION`, `E_OPTION_UNKNOWN`; the signal's reason.
   */
  generate(ids: Tensor, count: number, options?: GenerateIdsOptions): Promise<Tensor> {
    return generateIds({ contextLength: this.#config.contextLength, next: (seen) => this.#next(seen) }, ids, count, options);
  }

  #next(ids: Tensor): Tensor {
    return this.decoder.logitsOf(this.decoder.hidden(ids.reshape([ids.size]), this.#pass(ids, undefined)), lastOf(ids));
  }

  #pass(ids: Tensor, segments: Tensor | undefined): WholePass {
    const [batch, length] = ids.shape;
    const { contextLength } = this.#config;
    if (ids.shape.length !== 2 || length > contextLength)
      throw new InkstoneError("E_SHAPE", {
        operation: "Llama",
        expected: { en: `ids [B, T] with T at most ${contextLength}`, zh: `形如 [B, T] 且 T 不超过 ${contextLength} 的编号` },
        got: ids.shape,
      });
    return { batch, length, segments };
  }
}

function whole(config: LlamaConfig): Required<LlamaConfig> {
  const { heads, width, keyValueHeads = heads } = config;
  const refuse = (expected: Phrase, got: readonly number[]): never => {
    throw new InkstoneError("E_SHAPE", { operation: "Llama", expected, got });
  };
  if (width % heads !== 0) refuse({ en: `a width that is a multiple of ${heads} heads`, zh: `可被 ${heads} 个头整除的宽度` }, [width]);
  if ((width / heads) % 2 !== 0) refuse({ en: "heads of an even width", zh: "宽度为偶数的头" }, [width / heads]);
  if (heads % keyValueHeads !== 0) refuse({ en: `heads of keys and values that divide ${heads}`, zh: `可整除 ${heads} 的键值头数` }, [keyValueHeads]);
  const mlpWidth = config.mlpWidth ?? Math.ceil((width * 8) / 3 / 16) * 16;
  return { tiedHead: true, ropeBase: 10_000, epsilon: 1e-5, ...config, keyValueHeads, mlpWidth };
}
