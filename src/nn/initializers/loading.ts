// Making layers whose weights come from a file: nothing is initialised, and nothing is reserved beyond what the file holds. Knows no files.
import { InkstoneError } from "../../core/index.ts";
import type { Shape } from "../../tensor/index.ts";

let room: { left: number } | undefined;

/**
 * Runs `fn`, which makes layers and their weights, without initial values: they are zeros until they are loaded. `values`: how many the weights may have altogether.
 *
 * Errors: `E_MODEL_WEIGHTS` as soon as they would have more, before memory is reserved.
 *
 * @example
 * const layer = new Dense({ units: 2 });
 * withoutInitializing(8, () => layer.ensureBuilt([3]));
 * layer.kernel.dataSync(); // [0, 0, 0, 0, 0, 0]
 * withoutInitializing(8, () => new Dense({ units: 1000 }).ensureBuilt([1000])); // throws E_MODEL_WEIGHTS
 */
export function withoutInitializing<T>(values: number, fn: () => T): T {
  const before = room;
  room = { left: values };
  try {
    return fn();
  } finally {
    room = before;
  }
}

/** Whether weights come from elsewhere. */
export const isLoading = (): boolean => room !== undefined;

/** Takes the room of a weight. Errors: `E_MODEL_WEIGHTS`. */
export function takeRoom(shape: Shape): void {
  if (room === undefined) return;
  room.left -= shape.reduce((product, size) => product * size, 1);
  if (room.left >= 0) return;
  const why = {
    en: `the model asks for more values than its weights have: one of [${shape}]`,
    zh: `模型所需的值多于权重文件所含：其中一个为 [${shape}]`,
  };
  throw new InkstoneError("E_MODEL_WEIGHTS", { weight: `[${shape}]`, why });
}
