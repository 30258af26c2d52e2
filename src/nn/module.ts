// Module: a layer or model as a tree of named parts. Knows no arithmetic.
import { InkstoneError } from "../core/index.ts";
import { Tensor } from "../tensor/index.ts";
import { AdaptedWeight } from "./weights/adapted-weight.ts";
import { LowRankWeight } from "./weights/low-rank-weight.ts";
import { DenseWeight } from "./weights/matrix-weight.ts";
import { PackedWeight } from "./weights/packed-weight.ts";

/** Weights by name: tensors, or their values. */
export type StateValues = ReadonlyMap<string, Weight | ArrayLike<number>> | Readonly<Record<string, Weight | ArrayLike<number>>>;

/** A weight of a module: a plain tensor, or a packed matrix. */
export type Weight = Tensor | PackedWeight;

/**
 * Base of all layers and models. Children and weights are plain fields; arrays of modules count by their index.
 *
 * Names join field names with dots: `layers.0.attention.query.weight`.
 *
 * @example
 * class Scale extends Module {
 *   readonly weight = tensor([2, 3]);
 * }
 * class Scales extends Module {
 *   readonly layers = [new Scale(), new Scale()];
 * }
 * [...new Scales().stateDict().keys()]; // ["layers.0.weight", "layers.1.weight"]
 * new Scales().parameterCount; // 4
 */
export abstract class Module {
  #trainable = true;
  #training = false;

  /** All weights by dotted name, in the order of the fields. A weight that two parts share comes once, under its first name. */
  stateDict(): Map<string, Weight> {
    const found = new Map<string, Weight>();
    const seen = new Set<Weight>();
    for (const [name, weight] of weightsOf(this, "")) {
      if (seen.has(weight)) continue;
      seen.add(weight);
      found.set(name, weight);
    }
    return found;
  }

  /**
   * Copies these values into the weights of the same names. PyTorch's `load_state_dict`. `strict`: every weight has to be there, and no other. Default true.
   *
   * Errors: `E_MODEL_WEIGHTS` that names the weight; then nothing was changed.
   */
  loadStateDict(state: StateValues, { strict = true }: { readonly strict?: boolean } = {}): void {
    const given = new Map<string, Weight | ArrayLike<number>>(state instanceof Map ? state : Object.entries(state));
    const own = this.stateDict();
    for (const name of strict ? given.keys() : []) if (!own.has(name)) throw misfit(name, "this model does not have it", "此模型没有该权重");
    const pairs = [...own].flatMap(([name, weight]) => {
      const values = given.get(name);
      if (values === undefined && strict) throw misfit(name, "it is missing", "缺少该权重");
      return values === undefined ? [] : [[weight, valuesFor(name, weight, values)] as const];
    });
    for (const [weight, values] of pairs) (weight as Tensor).write(values);
  }

  /** All weights, each once. */
  parameters(): Weight[] {
    return [...this.stateDict().values()];
  }

  /** The weights that training changes: those that require a gradient. */
  trainableParameters(): Tensor[] {
    return this.parameters().filter((weight): weight is Tensor => weight instanceof Tensor && weight.requiresGrad);
  }

  /** The modules that it is made of: those among its fields, and in arrays there. */
  parts(): Module[] {
    return [...partsOf(this)];
  }

  /** Weights that are read row by row, by id: embeddings. A module that has such says so; of all others, those of their parts. */
  get lookupTables(): readonly Tensor[] {
    return this.parts().flatMap((part) => part.lookupTables);
  }

  /** Weights that no gradient changes, whatever is trainable: moving means. A module that has such says so; of all others, those of their parts. */
  get buffers(): readonly Tensor[] {
    return this.parts().flatMap((part) => part.buffers);
  }

  /** Whether training changes its weights. Setting it holds for every part; a part can be set again afterwards. */
  get trainable(): boolean {
    return this.#trainable;
  }
  set trainable(wanted: boolean) {
    this.#trainable = wanted;
    for (const part of this.parts()) part.trainable = wanted;
    const buffers = new Set<Weight>(this.buffers);
    for (const weight of this.parameters()) if (weight instanceof Tensor && weight.type === "f32" && !buffers.has(weight)) weight.requireGrad(wanted);
  }

  /** Whether it runs as in training: dropout drops. Set by `train` and `eval`. */
  get training(): boolean {
    return this.#training;
  }

  /** From here on it and its parts run as in training. PyTorch's `train()`. */
  train(training = true): this {
    this.#training = training;
    for (const part of this.parts()) part.train(training);
    return this;
  }

  /** From here on it and its parts run as in use. PyTorch's `eval()`. */
  eval(): this {
    return this.train(false);
  }

  /** Number of values in all weights. */
  get parameterCount(): number {
    return this.parameters().reduce((sum, weight) => sum + weight.size, 0);
  }

  /** Frees every weight. */
  dispose(): void {
    for (const weight of this.parameters()) weight.dispose();
  }
}

function misfit(weight: string, en: string, zh: string): InkstoneError {
  return new InkstoneError("E_MODEL_WEIGHTS", { weight, why: { en, zh } });
}

// Values that fit a weight, as numbers.
function valuesFor(name: string, weight: Weight, given: Weight | ArrayLike<number>): ArrayLike<number> {
  if (!(weight instanceof Tensor) || given instanceof PackedWeight) throw misfit(name, "it is packed, and does not change", "它是打包权重，不可修改");
  if (given instanceof Tensor && given.shape.join() !== weight.shape.join()) {
    throw misfit(name, `it is of shape [${given.shape}], not [${weight.shape}]`, `其形状为 [${given.shape}]，应为 [${weight.shape}]`);
  }
  const values = given instanceof Tensor ? given.dataSync() : given;
  if (values.length === weight.size) return values;
  throw misfit(name, `it has ${values.length} values, not ${weight.size}`, `它有 ${values.length} 个值，应为 ${weight.size} 个`);
}

function* weightsOf(value: unknown, name: string): Generator<[string, Weight]> {
  const at = (part: string | number) => (name === "" ? String(part) : `${name}.${part}`);
  if (value instanceof DenseWeight) yield [name, value.tensor];
  else if (value instanceof AdaptedWeight) yield* weightsOf(value.base, name);
  else if (value instanceof LowRankWeight) {
    yield* weightsOf(value.base, name);
    for (const [part, tensor] of Object.entries(value.parts)) yield [at(part), tensor];
  } else if (value instanceof Tensor || value instanceof PackedWeight) yield [name, value];
  else if (Array.isArray(value)) for (const [i, part] of value.entries()) yield* weightsOf(part, at(i));
  else if (value instanceof Module) for (const [field, part] of Object.entries(value)) yield* weightsOf(part, at(field));
}

// The modules among a module's fields, and in arrays there.
function* partsOf(value: object): Generator<Module> {
  for (const part of Object.values(value)) {
    if (part instanceof Module) yield part;
    else if (Array.isArray(part)) yield* partsOf(part);
  }
}
