// Tunes an encoder on examples of any objective: shuffled packed batches, warm-up and decline, a look after each epoch, the best weights kept. Knows no files.
import { readOptions } from "../../core/index.ts";
import type { TrainableEncoder } from "../../models/index.ts";
import { cpu, type Tensor } from "../../tensor/index.ts";
import { TrainingLoop } from "../loop/index.ts";
import type { Judge, Objective } from "./objective.ts";
import { type TuneData, type Tuned, type TuneOptions, tuneRules } from "./options.ts";
import { Clock, optimizerFor, Tuning } from "./tuning.ts";
import { isKept, type TuneLook, usualEpochs } from "./usual.ts";

/**
 * Tunes all weights of an encoder and its head. The same examples, options, seed and tier give the same bits.
 *
 * Errors: `E_OPTION`; `E_TRAINING_LOSS`, `E_STEP` where a loss or gradient is not finite; the signal's reason, with the weights of the last whole step.
 */
export async function tuneEncoder<Example>(
  model: TrainableEncoder,
  objective: Objective<Example>,
  { train, validation = [] }: TuneData<Example>,
  given: TuneOptions = {},
): Promise<Tuned<Example>> {
  const options = readOptions("tune", given, tuneRules);
  const { seed = 0, patience = 0, signal, onStep, onLook } = options;
  const epochs = options.epochs ?? usualEpochs(train.length, objective.outputs);
  const device = cpu();
  const tuning = new Tuning(model, objective, device, options);
  const source = tuning.source(train);
  const total = (source.steps ?? 1) * epochs;
  const optimizer = optimizerFor([model], total, options);
  const loop = new TrainingLoop(tuning.task, source, { optimizer, seed, signal });
  const looks: TuneLook[] = [];
  let best: { look: TuneLook; judge: Judge<Example>; weights: Float32Array[] } | undefined;
  let most: TuneLook | undefined;
  let [steps, waited, seconds, examples] = [0, 0, 0, 0];
  const clock = new Clock(total);
  model.dropWith(options.dropout ?? 0.1);
  try {
    for (let epoch = 0; epoch < epochs && !(patience > 0 && waited >= patience); epoch++) {
      let since = performance.now();
      for await (const step of loop.epoch(epoch)) {
        steps++;
        examples += step.rows;
        onStep?.({ done: steps, total, epoch, loss: step.meanLoss, ...clock.step(steps) });
      }
      seconds += (performance.now() - since) / 1000;
      since = performance.now();
      if (validation.length === 0) continue;
      const { judge, ...seen } = await tuning.look(validation, signal);
      const look = { epoch, ...seen };
      looks.push(look);
      onLook?.(look);
      if (most !== undefined && !isKept(look, most, validation.length)) waited++;
      else {
        waited = 0;
        best = { look, judge, weights: epoch === epochs - 1 ? [] : copied(model.trainableParameters()) };
      }
      if (most === undefined || first(look) > first(most)) most = look;
    }
    if (best !== undefined && best.look !== looks.at(-1))
      for (const [i, weight] of model.trainableParameters().entries()) weight.write(best.weights[i]);
  } finally {
    await loop.end();
    await tuning.release();
    optimizer.dispose();
  }
  return { looks, best: best?.look, judge: best?.judge, steps, seconds, examplesPerSecond: seconds > 0 ? examples / seconds : 0 };
}

/** Values of weights as they are. */
export const copied = (weights: readonly Tensor[]): Float32Array[] => weights.map((weight) => Float32Array.from(weight.dataSync()));

/** The metric that decides. */
export const first = ({ metrics }: TuneLook): number => Object.values(metrics)[0] ?? 0;
