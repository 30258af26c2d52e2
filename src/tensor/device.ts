// Where tensors live: an executor and its memory. Knows no tensors.
import { type Executor, openExecutor } from "../native/index.ts";

/**
 * A place for tensors. Only the processor of this machine today; made by `cpu`.
 *
 * @example
 * new Device(openExecutor({ threads: 1 })).executor.threads; // 1
 */
export class Device {
  readonly name = "cpu";
  readonly executor: Executor;

  constructor(executor: Executor) {
    this.executor = executor;
  }
}

let shared: Device | undefined;

/**
 * The processor as a device. Without an executor: the one that the whole program shares, opened when first asked for.
 *
 * @example
 * cpu().name; // "cpu"
 */
export function cpu(executor?: Executor): Device {
  if (executor) return new Device(executor);
  shared ??= new Device(openExecutor());
  return shared;
}

/**
 * Runs `fn` with this as the device that `cpu()` gives, and so of every tensor that is made without naming one. `fn` is not to wait for anything.
 *
 * @example
 * const other = new Device(openExecutor({ threads: 1 }));
 * withDevice(other, () => tensor([1])).device === other; // true
 */
export function withDevice<T>(device: Device, fn: () => T): T {
  const held = shared;
  shared = device;
  try {
    return fn();
  } finally {
    shared = held;
  }
}
