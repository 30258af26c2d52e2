// Recordings: a function on tensors run once for its commands, which are fused, planned into one arena, compiled, and run again and again.
/// <reference lib="esnext.disposable" preserve="true" />

import { InkstoneError } from "../../core/index.ts";
import { CONTROL_BYTES, CONTROL_CANCEL, type Command, type ListHandle, type Scalar } from "../../native/index.ts";
import { addressed, storagesOf, type TensorCommand } from "../command.ts";
import type { Device } from "../device.ts";
import { outsideScopes, Scope } from "../scope.ts";
import { recording as recordingNow, type Sink, withSink } from "../sink.ts";
import { Storage } from "../storage.ts";
import { Tensor } from "../tensor.ts";
import { planArena } from "./arena.ts";
import { phasesOf } from "./hazards.ts";
import { type Fusion, fuse } from "./passes/index.ts";
import { RegisterSet } from "./registers.ts";
import { type Arena, arenaMemory } from "./shared-arena.ts";

/** What a recorded function may return: tensors, alone or in arrays and objects. */
export type Outputs = Tensor | readonly Outputs[] | { readonly [name: string]: Outputs };

/** How to record. */
export interface RecordOptions {
  /** Which fusion rules run: all (default), none, or these. */
  readonly fuse?: boolean | readonly Fusion[];
  /** Memory that it shares with other recordings. Default: its own. */
  readonly arena?: Arena;
}

/** A command of a recording; `barrier` false: it may run beside those before it. */
export interface RecordedCommand extends TensorCommand {
  readonly barrier: boolean;
}

/** A recorded list. Its outputs are valid until it runs again or is disposed of. */
export class Recording<O extends Outputs = Outputs> {
  readonly device: Device;
  /** What the function returned. */
  readonly outputs: O;
  /** After fusion, in their order. */
  readonly commands: readonly RecordedCommand[];
  /** Memory of all intermediates and outputs. */
  readonly arenaBytes: number;
  readonly #registers: RegisterSet;
  readonly #addressed: readonly Command[];
  readonly #list: ListHandle;
  readonly #arena: Storage;
  /** Storages whose place it planned: intermediates and outputs. */
  readonly #planned: readonly Storage[];
  /** Lets go of what it uses, and of what was made while it was recorded: they stay as long as the list may run. */
  readonly #release: () => void;
  #disposed = false;
  #running = false;

  /** Use `record`. */
  constructor(
    device: Device,
    outputs: O,
    recorded: readonly TensorCommand[],
    registers: RegisterSet,
    release: () => void,
    options: RecordOptions = {},
  ) {
    const kept = new Set(tensorsIn(outputs).map(({ storage }) => storage));
    const commands = fuse(recorded, kept, options.fuse ?? true);
    const phases = phasesOf(commands);
    const plan = planArena(commands, phases, kept);
    this.device = device;
    this.outputs = outputs;
    this.commands = commands.map((command, i) => ({ ...command, barrier: i === 0 || phases[i] !== phases[i - 1] }));
    this.arenaBytes = plan.bytes;
    this.#registers = registers;
    const storages = [...new Set([...storagesOf(recorded), ...storagesOf(commands), ...kept])];
    this.#planned = storages.filter(({ planned }) => planned);
    this.#release = release;
    this.#arena = options.arena?.holding(plan.bytes) ?? arenaMemory(device, plan.bytes);
    this.#arena.retain();
    try {
      const { buffer } = this.#arena.place;
      for (const [storage, byteOffset] of plan.offsets) storage.put({ buffer, byteOffset });
      this.#addressed = this.commands.map((command) => addressed(command, command.barrier));
      this.#list = this.device.executor.compile(this.#addressed);
    } catch (error) {
      this.#free();
      throw error;
    }
    for (const storage of this.#planned) if (!kept.has(storage)) storage.close("intermediate");
  }

  /**
   * Runs the list with these values of its registers; blocks this thread. `control`: shared words by which another thread cancels it.
   *
   * Errors: `E_REGISTER`, `E_KERNEL`, `E_CANCELLED`, `E_DISPOSED`.
   */
  run(values: Readonly<Record<string, number>> = {}, control?: Int32Array): void {
    this.device.executor.execute(this.#list, this.#begin(values), control);
  }

  /**
   * The same while the event loop goes on. Until it is over nothing that the recording uses may be read, written or disposed of. `signal` cancels it.
   *
   * Errors: as `run`; `E_RECORDING` while another run is under way.
   */
  async runAsync(values: Readonly<Record<string, number>> = {}, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const registers = this.#begin(values);
    const control = new Int32Array(new SharedArrayBuffer(CONTROL_BYTES));
    const cancel = () => void Atomics.store(control, CONTROL_CANCEL, 1);
    if (options.signal?.aborted) cancel();
    options.signal?.addEventListener("abort", cancel, { once: true });
    this.#running = true;
    try {
      await this.device.executor.executeAsync(this.#list, registers, control);
    } finally {
      this.#running = false;
      options.signal?.removeEventListener("abort", cancel);
    }
  }

  /**
   * Runs the list once, command by command, and gives the milliseconds of each kernel, most first: where a step's time goes. Slower than `run`, with the same results.
   * Errors: as `run`.
   */
  profile(values: Readonly<Record<string, number>> = {}): { readonly kernel: string; readonly calls: number; readonly milliseconds: number }[] {
    const registers = this.#begin(values);
    const { executor } = this.device;
    const times = new Map<string, { calls: number; milliseconds: number }>();
    for (const command of this.#addressed) {
      const list = executor.compile([command]);
      const begun = performance.now();
      try {
        executor.execute(list, registers);
      } finally {
        executor.freeList(list);
      }
      const time = times.get(command.kernel) ?? { calls: 0, milliseconds: 0 };
      times.set(command.kernel, { calls: time.calls + 1, milliseconds: time.milliseconds + performance.now() - begun });
    }
    return [...times].map(([kernel, time]) => ({ kernel, ...time })).sort((a, b) => b.milliseconds - a.milliseconds);
  }

  #begin(values: Readonly<Record<string, number>>): Float64Array {
    if (this.#disposed) throw new InkstoneError("E_DISPOSED", { what: { en: "A disposed recording", zh: "已释放的录制" } });
    if (this.#running) throw new InkstoneError("E_RECORDING", { why: { en: "it is running already", zh: "它正在运行" } });
    return this.#registers.values(values);
  }

  /** Frees the list and its arena; the outputs are gone with it. Twice is once. */
  dispose(): void {
    if (this.#disposed) return;
    if (this.#running) throw new InkstoneError("E_RECORDING", { why: { en: "it is still running", zh: "它仍在运行" } });
    this.#disposed = true;
    this.device.executor.freeList(this.#list);
    this.#free();
    this.#release();
  }

  #free(): void {
    for (const storage of this.#planned) storage.close("disposed");
    this.#arena.release();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * Records what `fn` does on tensors. Nothing is computed while it is recorded; its operations become one list, run by `run`.
 *
 * Tensors made outside (weights, caches, inputs) are used where they lie. Registers are numbers given anew at each run.
 * What `fn` makes lives as long as the recording, also where a `tidy` within `fn` ends before.
 *
 * @example
 * const x = tensor([1, 2]);
 * const twice = record(cpu(), () => add(x, x));
 * x.write([3, 4]);
 * twice.run();
 * twice.outputs.dataSync(); // [6, 8]
 */
export function record<O extends Outputs>(device: Device, fn: (registers: RegisterSet) => O, options: RecordOptions = {}): Recording<O> {
  if (recordingNow()) throw new InkstoneError("E_RECORDING", { why: { en: "another recording is being made", zh: "另一段录制正在进行" } });
  const registers = new RegisterSet();
  const commands: TensorCommand[] = [];
  const held = new Set<Storage>();
  const hold = ({ storage }: Tensor) => {
    if (held.has(storage)) return;
    storage.retain();
    held.add(storage);
  };
  const sink: Sink = {
    result: (on, bytes) => {
      if (on !== device) throw new InkstoneError("E_DEVICE", { operation: "record" });
      return Storage.plan(device, bytes);
    },
    emit(command) {
      for (const size of Object.values<Scalar>(command.sizes)) registers.check(size);
      for (const tensor of Object.values(command.operands)) hold(tensor);
      commands.push(command);
    },
    times: (scalar, factor) => registers.times(scalar, factor),
    atMost: (scalar, maximum, operation) => registers.atMost(scalar, maximum, operation),
  };
  return outsideScopes(() => {
    const scope = new Scope();
    const release = () => {
      scope.end();
      for (const storage of held) storage.release();
    };
    try {
      const outputs = scope.within(() => withSink(sink, () => fn(registers)));
      for (const tensor of tensorsIn(outputs)) hold(tensor);
      return new Recording(device, outputs, commands, registers, release, options);
    } catch (error) {
      release();
      throw error;
    }
  });
}

function tensorsIn(outputs: Outputs): readonly Tensor[] {
  return outputs instanceof Tensor ? [outputs] : Object.values(outputs).flatMap(tensorsIn);
}
