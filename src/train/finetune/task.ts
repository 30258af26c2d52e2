// A decoder with its answers as a task of the training loop. Knows no data files.
import type { TrainableDecoder } from "../../models/index.ts";
import { embedding, multiply, type Tensor, Tensor as TensorClass } from "../../tensor/index.ts";
import type { TrainingTask } from "../loop/index.ts";
import type { CheckedSettings } from "./settings.ts";

/** What a task of fine-tuning needs to know beside the model. */
export interface TaskSizes {
  readonly batch: number;
  readonly length: number;
}

/** Hidden states at the wanted places, normed: [wanted, C]. */
export function statesAt(
  { decoder }: TrainableDecoder,
  [ids, segments, places, wanted]: readonly Tensor[],
  sizes: TaskSizes,
  recompute: boolean,
): Tensor {
  const hidden = decoder.hidden(ids, { ...sizes, segments, places, recompute });
  return decoder.norm.forward(embedding(hidden, wanted));
}

/** The parts of a task that all methods share. */
export function taskParts(open: TrainableDecoder, { method, precision }: CheckedSettings): Omit<TrainingTask, "loss"> {
  const trainable = () => open.decoder.trainableParameters();
  return {
    name: `finetune ${method}`,
    device: open.device,
    precision,
    key: () => "",
    train: (training) => open.train(training),
    trainableParameters: trainable,
    // What is saved is what is trained: the rest lies in the model's own file.
    stateDict: () => new Map([...open.decoder.stateDict()].filter(([, weight]) => weight instanceof TensorClass && weight.requiresGrad)),
    lookupTables: open.decoder.lookupTables.filter(({ requiresGrad }) => requiresGrad),
  };
}

/** Cross-entropy of the answers' tokens. */
export function answersTask(open: TrainableDecoder, settings: CheckedSettings, sizes: TaskSizes): TrainingTask {
  return {
    ...taskParts(open, settings),
    loss(columns) {
      const [, , , , targets, count] = columns;
      const states = statesAt(open, columns, sizes, settings.recompute);
      const mean = open.decoder.crossEntropy(states, targets);
      return { total: multiply(mean.reshape([1]), count), count };
    },
  };
}
