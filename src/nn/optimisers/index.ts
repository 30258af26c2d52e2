// Optimisers: how parameters change by their gradients.
export { Adadelta, type AdadeltaOptions } from "./adadelta.ts";
export { Adagrad, type AdagradOptions } from "./adagrad.ts";
export { Adam, type AdamOptions, AdamW } from "./adam.ts";
export { Averages, type AveragesOptions } from "./averages.ts";
export type { ClippingOptions } from "./clipping.ts";
export { describeOptimizer, type GroupDescription, makeOptimizer, type OptimizerDescription } from "./description.ts";
export { decayGroups, discriminativeGroups, type Grouped, type ParameterGroup, type Parameters } from "./groups.ts";
export { Muon, type MuonAdjustment, type MuonOptions } from "./muon.ts";
export { Nadam, type NadamOptions } from "./nadam.ts";
export { type NamedOptimizerOptions, type OptimizerName, optimizerNames, optimizerOf } from "./named.ts";
export { Optimizer, type OptimizerOptions, type Settings, type Slot, type UpdateCall } from "./optimizer.ts";
export { RMSprop, type RMSpropOptions } from "./rmsprop.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
export { type OptimizerState, type ParameterNames, parameterNames } from "./state.ts";
