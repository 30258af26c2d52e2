// What the ranks of a training make of what each has found: one loss, one gradient, one look. Knows no models.
import type { Tensor } from "../../tensor/index.ts";
import type { World } from "../world/index.ts";
import type { StepResult } from "./steps.ts";

/** The mean loss over the batches of all ranks; not finite where one of them is not. */
export async function foundTogether(world: World, found: StepResult): Promise<StepResult> {
  const { loss, count } = await meanTogether(world, found.loss * found.count, Number.isFinite(found.loss) ? found.count : Number.NaN);
  return { loss, count, gradientNorm: found.gradientNorm };
}

/** The mean over all ranks of what each has summed. */
export async function meanTogether(world: World, sum: number, count: number): Promise<{ readonly loss: number; readonly count: number }> {
  const [all, items] = await world.sumNumbers([sum, count]);
  return { loss: all / (items || 1), count: Number.isFinite(items) ? items : 0 };
}

/** Puts into each gradient the sum of it over all ranks. One message for all of them. */
export async function summedGradients(world: World, gradients: readonly Tensor[]): Promise<void> {
  const all = new Float32Array(gradients.reduce((size, gradient) => size + gradient.size, 0));
  let at = 0;
  for (const gradient of gradients) {
    all.set(gradient.dataSync(), at);
    at += gradient.size;
  }
  const summed = await world.sum(all);
  at = 0;
  for (const gradient of gradients) {
    gradient.write(summed.subarray(at, at + gradient.size));
    at += gradient.size;
  }
}

/** Of batches that all ranks see, those of one. */
export async function* partOf<T>({ rank, size }: Pick<World, "rank" | "size">, batches: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T> {
  let number = 0;
  for await (const batch of batches) if (number++ % size === rank) yield batch;
}
