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

/** Bytes before and behind every operand that a kernel must leave alone. */
const FENCE = 128;
const GUARD = 0xa5;
const elementBytes: Readonly<Record<ElementType, number>> = { f32: 4, bf16: 2, i32: 4, u8: 1 };

export interface RunOptions {
  readonly tier?: string;
  /** Sizes go through registers. */
  readonly registers?: boolean;
  /** What only the kernel writes is full of NaN before: what it leaves out is seen. */
  readonly rubbish?: boolean;
}

/**
 * Runs the call and gives what it wrote and updated, by name. Operands begin at odd elements between fences; a kernel that writes there is an error.
 */
export function runCommand(executor: Executor, call: Call, options: RunOptions = {}): Record<string, Values["data"]> {
  const { writes, updates } = kernelTable[call.kernel];
  const placed = Object.entries(call.operands).map(([name, { type, data }]) => {
    // Packed weights are made of lines; all other operands may begin at any element.
    const offset = FENCE / elementBytes[type] + (type === "u8" ? 16 : 1);
    const start = offset * elementBytes[type];
    const bytes = new Uint8Array(start + data.byteLength + FENCE).fill(GUARD);
    bytes.set(options.rubbish && name in writes ? new Uint8Array(data.byteLength).fill(255) : bytesOf(data), start);
    const buffer = executor.allocate(bytes.length);
    executor.write(buffer, 0, bytes);
    return { name, type, data, buffer, offset, start, bytes };
  });
  const operands = Object.fromEntries(placed.map(({ name, type, buffer, offset }) => [name, { buffer, offset, type }]));
  const entries = Object.entries(call.sizes);
  const sizes = options.registers ? Object.fromEntries(entries.map(([name], register) => [name, { register }])) : call.sizes;
  const list = executor.compile([{ kernel: call.kernel, operands, sizes, flags: call.flags }], { tier: options.tier });
  executor.execute(list, Float64Array.from(entries.map(([, value]) => value)));
  executor.freeList(list);
  const results: Record<string, Values["data"]> = {};
  for (const { name, data, buffer, start, bytes } of placed) {
    const after = new Uint8Array(bytes.length);
    executor.read(buffer, 0, after);
    executor.free(buffer);
    const changed = name in writes || name in (updates ?? {});
    const end = start + data.byteLength;
    const around = after.slice();
    if (changed) around.set(bytes.subarray(start, end), start);
    const touched = Buffer.compare(around, bytes) === 0 ? -1 : bytes.findIndex((byte, at) => byte !== around[at]);
    if (touched >= 0)
      throw new Error(
        `${call.kernel} on ${executor.name} ${options.tier ?? ""} wrote byte ${touched - start} of ${name}, which has ${data.byteLength}`,
      );
    if (!changed) continue;
    const result = data.slice();
    bytesOf(result).set(after.subarray(start, end));
    results[name] = result;
  }
  return results;
}
