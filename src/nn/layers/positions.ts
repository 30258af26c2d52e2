// Layers that tell steps apart by their place: learnt vectors, or sines.
import { checkCounts } from "../../core/index.ts";
import { add, type Device, outsideScopes, type Shape, type Tensor, tensor } from "../../tensor/index.ts";
import { type Initializer, initialize } from "../initializers/index.ts";
import { Layer, type LayerOptions } from "../layer.ts";
import { parameter } from "../parameter.ts";

/** Options of `PositionEmbedding`. */
export interface PositionEmbeddingOptions extends LayerOptions {
  /** Most steps. */
  readonly sequenceLength: number;
  /** Default "glorot_uniform". */
  readonly initializer?: Initializer;
}

/**
 * x + a learnt vector for each place. [B, T, C] -> the same, T <= sequenceLength; positionEmbeddings [sequenceLength, C]. As KerasHub's `PositionEmbedding`, whose result is the
 * vectors alone, to be added by the caller. Errors: `E_SHAPE` that names the layer.
 *
 * @example
 * new PositionEmbedding({ sequenceLength: 4, initializer: "ones" }).call(tensor([[[1], [2]]])).dataSync(); // [2, 3]
 */
export class PositionEmbedding extends Layer {
  static override readonly className: string = "PositionEmbedding";
  static override readonly optionNames: readonly string[] = ["sequenceLength", "initializer"];
  readonly sequenceLength: number;
  positionEmbeddings!: Tensor;
  readonly #initializer: Initializer;

  constructor(options: PositionEmbeddingOptions) {
    super(options);
    this.sequenceLength = options.sequenceLength;
    this.#initializer = options.initializer ?? "glorot_uniform";
    checkCounts({ sequenceLength: options.sequenceLength });
  }

  override get lookupTables(): readonly Tensor[] {
    return this.built ? [this.positionEmbeddings] : [];
  }

  protected override build(shape: Shape): void {
    const size = [this.sequenceLength, shape[1]];
    this.positionEmbeddings = parameter(size, initialize(this.#initializer, size));
  }

  forward(x: Tensor): Tensor {
    this.outputShape(x.shape.slice(1));
    return add(x, this.positionEmbeddings.rows(0, x.shape[1]));
  }

  outputShape(shape: Shape): Shape {
    this.expect(
      shape.length === 2 && shape[0] <= this.sequenceLength,
      { en: `sequences of at most ${this.sequenceLength} steps, [steps, width]`, zh: `不超过 ${this.sequenceLength} 步、形如 [步数, 宽度] 的序列` },
      shape,
    );
    return shape;
  }
}

/** Options of `SinePositionEncoding`. */
export interface SinePositionEncodingOptions extends LayerOptions {
  /** Default 10000. */
  readonly maxWavelength?: number;
}

/**
 * x + sin(t · w^(-2⌊c/2⌋/C)) for even c, + cos of the same for odd c, w the longest wavelength. [B, T, C] -> the same; no weights. As KerasHub's `SinePositionEncoding`, whose
 * result is the encoding alone. Errors: `E_SHAPE` that names the layer.
 *
 * Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.5.
 *
 * @example
 * new SinePositionEncoding().call(tensor([[[0, 0]]])).dataSync(); // [0, 1]
 */
export class SinePositionEncoding extends Layer {
  static override readonly className: string = "SinePositionEncoding";
  static override readonly optionNames: readonly string[] = ["maxWavelength"];
  readonly maxWavelength: number;
  // Not a weight: the same for all models. By device, steps and width.
  readonly #tables = new Map<string, { readonly device: Device; readonly table: Tensor }>();

  constructor(options: SinePositionEncodingOptions = {}) {
    super(options);
    this.maxWavelength = options.maxWavelength ?? 10_000;
  }

  forward(x: Tensor): Tensor {
    const [steps, width] = this.outputShape(x.shape.slice(1));
    return add(x, this.#table(steps, width, x.device));
  }

  outputShape(shape: Shape): Shape {
    this.expect(shape.length === 2, { en: "sequences [steps, width]", zh: "形如 [步数, 宽度] 的序列" }, shape);
    return shape;
  }

  override dispose(): void {
    for (const { table } of this.#tables.values()) table.dispose();
    this.#tables.clear();
    super.dispose();
  }

  #table(steps: number, width: number, device: Device): Tensor {
    const key = `${steps} ${width}`;
    const found = this.#tables.get(key);
    if (found?.device === device) return found.table;
    const values = new Float32Array(steps * width);
    for (let t = 0; t < steps; t++) {
      for (let c = 0; c < width; c++) {
        const angle = t * this.maxWavelength ** ((-2 * Math.floor(c / 2)) / width);
        values[t * width + c] = c % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
      }
    }
    const table = outsideScopes(() => tensor(values, [steps, width], { device }));
    this.#tables.set(key, { device, table });
    return table;
  }
}
