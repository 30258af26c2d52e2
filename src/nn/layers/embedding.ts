// Embedding: a learnt vector for each id.
import { checkCounts } from "../../core/index.ts";
import { embedding, maskOf, type Shape, type Tensor } from "../../tensor/index.ts";
import { type Initializer, initialize } from "../initializers/index.ts";
import { Layer, type LayerOptions } from "../layer.ts";
import { parameter } from "../parameter.ts";
import type { Regularizer } from "../regularizers.ts";

/** Options of `Embedding`, as in Keras. */
export interface EmbeddingOptions extends LayerOptions {
  /** How many ids there are: 0 to this, exclusive. */
  readonly inputDim: number;
  /** Width of a vector. */
  readonly outputDim: number;
  /** Whether id 0 is padding: steps with it do not count for the layers behind. Default false. */
  readonly maskZero?: boolean;
  /** Steps of each example, where the data does not tell. */
  readonly inputLength?: number;
  /** Default "random_uniform": between -0.05 and 0.05. */
  readonly embeddingsInitializer?: Initializer;
  /** Penalty on the size of the vectors, added to the loss. Default: none. */
  readonly embeddingsRegularizer?: Regularizer;
}

/**
 * Rows of a learnt table by id. i32 ids [B, ...] -> [B, ..., outputDim]; embeddings [inputDim, outputDim]. Keras's `Embedding`.
 *
 * Errors: `E_SHAPE` that names the layer, where an example has another length than `inputLength`; an id outside the table is refused when it runs.
 *
 * @example
 * new Embedding({ inputDim: 5, outputDim: 3 }).call(tensor(Int32Array.of(0, 4), [1, 2])).shape; // [1, 2, 3]
 */
export class Embedding extends Layer {
  static override readonly className: string = "Embedding";
  static override readonly optionNames: readonly string[] = [
    "inputDim",
    "outputDim",
    "maskZero",
    "inputLength",
    "embeddingsInitializer",
    "embeddingsRegularizer",
  ];
  readonly inputDim: number;
  readonly outputDim: number;
  readonly maskZero: boolean;
  readonly inputLength: number | undefined;
  override readonly inputType = "i32";
  embeddings!: Tensor;
  readonly #initializer: Initializer;
  readonly #regularizer: Regularizer | undefined;

  constructor(options: EmbeddingOptions) {
    super(options.inputLength === undefined ? options : { inputShape: [options.inputLength], ...options });
    this.inputDim = options.inputDim;
    this.outputDim = options.outputDim;
    this.maskZero = options.maskZero ?? false;
    this.inputLength = options.inputLength;
    this.#initializer = options.embeddingsInitializer ?? "random_uniform";
    this.#regularizer = options.embeddingsRegularizer;
    checkCounts({ inputDim: options.inputDim, outputDim: options.outputDim });
  }

  override get idLimit(): number {
    return this.inputDim;
  }

  override get lookupTables(): readonly Tensor[] {
    return this.built ? [this.embeddings] : [];
  }

  protected override build(): void {
    const size = [this.inputDim, this.outputDim];
    this.embeddings = parameter(size, initialize(this.#initializer, size));
  }

  protected override regularized(): ReturnType<Layer["regularized"]> {
    return [[this.embeddings, this.#regularizer]];
  }

  forward(ids: Tensor): Tensor {
    this.ensureBuilt(ids.shape.slice(1));
    this.outputShape(ids.shape.slice(1));
    return embedding(this.embeddings, ids);
  }

  outputShape(shape: Shape): Shape {
    if (this.inputLength !== undefined)
      this.expect(
        shape[shape.length - 1] === this.inputLength,
        { en: `${this.inputLength} ids an example`, zh: `每个样本 ${this.inputLength} 个编号` },
        shape,
      );
    return [...shape, this.outputDim];
  }

  override outputMask(ids: Tensor): Tensor | undefined {
    return this.maskZero ? maskOf(ids) : undefined;
  }
}
