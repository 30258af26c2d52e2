// The native executor: turns commands into the wire format, and the numbers of a refusal into typed errors. Knows no arithmetic.
import { InkstoneError } from "../core/index.ts";
import type { BufferHandle, Command, Executor, ListHandle, ServiceHandle } from "./executor.ts";
import { type ElementType, type KernelName, kernelTable } from "./kernels/index.ts";
import type { Binding } from "./loader.ts";
import { tooSmall } from "./services.ts";

const typeCodes: Readonly<Record<ElementType, number>> = { f32: 0, bf16: 1, i32: 2, u8: 3 };
const codes = { ok: 0, panic: 1, cancelled: 2, index: 3, numeric: 4, program: 5, memory: 6 } as const;
// Why a list is refused, by the number of `Reason` in native/kernels/src/error.rs.
const reasons: readonly ((value: number, limit: number) => string)[] = [
  (value, limit) => `its sizes do not go together (${value}, limit ${limit})`,
  (value, limit) => `the list is cut or of another version (${value}, expected ${limit})`,
  (value) => `there is no kernel or barrier ${value}`,
  (value, limit) => `it has ${value} operands, expected ${limit}`,
  (value) => `an operand has a type that it does not take (${value})`,
  (value) => `there is no buffer ${value}`,
  (value, limit) => `an operand starts at element ${value} of a buffer of ${limit}`,
  (value, limit) => `an operand needs ${value} elements, its buffer has ${limit} left`,
  (value, limit) => `it has ${value} sizes, expected ${limit}`,
  (value, limit) => `register ${value} is asked for, the limit is ${limit}`,
  (value) => `a size is ${value}, which counts nothing`,
  (value) => `the buffer of operand ${value} was freed`,
  () => "a kernel failed in this list before; it will not run again",
];

/**
 * Makes the executor on a loaded native part.
 *
 * Errors: `E_TIER` when the tier is not one of this machine's.
 */
export function createNativeExecutor(binding: Binding, options: { tier?: string; threads: number }): Executor {
  const tiers = binding.tiers();
  const tier = options.tier ?? tiers[tiers.length - 1];
  tierIndex(tiers, tier);
  return new NativeExecutor(binding, tiers, tier, options.threads);
}

function tierIndex(tiers: readonly string[], tier: string): number {
  const index = tiers.indexOf(tier);
  if (index < 0) throw new InkstoneError("E_TIER", { tier, available: tiers.join(", ") });
  return index;
}

class NativeExecutor implements Executor {
  readonly name = "native";
  readonly tier: string;
  readonly tiers: readonly string[];
  readonly #binding: Binding;
  readonly #wire: ReadonlyMap<string, number>;
  readonly #kernels = new Map<ListHandle, readonly KernelName[]>();
  readonly #services = new Map<ServiceHandle, string>();
  #threads: number;

  constructor(binding: Binding, tiers: readonly string[], tier: string, threads: number) {
    this.#binding = binding;
    this.tiers = tiers;
    this.tier = tier;
    this.#threads = threads;
    this.#wire = new Map(binding.signatures().map((signature, index) => [signature.slice(0, signature.indexOf("(")), index]));
  }

  get threads(): number {
    return this.#threads;
  }
  set threads(threads: number) {
    this.#threads = Math.max(1, Math.min(64, Math.trunc(threads)));
  }

  allocate(bytes: number, { dense = false }: { dense?: boolean } = {}): BufferHandle {
    const buffer = this.#binding.allocate(bytes, dense);
    if (buffer === 0) throw new InkstoneError("E_MEMORY", { needed: bytes });
    return buffer;
  }

  free(buffer: BufferHandle): void {
    this.#onBuffer("free", () => this.#binding.free(buffer));
  }

  write(buffer: BufferHandle, byteOffset: number, bytes: Uint8Array): void {
    this.#onBuffer("write", () => this.#binding.write(buffer, byteOffset, bytes));
  }

  read(buffer: BufferHandle, byteOffset: number, into: Uint8Array): void {
    this.#onBuffer("read", () => this.#binding.read(buffer, byteOffset, into));
  }

  #onBuffer(what: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      const why = error instanceof Error && error.message === "handle" ? "there is no such buffer" : "the bytes lie outside the buffer";
      throw new InkstoneError("E_PROGRAM", { kernel: what, why }, { cause: error });
    }
  }

  compile(commands: readonly Command[], options: { tier?: string } = {}): ListHandle {
    const tier = tierIndex(this.tiers, options.tier ?? this.tier);
    const words: number[] = [1, commands.length];
    for (const command of commands) this.#encode(command, words);
    const kernels = commands.map(({ kernel }) => kernel);
    const result = this.#binding.compile(Float64Array.from(words), tier);
    if (result[0] !== codes.ok) throw refusal(result, kernels);
    const list = result[1];
    this.#kernels.set(list, kernels);
    return list;
  }

  // Names become positions here: a command that misses an operand or a size, or names one too many, is refused.
  #encode(command: Command, words: number[]): void {
    const row = kernelTable[command.kernel];
    const kernel = this.#wire.get(command.kernel);
    if (row === undefined || kernel === undefined)
      throw new InkstoneError("E_PROGRAM", { kernel: String(command.kernel), why: "there is no such kernel" });
    const operands = Object.keys({ ...row.reads, ...row.writes, ...row.updates });
    for (const name of [...Object.keys(command.operands), ...Object.keys(command.sizes), ...Object.keys(command.flags ?? {})]) {
      const known = operands.includes(name) || row.sizes.includes(name) || (row.flags ?? []).includes(name);
      if (!known) throw new InkstoneError("E_PROGRAM", { kernel: command.kernel, why: `it has no "${name}"` });
    }
    words.push(kernel, command.barrier === false ? 0 : 1, operands.length);
    for (const name of operands) {
      const operand = command.operands[name];
      if (operand === undefined) throw new InkstoneError("E_PROGRAM", { kernel: command.kernel, why: `operand "${name}" is missing` });
      words.push(operand.buffer, operand.offset, typeCodes[operand.type] ?? -1);
    }
    words.push(row.sizes.length + (row.flags ?? []).length);
    for (const name of row.sizes) {
      const size = command.sizes[name];
      if (size === undefined) throw new InkstoneError("E_PROGRAM", { kernel: command.kernel, why: `size "${name}" is missing` });
      if (typeof size === "number") words.push(0, size);
      else words.push(1, size.register);
    }
    for (const name of row.flags ?? []) words.push(0, command.flags?.[name] ? 1 : 0);
  }

  execute(list: ListHandle, registers: Float64Array = new Float64Array(0), control?: Int32Array): void {
    const kernels = this.#kernels.get(list);
    if (kernels === undefined) throw new InkstoneError("E_PROGRAM", { kernel: "execute", why: "there is no such list" });
    this.#binding.setThreads(this.#threads);
    const result = this.#binding.execute(list, registers, control);
    if (result[0] !== codes.ok) throw refusal(result, kernels);
  }

  async executeAsync(list: ListHandle, registers: Float64Array = new Float64Array(0), control?: Int32Array): Promise<void> {
    const kernels = this.#kernels.get(list);
    if (kernels === undefined) throw new InkstoneError("E_PROGRAM", { kernel: "execute", why: "there is no such list" });
    this.#binding.setThreads(this.#threads);
    const result = await this.#binding.executeAsync(list, registers, control);
    if (result[0] !== codes.ok) throw refusal(result, kernels);
  }

  freeList(list: ListHandle): void {
    if (!this.#kernels.delete(list)) throw new InkstoneError("E_PROGRAM", { kernel: "freeList", why: "there is no such list" });
    this.#binding.freeList(list);
  }

  createService(name: string, configuration: Uint8Array): ServiceHandle {
    const service = onService(name, () => this.#binding.createService(name, configuration));
    this.#services.set(service, name);
    return service;
  }

  async createServiceAsync(name: string, configuration: Uint8Array): Promise<ServiceHandle> {
    try {
      const service = await this.#binding.createServiceAsync(name, configuration);
      this.#services.set(service, name);
      return service;
    } catch (error) {
      throw serviceError(name, error, 0);
    }
  }

  callService(service: ServiceHandle, method: number, input: Uint8Array, output: Uint8Array): number {
    return onService(this.#services.get(service) ?? String(service), () => this.#binding.callService(service, method, input, output));
  }

  async callServiceAsync(service: ServiceHandle, method: number, input: Uint8Array, outputBytes: number, control?: Int32Array): Promise<Uint8Array> {
    const name = this.#services.get(service) ?? String(service);
    try {
      const { written, output } = await this.#binding.callServiceAsync(service, method, input, outputBytes, this.#threads, control);
      if (written < 0) throw new Error(tooSmall(-written, outputBytes));
      return output;
    } catch (error) {
      throw serviceError(name, error, outputBytes);
    }
  }

  freeService(service: ServiceHandle): void {
    onService(this.#services.get(service) ?? String(service), () => this.#binding.freeService(service));
    this.#services.delete(service);
  }
}

function refusal([code, at, value, limit, reason]: Float64Array, kernels: readonly KernelName[]): InkstoneError {
  const kernel = kernels[at] ?? "list";
  if (code === codes.panic) return new InkstoneError("E_NATIVE_PANIC", { kernel });
  if (code === codes.cancelled) return new InkstoneError("E_CANCELLED", { what: "The computation" });
  if (code === codes.index) return new InkstoneError("E_KERNEL", { kernel, why: "index", value, limit });
  if (code === codes.numeric) return new InkstoneError("E_KERNEL", { kernel, why: "numeric", value, limit });
  if (code === codes.memory) return new InkstoneError("E_MEMORY", { needed: value });
  return new InkstoneError("E_PROGRAM", { kernel, why: reasons[reason]?.(value, limit) ?? `reason ${reason}` });
}

function onService<T>(service: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw serviceError(service, error, 0);
  }
}

function serviceError(service: string, error: unknown, bytes: number): InkstoneError {
  const why = error instanceof Error ? error.message : String(error);
  if (why === "cancelled") return new InkstoneError("E_CANCELLED", { what: "The computation" });
  if (why === "memory") return new InkstoneError("E_MEMORY", { needed: bytes });
  if (why === "panic") return new InkstoneError("E_NATIVE_PANIC", { kernel: service }, { cause: error });
  return new InkstoneError("E_SERVICE", { service, why: why === "handle" ? "it was freed" : why }, { cause: error });
}
