// What fitting, evaluating, predicting and saving need of a model: the class itself knows them all. Knows none of them.
import type { ElementType } from "../../native/index.ts";
import type { Layer, Weight } from "../../nn/index.ts";
import type { Device, Shape, Tensor } from "../../tensor/index.ts";
import type { TrainedModel } from "../callbacks/callback.ts";
import type { ArrayInput, Column } from "../inputs/column.ts";
import type { Outcome } from "../step/outcome.ts";

/** Inputs of a model: one, or several, in order or by name. Of a model that takes several, a list of as many arrays is these. */
export type Inputs =
  | ArrayInput
  | readonly ArrayInput[]
  | { readonly inputs: readonly ArrayInput[] | Readonly<Record<string, ArrayInput>> }
  | Readonly<Record<string, ArrayInput>>;

/** Targets of a model: of its one output, or one for each of its outputs. */
export type Targets = ArrayInput | { readonly outputs: readonly ArrayInput[] };

/** A model, as seen from its methods. */
export interface ModelCore extends TrainedModel {
  readonly device: Device;
  readonly layers: readonly Layer[];
  /** Shape of one prediction, once it is built: of the first output. */
  readonly outputShape: Shape | undefined;
  /** Names of its inputs, where it has declared them. */
  readonly inputNames: readonly string[] | undefined;
  /** Names of its outputs; one without a name where there is one only. */
  readonly outputNames: readonly string[];
  outcomes(inputs: readonly Tensor[]): readonly Outcome[];
  /** What its layers ask to be added to every loss, [1]: regularisers. */
  penalty(): Tensor | undefined;
  inputTypes(columns: readonly Column[]): readonly ElementType[];
  /** Inputs as its first layer takes them. Errors: `E_TRAINING_ROW` for one that it cannot take. */
  fitInputs(columns: readonly Column[]): Promise<readonly Column[]>;
  /** Shapes of one prediction of each output. */
  shapesFor(shapes: readonly Shape[], types: readonly ElementType[]): readonly Shape[];
  train(training?: boolean): unknown;
  trainableParameters(): Tensor[];
  readonly lookupTables: readonly Tensor[];
  /** What recordings depend on beside shapes: its layers, and which weights are trained now. */
  recordingKey(): string;
  parameters(): Weight[];
  stateDict(): Map<string, Weight>;
}
