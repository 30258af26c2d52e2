// Sequential: layers one behind the other.
import { type ErrorParameters, InkstoneError, listed, refuseOption } from "../../core/index.ts";
import type { ElementType } from "../../native/index.ts";
import { activationOf, describeLayer, Layer, type LayerCall, type Weight } from "../../nn/index.ts";
import type { Shape, Tensor } from "../../tensor/index.ts";
import type { Column } from "../inputs/column.ts";
import { logitsOutcome, type Outcome, plainOutcome } from "../step/outcome.ts";
import { checkIdsFor } from "./ids.ts";
import { Model, type ModelOptions } from "./model.ts";

/**
 * A model of layers one behind the other. Keras's `Sequential`. Weights are made when the shape of an example is known: from the first layer's options, or from the data.
 *
 * Where the last layer ends in a softmax or sigmoid and the loss is the cross-entropy that goes with it, the loss is computed from what that activation is given.
 * Errors: `E_MODEL_LAYERS` without layers, or for two of one name; `E_SHAPE` that names the layer.
 *
 * @example
 * const model = new Sequential([new Dense({ units: 4, activation: "relu", inputDim: 2 }), new Dense({ units: 1 })]);
 * model.layers.map(({ name }) => name); // ["dense", "dense_1"]
 * model.outputShape; // [1]
 */
export class Sequential extends Model {
  readonly #layers: Layer[] = [];
  #shape: Shape | undefined;

  constructor(layers: readonly Layer[] = [], options: ModelOptions = {}) {
    super(options);
    for (const layer of layers) this.#append(layer);
    this.#buildEarly();
  }

  override get layers(): readonly Layer[] {
    return this.#layers;
  }

  /** Adds a layer at the end. */
  add(layer: Layer): void {
    this.#append(layer);
    this.#buildEarly();
  }

  // Names are those of the classes, numbered where there are several.
  #append(layer: Layer): void {
    if (!(layer instanceof Layer)) {
      const allowed = { en: "layers, such as new Dense({ units: 2 })", zh: "层，例如 new Dense({ units: 2 })" };
      refuseOption("layer", layer, allowed);
    }
    const taken = new Set(this.#layers.map(({ name }) => name));
    if (this.#layers.includes(layer)) throw this.#refusal(layer.name, "it is there already", "该层已存在");
    if (taken.has(layer.name)) {
      if (layer.options.name !== undefined) throw this.#refusal(layer.name, "another layer has this name", "另一层已使用此名称");
      let number = 1;
      while (taken.has(`${layer.name}_${number}`)) number++;
      layer.name = `${layer.name}_${number}`;
    }
    this.#layers.push(layer);
    this.changed();
  }

  #refusal(layer: string, en: string, zh: string): InkstoneError {
    return new InkstoneError("E_MODEL_LAYERS", { layer, why: { en, zh } });
  }

  #buildEarly(): void {
    const shape = this.#shape ?? this.#layers[0]?.inputShape;
    if (shape) this.ensureBuilt([shape], [this.#layers[0].inputType]);
  }

  override inputTypes(columns: readonly Column[]): readonly ElementType[] {
    return columns.map(() => this.#layers[0]?.inputType ?? "f32");
  }

  override async fitInputs(columns: readonly Column[]): Promise<readonly Column[]> {
    const [first] = this.#layers;
    const [column] = columns;
    // One number a row is a row of one number.
    if (first?.inputType !== "i32") return column.shape.length === 0 ? [{ ...column, shape: [1] }, ...columns.slice(1)] : columns;
    await checkIdsFor(first, column);
    return columns;
  }

  override shapesFor(shapes: readonly Shape[], types: readonly ElementType[]): readonly Shape[] {
    if (shapes.length !== 1)
      throw this.#refusal(this.name, `it takes one input, not ${shapes.length}`, `它只接受一个输入，而不是 ${shapes.length} 个`);
    if (this.#layers.length === 0) throw this.#refusal(this.name, "it has no layers", "没有任何层");
    const output = super.shapesFor(shapes, types);
    this.#shape = shapes[0];
    return output;
  }

  forward(x: Tensor, call: LayerCall = {}): Tensor {
    return this.#through(x, call, 0, this.#layers.length).x;
  }

  /** What one of its layers gives for x, and which of its steps count. Errors: `E_OPTION` for a name that no layer has. */
  outputOf(layer: string, x: Tensor): { readonly output: Tensor; readonly mask: Tensor | undefined } {
    const { x: output, mask } = this.#through(x, {}, 0, this.#placeOf(layer) + 1);
    return { output, mask };
  }

  /** The forward pass from behind one of its layers on; x: what that layer would give. Errors: `E_OPTION` for a name that no layer has. */
  outcomeBehind(layer: string, x: Tensor, call: LayerCall = {}): Outcome {
    return this.#outcome(x, call, this.#placeOf(layer) + 1);
  }

  #placeOf(name: string): number {
    const place = this.#layers.findIndex((layer) => layer.name === name);
    if (place >= 0) return place;
    throw new InkstoneError("E_OPTION", { option: "layer", value: name, allowed: listed(this.#layers.map((layer) => layer.name)) });
  }

  override outcome([x]: readonly Tensor[]): Outcome {
    return this.#outcome(x, {}, 0);
  }

  #outcome(x: Tensor, given: LayerCall, first: number): Outcome {
    const end = this.#layers.length - 1;
    if (first > end) return plainOutcome(x, given.mask);
    const last = this.#layers[end];
    const before = this.#through(x, given, first, end);
    return named(last, () => {
      last.ensureBuilt(before.x.shape.slice(1));
      const call = { mask: before.mask };
      const mask = last.outputMask(before.x, before.mask);
      const logits = last.logits(before.x, call);
      if (logits === undefined) return plainOutcome(last.call(before.x, call), mask);
      return logitsOutcome(logits.values, logits.activation, activationOf(logits.activation), mask);
    });
  }

  // Through some of the layers.
  #through(input: Tensor, call: LayerCall, first: number, end: number): { x: Tensor; mask: Tensor | undefined } {
    let x = input;
    let { mask } = call;
    for (const layer of this.#layers.slice(first, end)) {
      const next = named(layer, () => layer.call(x, { mask }));
      mask = layer.outputMask(x, mask);
      x = next;
    }
    return { x, mask };
  }

  /** Shapes of one example behind each layer; of those that are not known, undefined. */
  layerShapes(): readonly (Shape | undefined)[] {
    let shape = this.#shape;
    return this.#layers.map((layer) => {
      shape = shape && layer.outputShape(shape);
      return shape;
    });
  }

  /** Weights by the name of their layer and their own: `dense.kernel`. */
  override stateDict(): Map<string, Weight> {
    return new Map(this.#layers.flatMap((layer) => [...layer.stateDict()].map(([name, weight]) => [`${layer.name}.${name}`, weight] as const)));
  }

  override parts(): Layer[] {
    return this.#layers;
  }

  override config(): Record<string, unknown> {
    if (this.#shape === undefined) {
      const why = { en: "it has no weights yet: give an inputShape, or fit it first", zh: "尚无权重：请提供 inputShape 或先训练" };
      throw new InkstoneError("E_NOT_SAVABLE", { what: [this.name], why });
    }
    return { class: "Sequential", name: this.name, inputShape: this.#shape, layers: this.#layers.map(describeLayer) };
  }
}

// Errors of shapes name the layer in which they come up.
function named<T>(layer: Layer, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InkstoneError) || error.code !== "E_SHAPE") throw error;
    const { operation, expected, got } = error.parameters as ErrorParameters["E_SHAPE"];
    if (typeof operation !== "string") throw error; // a layer has named itself
    const where = { en: `Layer "${layer.name}" (${operation})`, zh: `层“${layer.name}”（${operation}）` };
    throw new InkstoneError("E_SHAPE", { operation: where, expected, got }, { cause: error });
  }
}
