// Model: anything with a forward pass, compiled, fitted, evaluated, asked, saved; Keras's face. Knows no layers.
import { InkstoneError } from "../../core/index.ts";
import type { ElementType } from "../../native/index.ts";
import { type Layer, type LayerCall, Module, maskOn, type Optimizer } from "../../nn/index.ts";
import { add, cpu, type Device, noGrad, record, type Shape, type Tensor, withDevice, zeros } from "../../tensor/index.ts";
import type { History } from "../history.ts";
import type { Column } from "../inputs/column.ts";
import { type Outcome, plainOutcome } from "../step/outcome.ts";
import { Compiled, type CompileOptions, Predictions } from "./compiled.ts";
import type { Inputs, ModelCore, Targets } from "./core.ts";
import { evaluate, testOnBatch } from "./evaluate.ts";
import { type BatchStream, fitModel, givenOf, trainOnBatch } from "./fit.ts";
import { everyLayer, layersOf } from "./layers.ts";
import type { BatchOptions, EvaluateOptions, FitOptions } from "./options.ts";
import { type Prediction, type PredictOptions, predict } from "./predict.ts";
import { loadWeights, restoreModel } from "./restore.ts";
import { saveModel, saveWeights } from "./save.ts";
import { layersTable } from "./summary.ts";
import { setWeights, weightsOf } from "./weights.ts";

/** Options of a model. */
export interface ModelOptions {
  /** Default: the class name in snake case. */
  readonly name?: string;
  /** Where its weights live. Default: the processor, as the whole program shares it. */
  readonly device?: Device;
}

/**
 * A model with Keras's methods. A subclass has layers as fields and computes in `forward`; `Sequential` needs no subclass.
 *
 * @example
 * class Regression extends Model {
 *   readonly dense = new Dense({ units: 1 });
 *   forward(x: Tensor): Tensor {
 *     return this.dense.call(x);
 *   }
 * }
 * const model = new Regression();
 * model.compile({ optimizer: "sgd", loss: "mse" });
 * const history = await model.fit([[1], [2], [3]], [[2], [4], [6]], { epochs: 2, verbose: 0 });
 * history.history["loss"].length; // 2
 */
export abstract class Model extends Module implements ModelCore {
  name: string;
  readonly device: Device;
  /** Set by callbacks: the training stops after this batch. */
  stopTraining = false;
  #compiled: Compiled | undefined;
  #predictions: Predictions | undefined;
  #outputShapes: readonly Shape[] | undefined;
  #builtFor = "";
  #revision = 0;
  #fitting = false;

  constructor(options: ModelOptions = {}) {
    super();
    this.name = options.name ?? snake(new.target.name);
    this.device = options.device ?? cpu();
  }

  /** The forward pass. x: [B, ...], or one tensor for each input. */
  abstract forward(x: Tensor | readonly Tensor[], call?: LayerCall): Tensor;

  /** The forward pass as losses see it: `Sequential` gives logits where it has them. The mask that the last layer left goes with it. */
  outcome(inputs: readonly Tensor[]): Outcome {
    const prediction = this.forward(inputs.length === 1 ? inputs[0] : inputs);
    return plainOutcome(prediction, maskOn(prediction));
  }

  /** Outcomes of all outputs: of a model with one, that one. */
  outcomes(inputs: readonly Tensor[]): readonly Outcome[] {
    return [this.outcome(inputs)];
  }

  /** Names of the inputs; undefined where it takes what it is given. */
  get inputNames(): readonly string[] | undefined {
    return undefined;
  }

  /** Names of the outputs. */
  get outputNames(): readonly string[] {
    return ["output"];
  }

  /** Layers, in the order of the fields: those in arrays and within blocks of the program, too. */
  get layers(): readonly Layer[] {
    return layersOf(this.parts());
  }

  /** Types of the input tensors: ids where the data holds `Int32Array`. */
  inputTypes(columns: readonly Column[]): readonly ElementType[] {
    return columns.map(({ values }) => (values instanceof Int32Array ? "i32" : "f32"));
  }

  /** Inputs as the first layer takes them. Errors: `E_TRAINING_ROW` for an input that it cannot take. */
  async fitInputs(columns: readonly Column[]): Promise<readonly Column[]> {
    return columns;
  }

  /** Stateful recurrent layers begin anew, with zeros. Keras's `reset_states`. */
  resetStates(): void {
    for (const layer of everyLayer(this.parts())) layer.resetStates();
  }

  /** What regularisers of its layers add to every loss: [1]; undefined where there are none. */
  penalty(): Tensor | undefined {
    const all = everyLayer(this.parts()).flatMap((layer) => layer.penalties());
    return all.length === 0 ? undefined : all.reduce((sum, one) => add(sum, one)).reshape([1]);
  }

  /** Makes all weights for examples of these shapes, by a pass that computes nothing, and gives the shape of one prediction. Errors: `E_SHAPE`, `E_MODEL_LAYERS`. */
  ensureBuilt(shapes: readonly Shape[], types: readonly ElementType[]): Shape {
    return this.shapesFor(shapes, types)[0];
  }

  /** The same, and the shapes of one prediction of each output. */
  shapesFor(shapes: readonly Shape[], types: readonly ElementType[]): readonly Shape[] {
    const key = [this.#revision, ...shapes.map((shape, i) => `${types[i]}[${shape}]`)].join();
    if (this.#builtFor === key && this.#outputShapes) return this.#outputShapes;
    const found = withDevice(this.device, () => {
      const inputs = shapes.map((shape, i) => zeros([1, ...shape], { type: types[i] }));
      this.train(false);
      const pass = record(this.device, () => noGrad(() => this.outcomes(inputs).map(({ prediction }) => prediction())));
      const outputs = pass.outputs.map(({ shape }) => shape.slice(1));
      pass.dispose();
      for (const input of inputs) input.dispose();
      return outputs;
    });
    this.#outputShapes = found;
    this.#builtFor = key;
    return found;
  }

  /** Shape of one prediction, once the model is built. */
  get outputShape(): Shape | undefined {
    return this.#outputShapes?.[0];
  }

  /** To be called by whoever changes its layers: what was recorded and built before is not used any more. */
  protected changed(): void {
    this.#revision++;
  }

  /** Sets optimiser, loss and metrics. What the optimiser has learnt before is lost, the weights stay. Errors: `E_OPTION`, `E_OPTION_UNKNOWN`; `E_FIT_RUNNING` during `fit`. */
  compile(options: CompileOptions): void {
    this.#refuseWhileFitting();
    void this.#compiled?.steps.release();
    this.#compiled = new Compiled(this, options);
  }

  /** What `compile` made. Errors: `E_NOT_COMPILED`. */
  compiled(method: string): Compiled {
    if (this.#compiled) return this.#compiled;
    throw new InkstoneError("E_NOT_COMPILED", { method });
  }

  get isCompiled(): boolean {
    return this.#compiled !== undefined;
  }

  /** Errors: `E_NOT_COMPILED`. */
  get optimizer(): Optimizer {
    return this.compiled("optimizer").optimizer;
  }

  /** What recordings depend on beside shapes: which layers there are, and which weights are trained now. */
  recordingKey(): string {
    const trained = this.parameters().map((weight) => ("requiresGrad" in weight && weight.requiresGrad ? "1" : "0"));
    return `${this.#revision} ${trained.join("")}`;
  }

  #refuseWhileFitting(): void {
    if (this.#fitting) throw new InkstoneError("E_FIT_RUNNING", {});
  }

  /**
   * Trains: on inputs and targets, or on a stream of batches (`DataLoader`, `Dataset`, a function), whose options come second. The event loop goes on meanwhile; memory is flat from
   * the second step on. Called again it goes on: with the optimiser as it is, and orders of rows that were not there before.
   *
   * Errors: `E_NOT_COMPILED`; `E_OPTION`, `E_OPTION_UNKNOWN`, `E_TRAINING_DATA`, `E_TRAINING_ROW` before the first step; `E_TRAINING_LOSS`, `E_STEP` at a step whose loss or
   * gradient is not finite, the weights being those before it; `E_SHAPE`, `E_MODEL_LAYERS` that name the layer; `E_CANCELLED`; `E_FIT_RUNNING` while another `fit` of this model goes on.
   */
  async fit(x: BatchStream, options?: FitOptions): Promise<History>;
  async fit(x: Inputs, y: Targets, options?: FitOptions): Promise<History>;
  async fit(x: Inputs | BatchStream, y?: Targets | FitOptions, options?: FitOptions): Promise<History> {
    const compiled = this.compiled("fit");
    this.#refuseWhileFitting();
    this.#fitting = true;
    try {
      return await fitModel(this, compiled, ...givenOf(x, y, options));
    } finally {
      this.#fitting = false;
    }
  }

  /** Loss and metrics on data, by name; a loss that is not finite is one of them. Errors: as `fit`. */
  async evaluate(x: Inputs, y: Targets, options: EvaluateOptions = {}): Promise<Record<string, number>> {
    return evaluate(this, this.compiled("evaluate"), { x, y }, options);
  }

  /**
   * Predictions, rows end to end with their shape: of the first output. Several calls at once wait for each other. Errors: `E_OPTION`, `E_TRAINING_DATA`, `E_TRAINING_ROW`, `E_SHAPE`, `E_CANCELLED`.
   */
  async predict(x: Inputs, options: PredictOptions = {}): Promise<Prediction> {
    return (await this.predictAll(x, options))[0];
  }

  /** The same of every output. */
  async predictAll(x: Inputs, options: PredictOptions = {}): Promise<readonly Prediction[]> {
    this.#predictions ??= new Predictions(this);
    return predict(this, this.#predictions, x, options);
  }

  /** One step on one batch; gives its loss and metrics. Errors: as `fit`. */
  async trainOnBatch(x: Inputs, y: Targets, options: BatchOptions = {}): Promise<Record<string, number>> {
    return trainOnBatch(this, this.compiled("trainOnBatch"), { x, y }, options);
  }

  /** Loss and metrics of one batch. Errors: as `fit`. */
  async testOnBatch(x: Inputs, y: Targets, options: BatchOptions = {}): Promise<Record<string, number>> {
    return testOnBatch(this, this.compiled("testOnBatch"), { x, y }, options);
  }

  /** Keras's table of layers, their outputs and parameters. */
  summary(): string {
    return layersTable(this);
  }

  /**
   * Saves configuration, weights and, where it is compiled, loss, metrics and all of the optimiser into a folder: whole or not at all, with checksums. Training goes on from it
   * to the bit: a `Sequential` is opened by `loadLayersModel`, a class of the program is made, compiled and told to `restoreFrom` it.
   *
   * Errors: `E_MODEL_LAYERS`, `E_NOT_SAVABLE` for what could not be opened again; then nothing was written. E_IO, E_IO_FULL, E_IO_CREATE.
   */
  async save(path: string): Promise<void> {
    await saveModel(this, this.config(), this.#compiled, path);
  }

  /** Saves the weights alone, as one safetensors file: they are named as in `stateDict`. Keras's `save_weights`. Errors: E_IO, E_IO_FULL, E_IO_CREATE. */
  async saveWeights(path: string): Promise<void> {
    await saveWeights(this, path);
  }

  /** Puts what `save` wrote of such a model into this one: weights, what is frozen, and, compiled with the same optimiser, what that has learnt. Errors: as `loadLayersModel`. */
  async restoreFrom(path: string): Promise<void> {
    await restoreModel(this, path);
  }

  /** Puts the weights of a safetensors file into the model: all, or with `strict: false` those that are there. Errors: `E_MODEL_WEIGHTS`, E_FORMAT_*. */
  async loadWeights(path: string, options: { readonly strict?: boolean } = {}): Promise<void> {
    await loadWeights(this, path, options);
  }

  /** What `loadLayersModel` makes the model of again; a class of the program is told by its name alone, to be restored into one that is there. Errors: `E_MODEL_LAYERS`. */
  config(): Record<string, unknown> {
    return { class: "Model", name: this.name };
  }

  /** Copies of all weights, in order. */
  getWeights(): Float32Array[] {
    return weightsOf(this).map((weight) => weight.dataSync() as Float32Array);
  }

  /** Sets all weights, in the order of `getWeights`. Errors: `E_MODEL_WEIGHTS`; then nothing was changed. */
  setWeights(weights: readonly ArrayLike<number>[]): void {
    setWeights(this, weights);
  }

  /** Frees weights, recordings, and what the optimiser keeps. */
  override dispose(): void {
    this.#compiled?.dispose();
    this.#predictions?.dispose();
    super.dispose();
  }
}

const snake = (name: string): string => name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toLowerCase();
