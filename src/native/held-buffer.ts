// What both executors keep of a buffer: whether it was freed, and which runs are under way on it. Knows nothing of where it lies.
import { InkstoneError } from "../core/index.ts";
import type { BufferHandle, Command } from "./executor.ts";
import { kernelTable } from "./kernels/index.ts";

/** A buffer of either executor. */
export abstract class HeldBuffer implements BufferHandle {
  readonly bytes: number;
  /** It was given back: nobody may use it. */
  freed = false;
  /** Runs under way that read it, and that write it. */
  reading = 0;
  writing = 0;

  constructor(bytes: number) {
    this.bytes = bytes;
  }
}

let freed = 0;

/** Marks a buffer as given back. */
export function markFreed(buffer: HeldBuffer): void {
  buffer.freed = true;
  freed++;
}

/** What a list touches: its buffers, and whether it writes them. */
export class BufferUse {
  readonly #writes = new Map<HeldBuffer, boolean>();
  readonly #commands: readonly Command[];
  #checked = -1;

  constructor(commands: readonly Command[]) {
    this.#commands = commands;
    for (const { kernel, operands } of commands) {
      const { reads } = kernelTable[kernel];
      for (const [name, { buffer }] of Object.entries(operands)) {
        const held = buffer as HeldBuffer;
        this.#writes.set(held, this.#writes.get(held) === true || !(name in reads));
      }
    }
  }

  /** Throws `E_PROGRAM` where one of the buffers was freed. Looked at again only when any buffer of the process was. */
  check(): void {
    if (this.#checked === freed) return;
    for (const buffer of this.#writes.keys()) {
      if (buffer.freed) throw this.#freed(buffer);
    }
    this.#checked = freed;
  }

  #freed(buffer: HeldBuffer): InkstoneError {
    for (const { kernel, operands } of this.#commands) {
      const name = Object.keys(operands).find((operand) => operands[operand].buffer === buffer);
      if (name !== undefined) return new InkstoneError("E_PROGRAM", { kernel, why: `the buffer of "${name}" was freed` });
    }
    return new InkstoneError("E_PROGRAM", { kernel: "list", why: "one of its buffers was freed" });
  }

  /** Throws `E_RECORDING` where a run under way writes what this reads, or reads what this writes. */
  expectIdle(): void {
    for (const [buffer, writes] of this.#writes) expectIdle(buffer, writes);
  }

  /** A run begins (by 1) or has ended (by -1). */
  count(by: 1 | -1): void {
    for (const [buffer, writes] of this.#writes) {
      if (writes) buffer.writing += by;
      else buffer.reading += by;
    }
  }
}

/** Throws `E_RECORDING` where a run is under way that an access from outside would disturb, or be disturbed by. */
export function expectIdle(buffer: HeldBuffer, writes: boolean): void {
  if (buffer.writing === 0 && !(writes && buffer.reading > 0)) return;
  throw new InkstoneError("E_RECORDING", {
    why: { en: "a run that is under way uses this memory; wait for it", zh: "正在进行的运行占用该内存，请等待其结束" },
  });
}
