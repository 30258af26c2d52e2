// What fitting, evaluating, predicting and saving need of a model: the class itself knows them all. Knows none of them.
import type { ElementType } from "../../native/index.ts";
import type { Layer, Weight } from "../../nn/index.ts";
import type { Device, Shape, Tensor } from "../../tensor/index.ts";
import type { TrainedModel } from "../callbacks/callback.ts";
import type { ArrayInput, Column } from "../inputs/column.ts";
import type { Outcome } from "../step/outcome.ts";

/** Inputs of a model: one, or several. */
export type Inputs = ArrayInput | { readonly inputs: readonly ArrayInput[] };

/** A model, as seen from its methods. */
export interface ModelCore extends TrainedModel {
  readonly device: Device;
  readonly layers: readonly Layer[];
  /** Shape of one prediction, once it is built. */
  readonly outputShape: Shape | undefined;
  outcome(inputs: readonly Tensor[]): Outcome;
  inputTypes(columns: readonly Column[]): readonly ElementType[];
  checkInputs(columns: readonly Column[]): Promise<void>;
  ensureBuilt(shapes: readonly Shape[], types: readonly ElementType[]): Shape;
  train(training?: boolean): unknown;
  trainableParameters(): Tensor[];
  readonly lookupTables: readonly Tensor[];
  /** Which weights are trained now. */
  trainableKey(): string;
  parameters(): Weight[];
  stateDict(): Map<string, Weight>;
}
