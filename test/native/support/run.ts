// Runs one kernel call on an executor: buffers in, list, results out. And finds the native executor on each tier that this machine has.
import { type ElementType, type Executor, type KernelName, kernelTable, nativeStatus, openExecutor } from "#native";

/** Contents of an operand. bf16 as its bits. */
export interface Values {
  readonly type: ElementType;
  readonly data: Float32Array | Int32Array | Uint8Array | Uint16Array;
}

/** A call by value. */
export interface Call {
  readonly kernel: KernelName;
  readonly operands: Readonly<Record<string, Values>>;
  readonly sizes: Readonly<Record<string, number>>;
  readonly flags?: Readonly<Record<string, boolean>>;
}

/** Whether there is a native part to test. Without a Rust toolchain there is none, and only the reference tests run. */
export const hasNative: boolean = nativeStatus().available;

/** Tiers that this machine has; none without a native part. */
export const tiers: readonly string[] = hasNative ? openExecutor({ executor: "native" }).tiers : [];

export const bytesOf = (data: Values["data"]): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Runs the call and gives what it wrote and updated, by name. Sizes go through registers when `registers` is set. */
export function runCommand(executor: Executor, call: Call, options: { tier?: string; registers?: boolean } = {}): Record<string, Values["data"]> {
  const buffers = Object.entries(call.operands).map(([name, { type, data }]) => {
    const buffer = executor.allocate(data.byteLength);
    executor.write(buffer, 0, bytesOf(data));
    return { name, type, data, buffer };
  });
  const operands = Object.fromEntries(buffers.map(({ name, type, buffer }) => [name, { buffer, offset: 0, type }]));
  const entries = Object.entries(call.sizes);
  const sizes = options.registers ? Object.fromEntries(entries.map(([name], register) => [name, { register }])) : call.sizes;
  const list = executor.compile([{ kernel: call.kernel, operands, sizes, flags: call.flags }], { tier: options.tier });
  executor.execute(list, Float64Array.from(entries.map(([, value]) => value)));
  executor.freeList(list);
  const { writes, updates } = kernelTable[call.kernel];
  const results: Record<string, Values["data"]> = {};
  for (const { name, data, buffer } of buffers) {
    if (name in writes || name in (updates ?? {})) {
      const result = data.slice();
      executor.read(buffer, 0, bytesOf(result));
      results[name] = result;
    }
    executor.free(buffer);
  }
  return results;
}
