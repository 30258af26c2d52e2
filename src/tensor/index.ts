// tensor: values with shapes, operations on them, and recordings of operations that run again and again.

export type { KernelArguments, Kernels, TensorCommand } from "./command.ts";
export { arange, type Nested, type RangeOptions, type TensorOptions, tensor, zeros } from "./create.ts";
export { cpu, Device, withDevice } from "./device.ts";
export * from "./draw.ts";
export { defineOp, type GradientsOf, type Like, type Op, type OpDefinition, type ResultGradients, type Results, type Rows } from "./op.ts";
export * from "./ops/attention.ts";
export { add, divide, maximum, minimum, multiply, type Pairwise, subtract } from "./ops/binary.ts";
export * from "./ops/elementwise.ts";
export * from "./ops/embed.ts";
export * from "./ops/flash.ts";
export * from "./ops/history.ts";
export * from "./ops/linear.ts";
export * from "./ops/loss/adaptive.ts";
export * from "./ops/loss/linear-cross-entropy.ts";
export * from "./ops/loss/loss.ts";
export * from "./ops/mask.ts";
export * from "./ops/matmul.ts";
export * from "./ops/norm.ts";
export * from "./ops/normalize.ts";
export {
  type AdamUpdate,
  adamUpdate,
  averageUpdate,
  exchange,
  type NormAndFactor,
  type NormOptions,
  normAndFactor,
  placesForSquares,
  type SgdUpdate,
  sgdUpdate,
  squareRuns,
  sumsOfSquares,
  type UpdateOptions,
  valueOn,
} from "./ops/optimize.ts";
export * from "./ops/orthogonal.ts";
export * from "./ops/pointwise.ts";
export * from "./ops/recurrent.ts";
export * from "./ops/reduce.ts";
export * from "./ops/scoring.ts";
export * from "./ops/shape/arrange.ts";
export * from "./ops/shape/select.ts";
export * from "./ops/shape/window.ts";
export * from "./ops/unpacked.ts";
export { type MatrixSource, type PackedMatrix, packMatrix } from "./packed-matrix.ts";
export { type ComputePrecision, computePrecision, withPrecision } from "./precision.ts";
export { manualSeed, nextRandom, type RandomStream, withRandom } from "./random.ts";
export type { Fusion } from "./record/passes/index.ts";
export { type Outputs, type RecordedCommand, type Recording, type RecordOptions, record } from "./record/record.ts";
export type { RegisterBounds, RegisterSet } from "./record/registers.ts";
export { Arena } from "./record/shared-arena.ts";
export { outsideScopes, tidy } from "./scope.ts";
export { gradients } from "./tape/backward.ts";
export { checkGradients, type GradientCheck } from "./tape/check-gradients.ts";
export type { Gradient } from "./tape/gradient.ts";
export { holdGradients } from "./tape/hold.ts";
export { recompute } from "./tape/recompute.ts";
export { noGrad } from "./tape/tracking.ts";
export { Tensor } from "./tensor.ts";
export { type Shape, sizeOf, type Values } from "./types.ts";
