// The reference executor: every kernel in plain TypeScript. The oracle of the tests, and the fallback where no native build is at hand.
import { setImmediate as nextTurn } from "node:timers/promises";
import { InkstoneError } from "../../core/index.ts";
import {
  type BufferHandle,
  CONTROL_CANCEL,
  CONTROL_PROGRESS,
  type Command,
  type Executor,
  type ListHandle,
  type ServiceHandle,
} from "../executor.ts";
import { tooSmall } from "../services.ts";
import { prepare, type Step } from "./program.ts";
import type { ReferenceService } from "./service.ts";
import { referenceService } from "./services.ts";

/**
 * An executor in TypeScript alone: right, readable, slow, on one thread. Memory is the JavaScript engine's, committed when touched.
 *
 * Errors: those of `Executor`. A kernel that fails inside gives `E_NATIVE_PANIC` with the cause.
 *
 * @example
 * createReferenceExecutor().tier; // "reference"
 */
export function createReferenceExecutor(): Executor {
  return new ReferenceExecutor();
}

/** Milliseconds that commands run before the event loop has its turn. */
const PIECE = 20;

class ReferenceExecutor implements Executor {
  readonly name = "reference";
  readonly tier = "reference";
  readonly tiers: readonly string[] = ["reference"];
  threads = 1;
  readonly #buffers = new Map<BufferHandle, ArrayBuffer>();
  readonly #lists = new Map<ListHandle, readonly Step[]>();
  /** Lists in which a kernel failed inside. */
  readonly #poisoned = new Set<ListHandle>();
  readonly #services = new Map<ServiceHandle, { name: string; service: ReferenceService; busy: boolean }>();
  #handles = 0;

  allocate(bytes: number): BufferHandle {
    try {
      // ArrayBuffer takes NaN for 0.
      if (Number.isNaN(bytes)) throw new RangeError("not a length");
      const memory = new ArrayBuffer(bytes);
      this.#buffers.set(++this.#handles, memory);
      return this.#handles;
    } catch (cause) {
      throw new InkstoneError("E_MEMORY", { needed: bytes }, { cause });
    }
  }

  free(buffer: BufferHandle): void {
    if (!this.#buffers.delete(buffer)) throw misfit("free", `there is no buffer ${buffer}`);
  }

  write(buffer: BufferHandle, byteOffset: number, bytes: Uint8Array): void {
    this.#bytes("write", buffer, byteOffset, bytes.length).set(bytes);
  }

  read(buffer: BufferHandle, byteOffset: number, into: Uint8Array): void {
    into.set(this.#bytes("read", buffer, byteOffset, into.length));
  }

  compile(commands: readonly Command[], options: { tier?: string } = {}): ListHandle {
    const tier = options.tier ?? this.tier;
    if (tier !== this.tier) throw new InkstoneError("E_TIER", { tier, available: this.tier });
    const steps = commands.map((command) => prepare(command, (buffer) => this.#buffers.get(buffer)));
    this.#lists.set(++this.#handles, steps);
    return this.#handles;
  }

  execute(handle: ListHandle, registers?: Float64Array, control?: Int32Array): void {
    for (const run of this.#runs(handle, registers, control)) run();
  }

  async executeAsync(handle: ListHandle, registers?: Float64Array, control?: Int32Array): Promise<void> {
    let begun = performance.now();
    for (const run of this.#runs(handle, registers, control)) {
      run();
      if (performance.now() - begun < PIECE) continue;
      await nextTurn();
      begun = performance.now();
    }
  }

  // The commands of a list, ready to run one after the other.
  *#runs(handle: ListHandle, registers: Float64Array = new Float64Array(0), control?: Int32Array): Generator<() => void> {
    const steps = this.#lists.get(handle);
    if (steps === undefined) throw misfit("execute", `there is no list ${handle}`);
    if (this.#poisoned.has(handle)) throw misfit("list", "a kernel failed in this list before; it will not run again");
    // As on the native side: a list that does not fit is refused before anything of it runs.
    for (const step of steps) {
      const gone = step.buffers.find((buffer) => !this.#buffers.has(buffer));
      if (gone !== undefined) throw misfit(step.kernel, `buffer ${gone} was freed`);
      step.bind(registers);
    }
    const look = () => {
      if (control && Atomics.load(control, CONTROL_CANCEL) !== 0) throw new InkstoneError("E_CANCELLED", { what: "The computation" });
    };
    for (const [done, step] of steps.entries()) {
      yield () => {
        look();
        this.#run(handle, step, look);
        if (control) Atomics.store(control, CONTROL_PROGRESS, done + 1);
      };
    }
  }

  #run(handle: ListHandle, step: Step, look: () => void): void {
    try {
      step.run({ look });
    } catch (cause) {
      if (cause instanceof InkstoneError) throw cause;
      this.#poisoned.add(handle);
      throw new InkstoneError("E_NATIVE_PANIC", { kernel: step.kernel }, { cause });
    }
  }

  freeList(list: ListHandle): void {
    this.#poisoned.delete(list);
    if (!this.#lists.delete(list)) throw misfit("freeList", `there is no list ${list}`);
  }

  createService(name: string, configuration: Uint8Array): ServiceHandle {
    const factory = referenceService(name);
    if (factory === undefined) throw new InkstoneError("E_SERVICE", { service: name, why: "there is no such service" });
    this.#services.set(++this.#handles, { name, service: factory(configuration), busy: false });
    return this.#handles;
  }

  async createServiceAsync(name: string, configuration: Uint8Array): Promise<ServiceHandle> {
    const kept = configuration.slice();
    await nextTurn();
    return this.createService(name, kept);
  }

  callService(handle: ServiceHandle, method: number, input: Uint8Array, output: Uint8Array): number {
    return this.#ready(handle).service.call(method, input, output);
  }

  async callServiceAsync(handle: ServiceHandle, method: number, input: Uint8Array, outputBytes: number, control?: Int32Array): Promise<Uint8Array> {
    const entry = this.#ready(handle);
    entry.busy = true;
    try {
      const output = new Uint8Array(outputBytes);
      const written = await inPieces(entry.service, method, input.slice(), output, control);
      if (written < 0) throw new InkstoneError("E_SERVICE", { service: entry.name, why: tooSmall(-written, outputBytes) });
      return output.subarray(0, written);
    } finally {
      entry.busy = false;
    }
  }

  #ready(handle: ServiceHandle): { name: string; service: ReferenceService; busy: boolean } {
    const entry = this.#services.get(handle);
    if (entry === undefined) throw new InkstoneError("E_SERVICE", { service: String(handle), why: "it was freed" });
    if (entry.busy) throw new InkstoneError("E_SERVICE", { service: entry.name, why: "the service is busy with another call" });
    return entry;
  }

  freeService(service: ServiceHandle): void {
    if (!this.#services.delete(service)) throw new InkstoneError("E_SERVICE", { service: String(service), why: "it was freed" });
  }

  #bytes(operation: string, buffer: BufferHandle, at: number, length: number): Uint8Array {
    const memory = this.#buffers.get(buffer);
    if (memory === undefined) throw misfit(operation, `there is no buffer ${buffer}`);
    if (!(Number.isSafeInteger(at) && at >= 0 && at + length <= memory.byteLength)) {
      throw misfit(operation, `bytes ${at} to ${at + length} lie outside the ${memory.byteLength} of the buffer`);
    }
    return new Uint8Array(memory, at, length);
  }
}

// The event loop goes on between two pieces; the cancel word is looked at there.
async function inPieces(service: ReferenceService, method: number, input: Uint8Array, output: Uint8Array, control?: Int32Array): Promise<number> {
  await nextTurn();
  const pieces = service.pieces?.(method, input, output);
  if (pieces === undefined) return service.call(method, input, output);
  for (;;) {
    if (control && Atomics.load(control, CONTROL_CANCEL) !== 0) throw new InkstoneError("E_CANCELLED", { what: "The computation" });
    const { done, value } = pieces.next();
    if (done) return value;
    if (control) Atomics.add(control, CONTROL_PROGRESS, value);
    await nextTurn();
  }
}

function misfit(kernel: string, why: string): InkstoneError {
  return new InkstoneError("E_PROGRAM", { kernel, why });
}
