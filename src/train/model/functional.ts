// Functional: a model of a graph of layers, of several inputs and outputs. Keras's functional manner.
import { InkstoneError } from "../../core/index.ts";
import type { ElementType } from "../../native/index.ts";
import { activationOf, describeLayer, type Layer, Merge, maskOn, type SymbolicTensor, type Weight } from "../../nn/index.ts";
import type { Shape, Tensor } from "../../tensor/index.ts";
import type { Column } from "../inputs/column.ts";
import { logitsOutcome, type Outcome, plainOutcome } from "../step/outcome.ts";
import { checkIdsFor } from "./ids.ts";
import { Model, type ModelOptions } from "./model.ts";

/** The ends of a graph. */
export interface FunctionalOptions extends ModelOptions {
  readonly inputs: SymbolicTensor | readonly SymbolicTensor[];
  readonly outputs: SymbolicTensor | readonly SymbolicTensor[];
}

const several = (one: SymbolicTensor | readonly SymbolicTensor[]): readonly SymbolicTensor[] => (Array.isArray(one) ? one : [one as SymbolicTensor]);

/**
 * A model of a graph: `apply` of layers to `input`s makes it. Several inputs are given as `{ inputs: [...] }`, targets of several outputs as `{ outputs: [...] }`; `compile` takes
 * a loss for each output, in their order or by the names of their layers.
 *
 * Errors: `E_MODEL_LAYERS` for an output that does not come from the inputs, and for two layers of one name.
 *
 * @example
 * const a = input({ shape: [2] });
 * const hidden = apply(new Dense({ units: 4, activation: "relu" }), a);
 * const model = new Functional({ inputs: a, outputs: apply(new Add(), [hidden, apply(new Dense({ units: 4 }), a)]) });
 * model.outputShape; // [4]
 * (await model.predict([[1, 2]])).shape; // [1, 4]
 */
export class Functional extends Model {
  readonly #inputs: readonly SymbolicTensor[];
  readonly #outputs: readonly SymbolicTensor[];
  readonly #layers: readonly Layer[];
  /** Inputs of ids, with a layer that reads them. */
  readonly #readers = new Map<SymbolicTensor, Layer>();

  constructor({ inputs, outputs, ...options }: FunctionalOptions) {
    super({ name: "functional", ...options });
    this.#inputs = several(inputs);
    this.#outputs = several(outputs);
    const found = new Set<Layer>();
    const known = new Set<SymbolicTensor>(this.#inputs);
    for (const output of this.#outputs) walk(output, known, found, this.name);
    for (const { layer, inputs: read } of known) if (layer?.inputType === "i32") for (const symbol of read) this.#readers.set(symbol, layer);
    this.#layers = [...found];
    nameAll(this.#layers, this.name);
    this.shapesFor(
      this.#inputs.map(({ shape }) => shape),
      this.inputTypes(),
    );
  }

  override get layers(): readonly Layer[] {
    return this.#layers;
  }

  override parts(): Layer[] {
    return [...this.#layers];
  }

  override get outputNames(): readonly string[] {
    return this.#outputs.map(({ layer, name }, i) => layer?.name ?? name ?? `output_${i}`);
  }

  override get inputNames(): readonly string[] {
    return this.#inputs.map(({ name }, i) => name ?? `input_${i}`);
  }

  /** As they were declared; what a layer of ids reads are ids. */
  override inputTypes(): readonly ElementType[] {
    return this.#inputs.map((symbol) => this.#readers.get(symbol)?.inputType ?? symbol.type);
  }

  override async fitInputs(columns: readonly Column[]): Promise<readonly Column[]> {
    for (const [i, symbol] of this.#inputs.entries()) {
      const reader = this.#readers.get(symbol);
      if (reader && columns[i]) await checkIdsFor(reader, columns[i]);
    }
    return columns;
  }

  override shapesFor(shapes: readonly Shape[], types: readonly ElementType[]): readonly Shape[] {
    if (shapes.length !== this.#inputs.length) {
      const why = {
        en: `it takes ${this.#inputs.length} inputs, not ${shapes.length}`,
        zh: `它接受 ${this.#inputs.length} 个输入，而不是 ${shapes.length} 个`,
      };
      throw new InkstoneError("E_MODEL_LAYERS", { layer: this.name, why });
    }
    return super.shapesFor(shapes, types);
  }

  forward(x: Tensor | readonly Tensor[]): Tensor {
    return this.outcomes(Array.isArray(x) ? x : [x as Tensor])[0].prediction();
  }

  override outcomes(given: readonly Tensor[]): readonly Outcome[] {
    const found = new Map<SymbolicTensor, Tensor>(this.#inputs.map((symbol, i) => [symbol, given[i]]));
    const used = new Set(this.#outputs.flatMap(({ inputs }) => inputs));
    const value = (symbol: SymbolicTensor): Tensor => {
      const known = found.get(symbol);
      if (known) return known;
      const made = called(symbol, symbol.inputs.map(value));
      found.set(symbol, made);
      return made;
    };
    return this.#outputs.map((symbol) => {
      const { layer, inputs } = symbol;
      // What another layer reads is computed anyway: its logits would be computed twice.
      if (layer === undefined || layer instanceof Merge || used.has(symbol) || found.has(symbol))
        return plainOutcome(value(symbol), maskOn(value(symbol)));
      const x = value(inputs[0]);
      const logits = layer.logits(x, { mask: maskOn(x) });
      if (logits === undefined) return plainOutcome(value(symbol), maskOn(value(symbol)));
      return logitsOutcome(logits.values, logits.activation, activationOf(logits.activation), layer.outputMask(x, maskOn(x)));
    });
  }

  /** Weights by the name of their layer and their own: `dense.kernel`. */
  override stateDict(): Map<string, Weight> {
    return new Map(this.#layers.flatMap((layer) => [...layer.stateDict()].map(([name, weight]) => [`${layer.name}.${name}`, weight] as const)));
  }

  override config(): Record<string, unknown> {
    const symbols = [...this.#inputs];
    const nodes: { layer: number; inputs: number[] }[] = [];
    const placeOf = (symbol: SymbolicTensor): number => {
      const known = symbols.indexOf(symbol);
      if (known >= 0) return known;
      const inputs = symbol.inputs.map(placeOf);
      nodes.push({ layer: this.#layers.indexOf(symbol.layer as Layer), inputs });
      return symbols.push(symbol) - 1;
    };
    const outputs = this.#outputs.map(placeOf);
    const inputs = this.#inputs.map(({ shape, type }) => ({ shape, type }));
    return { class: "Functional", name: this.name, inputs, graphLayers: this.#layers.map(describeLayer), nodes, outputs };
  }
}

function called({ layer }: SymbolicTensor, inputs: readonly Tensor[]): Tensor {
  if (layer instanceof Merge) return layer.merge(inputs);
  return (layer as Layer).call(inputs[0]);
}

// Layers in the order in which they are needed.
function walk(symbol: SymbolicTensor, known: Set<SymbolicTensor>, into: Set<Layer>, model: string): void {
  if (known.has(symbol)) return;
  known.add(symbol);
  if (symbol.layer === undefined)
    throw new InkstoneError("E_MODEL_LAYERS", {
      layer: model,
      why: { en: "an output needs an input that is not among the inputs", zh: "某个输出依赖于未列出的输入" },
    });
  for (const one of symbol.inputs) walk(one, known, into, model);
  into.add(symbol.layer);
}

function nameAll(layers: readonly Layer[], model: string): void {
  const taken = new Set<string>();
  for (const layer of layers) {
    const own = layer.name;
    if (taken.has(own) && layer.options.name !== undefined)
      throw new InkstoneError("E_MODEL_LAYERS", {
        layer: own,
        why: { en: `another layer of "${model}" has this name`, zh: `“${model}”中另一层已使用此名称` },
      });
    for (let number = 1; taken.has(layer.name); number++) layer.name = `${own}_${number}`;
    taken.add(layer.name);
  }
}
