// Memory that recordings share which never run at the same time: training steps of several batch shapes, evaluation beside them. Knows no commands.
import type { Device } from "../device.ts";
import { Storage } from "../storage.ts";

/** From here on memory lies on large pages: training steps read and write all of it again and again. */
const LARGE = 64 << 20;

/** Memory for the intermediates of recordings. Errors: `E_MEMORY`. */
export function arenaMemory(device: Device, bytes: number): Storage {
  return Storage.own(device, bytes, bytes >= LARGE);
}

/**
 * One block of memory for the intermediates and outputs of several recordings: as large as the largest needs, not as all together.
 * What a recording has put out is valid until any of them runs.
 *
 * @example
 * const arena = new Arena(cpu());
 * const x = tensor([1, 2]);
 * const twice = record(cpu(), () => add(x, x), { arena });
 * const thrice = record(cpu(), () => add(add(x, x), x), { arena });
 * twice.run();
 * twice.outputs.dataSync(); // [2, 4]
 * thrice.run();
 * thrice.outputs.dataSync(); // [3, 6]
 */
export class Arena {
  readonly device: Device;
  #memory: Storage | undefined;

  constructor(device: Device) {
    this.device = device;
  }

  /** Memory of at least so many bytes. Where it must grow it at least doubles; recordings made before keep what they have. Errors: `E_MEMORY`. */
  holding(bytes: number): Storage {
    const held = this.#memory;
    if (held && held.bytes >= bytes) return held;
    const made = arenaMemory(this.device, held ? Math.max(bytes, 2 * held.bytes) : bytes);
    made.retain();
    held?.release();
    this.#memory = made;
    return made;
  }

  /** Gives the memory back once no recording uses it. */
  dispose(): void {
    this.#memory?.release();
    this.#memory = undefined;
  }
}
