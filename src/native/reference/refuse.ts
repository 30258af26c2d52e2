// How a twin refuses its input. Knows only the error.
import { InkstoneError } from "../../core/index.ts";
import type { KernelName } from "../kernels/index.ts";

/** Throws `E_KERNEL` "index" unless `value` is an integer in [0, limit). */
export function checkIndex(kernel: KernelName, value: number, limit: number): void {
  if (!(value >= 0 && value < limit)) throw new InkstoneError("E_KERNEL", { kernel, why: "index", value, limit });
}

/** Refuses a number that the kernel cannot take: `E_KERNEL` "numeric" with its place. */
export function refuseNumber(kernel: KernelName, place: number, limit: number): never {
  throw new InkstoneError("E_KERNEL", { kernel, why: "numeric", value: place, limit });
}
