// A model and its optimiser as they are, to be put back. Knows no training.
import type { Optimizer, OptimizerState } from "../../nn/index.ts";
import type { ModelCore } from "../model/core.ts";

/** Keeps weights and optimiser state; the function puts them back. */
export function snapshot(model: ModelCore): () => void {
  const weights = model.getWeights();
  const { optimizer } = model;
  if (optimizer.parameters.length === 0) optimizer.bind(model.trainableParameters());
  const state = copyOf(optimizer);
  const { learningRateSetting, momentumSchedule } = optimizer;
  return () => {
    model.setWeights(weights);
    optimizer.loadStateDict(state);
    optimizer.learningRate = learningRateSetting;
    optimizer.momentumSchedule = momentumSchedule;
  };
}

function copyOf(optimizer: Optimizer): OptimizerState<Float32Array> {
  const { tensors, ...rest } = optimizer.stateDict();
  return { ...rest, tensors: new Map([...tensors].map(([name, tensor]) => [name, tensor.dataSync() as Float32Array])) };
}
