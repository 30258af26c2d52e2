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
import { BufferUse, expectIdle, HeldBuffer, markFreed } from "../held-buffer.ts";
import type { KernelName } from "../kernels/index.ts";
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

class ReferenceBuffer extends HeldBuffer {
  readonly memory: ArrayBuffer;

  constructor(bytes: number) {
    super(bytes);
    this.memory = new ArrayBuffer(bytes);
  }
}

class ReferenceList implements ListHandle {
  readonly kernels: readonly KernelName[];
  readonly use: BufferUse;
  readonly steps: readonly Step[];
  /** Why it does not run again. */
  refused: "freed" | "poisoned" | undefined;

  constructor(commands: readonly Command[]) {
    this.kernels = commands.map(({ kernel }) => kernel);
    this.steps = commands.map((command) => prepare(command, memoryOf));
    this.use = new BufferUse(commands);
  }
}

class ReferenceServiceHandle implements ServiceHandle {
  readonly service: string;
  readonly twin: ReferenceService;
  busy = false;
  freed = false;

  constructor(service: string, twin: ReferenceService) {
    this.service = service;
    this.twin = twin;
  }
}

const memoryOf = (buffer: BufferHandle) => (buffer instanceof ReferenceBuffer && !buffer.freed ? buffer.memory : undefined);

class ReferenceExecutor implements Executor {
  readonly name = "reference";
  readonly tier = "reference";
  readonly tiers: readonly string[] = ["reference"];
  threads = 1;
  /** Runs under way and waiting: one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #running = 0;

  allocate(bytes: number): BufferHandle {
    try {
      // ArrayBuffer takes NaN for 0.
      if (Number.isNaN(bytes)) throw new RangeError("not a length");
      return new ReferenceBuffer(bytes);
    } catch (cause) {
      throw new InkstoneError("E_MEMORY", { needed: bytes }, { cause });
    }
  }

  free(buffer: BufferHandle): void {
    const held = usable("free", buffer);
    expectIdle(held, true);
    markFreed(held);
  }

  write(buffer: BufferHandle, byteOffset: number, bytes: Uint8Array): void {
    const held = usable("write", buffer);
    expectIdle(held, true);
    bytesOf("write", held, byteOffset, bytes.length).set(bytes);
  }

  read(buffer: BufferHandle, byteOffset: number, into: Uint8Array): void {
    const held = usable("read", buffer);
    expectIdle(held, false);
    into.set(bytesOf("read", held, byteOffset, into.length));
  }

  compile(commands: readonly Command[], options: { tier?: string } = {}): ListHandle {
    const tier = options.tier ?? this.tier;
    if (tier !== this.tier) throw new InkstoneError("E_TIER", { tier, available: this.tier });
    return new ReferenceList(commands);
  }

  execute(handle: ListHandle, registers?: Float64Array, control?: Int32Array): void {
    const list = usableList("execute", handle);
    // A run under way stands between two commands.
    if (this.#running > 0) list.use.expectIdle();
    for (const run of runsOf(list, registers, control)) run();
  }

  executeOnce(command: Command): void {
    this.execute(new ReferenceList([command]));
  }

  async executeAsync(handle: ListHandle, registers: Float64Array = new Float64Array(0), control?: Int32Array): Promise<void> {
    const list = usableList("execute", handle);
    list.use.check();
    const values = registers.slice();
    list.use.count(1);
    this.#running++;
    const before = this.#turn;
    const run = before.then(() => inTurns(runsOf(list, values, control)));
    this.#turn = run.catch(() => undefined);
    try {
      await run;
    } finally {
      this.#running--;
      list.use.count(-1);
    }
  }

  freeList(handle: ListHandle): void {
    usableList("freeList", handle).refused = "freed";
  }

  createService(name: string, configuration: Uint8Array): ServiceHandle {
    const factory = referenceService(name);
    if (factory === undefined) throw new InkstoneError("E_SERVICE", { service: name, why: "there is no such service" });
    return new ReferenceServiceHandle(name, factory(configuration));
  }

  async createServiceAsync(name: string, configuration: Uint8Array): Promise<ServiceHandle> {
    const kept = configuration.slice();
    await nextTurn();
    return this.createService(name, kept);
  }

  callService(handle: ServiceHandle, method: number, input: Uint8Array, output: Uint8Array): number {
    return usableService(handle).twin.call(method, input, output);
  }

  async callServiceAsync(handle: ServiceHandle, method: number, input: Uint8Array, outputBytes: number, control?: Int32Array): Promise<Uint8Array> {
    const entry = usableService(handle);
    entry.busy = true;
    try {
      const output = new Uint8Array(outputBytes);
      const written = await inPieces(entry.twin, method, input.slice(), output, control);
      if (written < 0) throw new InkstoneError("E_SERVICE", { service: entry.service, why: tooSmall(-written, outputBytes) });
      return output.subarray(0, written);
    } finally {
      entry.busy = false;
    }
  }

  freeService(handle: ServiceHandle): void {
    if (!(handle instanceof ReferenceServiceHandle) || handle.freed)
      throw new InkstoneError("E_SERVICE", { service: handle.service, why: "it was freed" });
    handle.freed = true;
  }
}

// The commands of a list, ready to run one after the other.
function* runsOf(list: ReferenceList, registers: Float64Array = new Float64Array(0), control?: Int32Array): Generator<() => void> {
  if (list.refused === "poisoned") throw misfit("list", "a kernel failed in this list before; it will not run again");
  // As on the native side: a list that does not fit is refused before anything of it runs.
  list.use.check();
  for (const step of list.steps) step.bind(registers);
  const look = () => {
    if (control && Atomics.load(control, CONTROL_CANCEL) !== 0)
      throw new InkstoneError("E_CANCELLED", { what: { en: "The computation", zh: "计算" } });
  };
  for (const [done, step] of list.steps.entries()) {
    yield () => {
      look();
      runStep(list, step, look);
      if (control) Atomics.store(control, CONTROL_PROGRESS, done + 1);
    };
  }
}

function runStep(list: ReferenceList, step: Step, look: () => void): void {
  try {
    step.run({ look });
  } catch (cause) {
    if (cause instanceof InkstoneError) throw cause;
    list.refused = "poisoned";
    throw new InkstoneError("E_NATIVE_PANIC", { kernel: step.kernel }, { cause });
  }
}

// The event loop goes on between two commands.
async function inTurns(runs: Iterable<() => void>): Promise<void> {
  let begun = performance.now();
  for (const run of runs) {
    run();
    if (performance.now() - begun < PIECE) continue;
    await nextTurn();
    begun = performance.now();
  }
}

function usable(operation: string, handle: BufferHandle): ReferenceBuffer {
  if (handle instanceof ReferenceBuffer && !handle.freed) return handle;
  throw misfit(operation, "there is no such buffer");
}

function usableList(operation: string, handle: ListHandle): ReferenceList {
  if (handle instanceof ReferenceList && handle.refused !== "freed") return handle;
  throw misfit(operation, "there is no such list");
}

function usableService(handle: ServiceHandle): ReferenceServiceHandle {
  const freed = !(handle instanceof ReferenceServiceHandle) || handle.freed;
  if (freed) throw new InkstoneError("E_SERVICE", { service: handle.service, why: "it was freed" });
  if (handle.busy) throw new InkstoneError("E_SERVICE", { service: handle.service, why: "the service is busy with another call" });
  return handle;
}

function bytesOf(operation: string, { memory }: ReferenceBuffer, at: number, length: number): Uint8Array {
  if (!(Number.isSafeInteger(at) && at >= 0 && at + length <= memory.byteLength)) {
    throw misfit(operation, `bytes ${at} to ${at + length} lie outside the ${memory.byteLength} of the buffer`);
  }
  return new Uint8Array(memory, at, length);
}

// The event loop goes on between two pieces; the cancel word is looked at there.
async function inPieces(service: ReferenceService, method: number, input: Uint8Array, output: Uint8Array, control?: Int32Array): Promise<number> {
  await nextTurn();
  const pieces = service.pieces?.(method, input, output);
  if (pieces === undefined) return service.call(method, input, output);
  for (;;) {
    if (control && Atomics.load(control, CONTROL_CANCEL) !== 0)
      throw new InkstoneError("E_CANCELLED", { what: { en: "The computation", zh: "计算" } });
    const { done, value } = pieces.next();
    if (done) return value;
    if (control) Atomics.add(control, CONTROL_PROGRESS, value);
    await nextTurn();
  }
}

function misfit(kernel: string, why: string): InkstoneError {
  return new InkstoneError("E_PROGRAM", { kernel, why });
}
