// Where commands go: to the executor at once, or onto the recording that is being made. Knows no operations.
import { InkstoneError } from "../core/index.ts";
import type { Scalar } from "../native/index.ts";
import { addressed, type TensorCommand } from "./command.ts";
import type { Device } from "./device.ts";
import { Storage } from "./storage.ts";

/** Takes commands, gives memory for their results, and knows registers. */
export interface Sink {
  result(device: Device, bytes: number): Storage;
  emit(command: TensorCommand): void;
  /** scalar · factor. */
  times(scalar: Scalar, factor: number): Scalar;
  /** Declares that a scalar is never more than `maximum`. */
  atMost(scalar: Scalar, maximum: number, operation: string): void;
}

// Every command runs alone, at once; sizes are numbers.
const eager: Sink = {
  result: (device, bytes) => Storage.own(device, bytes),
  emit(command) {
    Object.values(command.operands)[0].device.executor.executeOnce(addressed(command));
  },
  times: (scalar, factor) => literal(scalar) * factor,
  atMost(scalar, maximum, operation) {
    const value = literal(scalar);
    if (!(value >= 0 && value <= maximum))
      throw new InkstoneError("E_SHAPE", { operation, expected: { en: `0 to ${maximum} rows`, zh: `0 到 ${maximum} 行` }, got: [value] });
  },
};

function literal(scalar: Scalar): number {
  if (typeof scalar === "number") return scalar;
  throw new InkstoneError("E_RECORDING", { why: { en: "a register has a value only inside its recording", zh: "寄存器只在其录制过程中有值" } });
}

let current: Sink = eager;

/** Where commands go now. */
export function currentSink(): Sink {
  return current;
}

/** Whether a recording is being made. */
export function recording(): boolean {
  return current !== eager;
}

/** Runs `fn` with commands going to `sink`. */
export function withSink<T>(sink: Sink, fn: () => T): T {
  const held = current;
  current = sink;
  try {
    return fn();
  } finally {
    current = held;
  }
}
