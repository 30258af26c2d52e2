// The native executor: turns commands into the wire format, and the numbers of a refusal into typed errors. Knows no arithmetic.

import { InkstoneError } from "../core/index.ts";
import type { BufferHandle, Command, Executor, ListHandle, ServiceHandle } from "./executor.ts";
import { BufferUse } from "./held-buffer.ts";
import type { KernelName } from "./kernels/index.ts";
import { type Binding, freedWith, heldKinds, notFreedWith } from "./loader.ts";
import { NativeMemory } from "./native-memory.ts";
import { tooSmall } from "./services.ts";
import { WireFormat } from "./wire.ts";

const codes = { ok: 0, panic: 1, cancelled: 2, index: 3, numeric: 4, program: 5, memory: 6 } as const;
// Why a list is refused, by the number of `Reason` in native/kernels/src/error.rs.
const reasons: readonly ((value: number, limit: number) => string)[] = [
  (value, limit) => `its sizes do not go together (${value}, limit ${limit})`,
  (value, limit) => `the list is cut or of another version (${value}, expected ${limit})`,
  (value) => `there is no kernel or barrier ${value}`,
  (value, limit) => `it has ${value} operands, expected ${limit}`,
  (value) => `an operand has a type that it does not take (${value})`,
  () => "an operand has no buffer",
  (value, limit) => `an operand starts at element ${value} of a buffer of ${limit}`,
  (value, limit) => `an operand needs ${value} elements, its buffer has ${limit} left`,
  (value, limit) => `it has ${value} sizes, expected ${limit}`,
  (value, limit) => `register ${value} is asked for, the limit is ${limit}`,
  (value) => `a size is ${value}, which counts nothing`,
  (value, limit) => `operand ${value}, which is written, lies on top of operand ${limit}`,
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

/** Handles of the native part, freed when what stands for them is collected. */
class Handle {
  readonly id: number;
  gone = false;

  constructor(id: number) {
    this.id = id;
  }
}

class NativeList extends Handle implements ListHandle {
  readonly kernels: readonly KernelName[];
  readonly use: BufferUse;

  constructor(id: number, commands: readonly Command[]) {
    super(id);
    this.kernels = commands.map(({ kernel }) => kernel);
    this.use = new BufferUse(commands);
  }
}

class NativeService extends Handle implements ServiceHandle {
  readonly service: string;

  constructor(id: number, service: string) {
    super(id);
    this.service = service;
  }
}

const noRegisters = new Float64Array(0);

class NativeExecutor implements Executor {
  readonly name = "native";
  readonly tier: string;
  readonly tiers: readonly string[];
  readonly #binding: Binding;
  readonly #tier: number;
  readonly #memory: NativeMemory;
  readonly #wire: WireFormat;
  /** Numbers of the last refusal. */
  readonly #refusal = new Float64Array(5);
  #threads: number;

  constructor(binding: Binding, tiers: readonly string[], tier: string, threads: number) {
    this.#binding = binding;
    this.tiers = tiers;
    this.tier = tier;
    this.#tier = tierIndex(tiers, tier);
    this.#threads = threads;
    this.#memory = new NativeMemory(binding);
    this.#wire = new WireFormat(binding.signatures());
  }

  get threads(): number {
    return this.#threads;
  }
  set threads(threads: number) {
    this.#threads = Math.max(1, Math.min(64, Math.trunc(threads)));
  }

  allocate(bytes: number, options: { dense?: boolean } = {}): BufferHandle {
    return this.#memory.allocate(bytes, options.dense === true);
  }

  free(buffer: BufferHandle): void {
    this.#memory.free(buffer);
  }

  write(buffer: BufferHandle, byteOffset: number, bytes: Uint8Array): void {
    this.#memory.write(buffer, byteOffset, bytes);
  }

  read(buffer: BufferHandle, byteOffset: number, into: Uint8Array): void {
    this.#memory.read(buffer, byteOffset, into);
  }

  compile(commands: readonly Command[], options: { tier?: string } = {}): ListHandle {
    const tier = options.tier === undefined ? this.#tier : tierIndex(this.tiers, options.tier);
    const id = this.#binding.compile(this.#wire.program(commands), tier, this.#refusal);
    if (id === 0) throw refusal(this.#refusal, (at) => commands[at]?.kernel);
    const list = new NativeList(id, commands);
    freedWith(this.#binding, heldKinds.list, id, list);
    return list;
  }

  execute(list: ListHandle, registers: Float64Array = noRegisters, control?: Int32Array): void {
    const { id, kernels } = this.#ready(list);
    const code = this.#binding.execute(id, registers, this.#threads, control, this.#refusal);
    if (code !== codes.ok) throw refusal(this.#refusal, (at) => kernels[at]);
  }

  executeOnce(command: Command): void {
    const code = this.#binding.executeOnce(this.#wire.single(command), this.#tier, this.#threads, this.#refusal);
    if (code !== codes.ok) throw refusal(this.#refusal, () => command.kernel);
  }

  async executeAsync(list: ListHandle, registers: Float64Array = noRegisters, control?: Int32Array): Promise<void> {
    const { id, kernels, use } = this.#ready(list);
    use.count(1);
    try {
      const result = await this.#binding.executeAsync(id, registers, this.#threads, control);
      if (result[0] !== codes.ok) throw refusal(result, (at) => kernels[at]);
    } finally {
      use.count(-1);
    }
  }

  #ready(list: ListHandle): NativeList {
    if (!(list instanceof NativeList) || list.gone) throw new InkstoneError("E_PROGRAM", { kernel: "execute", why: "there is no such list" });
    list.use.check();
    return list;
  }

  freeList(list: ListHandle): void {
    if (!(list instanceof NativeList) || list.gone) throw new InkstoneError("E_PROGRAM", { kernel: "freeList", why: "there is no such list" });
    list.gone = true;
    notFreedWith(list);
    this.#binding.freeList(list.id);
  }

  createService(name: string, configuration: Uint8Array): ServiceHandle {
    return this.#service(
      name,
      onService(name, () => this.#binding.createService(name, configuration)),
    );
  }

  async createServiceAsync(name: string, configuration: Uint8Array): Promise<ServiceHandle> {
    try {
      return this.#service(name, await this.#binding.createServiceAsync(name, configuration));
    } catch (error) {
      throw serviceError(name, error, 0);
    }
  }

  #service(name: string, id: number): ServiceHandle {
    const service = new NativeService(id, name);
    freedWith(this.#binding, heldKinds.service, id, service);
    return service;
  }

  callService(service: ServiceHandle, method: number, input: Uint8Array, output: Uint8Array): number {
    return onService(service.service, () => this.#binding.callService(idOf(service), method, input, output));
  }

  async callServiceAsync(service: ServiceHandle, method: number, input: Uint8Array, outputBytes: number, control?: Int32Array): Promise<Uint8Array> {
    try {
      const { written, output } = await this.#binding.callServiceAsync(idOf(service), method, input, outputBytes, this.#threads, control);
      if (written < 0) throw new Error(tooSmall(-written, outputBytes));
      return output;
    } catch (error) {
      throw serviceError(service.service, error, outputBytes);
    }
  }

  freeService(service: ServiceHandle): void {
    onService(service.service, () => this.#binding.freeService(idOf(service)));
    notFreedWith(service);
  }
}

function idOf(service: ServiceHandle): number {
  return service instanceof NativeService ? service.id : 0;
}

function refusal(
  [code, at, value, limit, reason]: ArrayLike<number> & Iterable<number>,
  kernelAt: (at: number) => KernelName | undefined,
): InkstoneError {
  const kernel = kernelAt(at) ?? "list";
  if (code === codes.panic) return new InkstoneError("E_NATIVE_PANIC", { kernel });
  if (code === codes.cancelled) return new InkstoneError("E_CANCELLED", { what: { en: "The computation", zh: "计算" } });
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
  if (why === "cancelled") return new InkstoneError("E_CANCELLED", { what: { en: "The computation", zh: "计算" } });
  if (why === "memory") return new InkstoneError("E_MEMORY", { needed: bytes });
  if (why === "panic") return new InkstoneError("E_NATIVE_PANIC", { kernel: service }, { cause: error });
  return new InkstoneError("E_SERVICE", { service, why: why === "handle" ? "it was freed" : why }, { cause: error });
}
