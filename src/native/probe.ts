// What this machine's arithmetic reaches, tried for a moment: how fast weights are read, how many products a second. Knows no models.
import type { Command, Executor } from "./executor.ts";
import { type PackedFormat, packedBytes, packedFormatNumber } from "./layout.ts";

/** What was reached. */
export interface Probe {
  /** Of the memory, reading weights for one row: GB (10^9 bytes) a second. */
  readonly bandwidth: number;
  /** Operations (a product and a sum are two) a second in 10^9, on 64 rows: f32 ("exact"), bf16, int8 ("fast"). */
  readonly f32: number;
  readonly bf16: number;
  readonly int8: number;
}

/** Milliseconds that each of the four takes at most, and sizes; the reference kernels are too slow for the usual ones. */
const sizes = {
  native: { milliseconds: 120, rows: 64, outputs: 1024, inputs: 1024, read: 65_536 },
  reference: { milliseconds: 120, rows: 1, outputs: 64, inputs: 256, read: 512 },
} as const;

/**
 * Runs the product kernel for half a second in all, on all threads of the executor; between runs the event loop goes on. Other work on the machine lowers what it finds.
 *
 * Errors: `E_MEMORY`; the signal's reason.
 *
 * @example
 * (await probeExecutor(openExecutor())).bandwidth > 0; // true
 */
export async function probeExecutor(executor: Executor, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Probe> {
  const { rows, outputs, inputs, read, milliseconds } = sizes[executor.name];
  const most = (command: Command, work: number) => best(executor, command, work, milliseconds, signal);
  const reading = product(executor, { format: "f32", rows: 1, outputs: read, inputs, rounded: false });
  const bandwidth = await most(reading, packedBytes("f32", read, inputs));
  free(executor, reading);
  const found: number[] = [];
  for (const [format, rounded] of [
    ["f32", false],
    ["bf16", true],
    ["q8", false],
  ] as const) {
    const command = product(executor, { format, rows, outputs, inputs, rounded });
    found.push(await most(command, 2 * rows * outputs * inputs));
    free(executor, command);
  }
  const [f32, bf16, int8] = found;
  return { bandwidth, f32, bf16, int8 };
}

interface Product {
  readonly format: PackedFormat;
  readonly rows: number;
  readonly outputs: number;
  readonly inputs: number;
  readonly rounded: boolean;
}

function product(executor: Executor, { format, rows, outputs, inputs, rounded }: Product): Command {
  const operand = (bytes: number, type: "f32" | "u8", dense = false) => ({ buffer: executor.allocate(bytes, { dense }), offset: 0, type }) as const;
  const weight = operand(packedBytes(format, outputs, inputs), "u8", true);
  const y = operand(4 * rows * outputs, "f32");
  const scalars = { rows, outputs, inputs, format: packedFormatNumber[format], hasBias: 0 };
  if (format === "q8") {
    const operands = { quantized: operand(rows * inputs, "u8"), scales: operand((rows * inputs) / 4, "f32"), weight, bias: operand(0, "f32"), y };
    return { kernel: "linearInt8", operands, sizes: scalars, flags: { accumulate: false } };
  }
  const operands = { x: operand(4 * rows * inputs, "f32"), weight, bias: operand(0, "f32"), y };
  return { kernel: "linear", operands, sizes: scalars, flags: { accumulate: false, roundBf16: rounded } };
}

function free(executor: Executor, { operands }: Command): void {
  for (const { buffer } of Object.values(operands)) executor.free(buffer);
}

// The best rate of several runs, in 10^9 a second. The first run commits memory and does not count.
async function best(executor: Executor, command: Command, work: number, milliseconds: number, signal: AbortSignal | undefined): Promise<number> {
  executor.executeOnce(command);
  let most = 0;
  const end = performance.now() + milliseconds;
  do {
    const began = performance.now();
    executor.executeOnce(command);
    most = Math.max(most, work / ((performance.now() - began) * 1e6));
    await new Promise((next) => setImmediate(next));
    signal?.throwIfAborted();
  } while (performance.now() < end);
  return most;
}
