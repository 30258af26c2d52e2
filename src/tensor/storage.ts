// Memory behind tensors: owned buffers, counted and freed; and places in the arena of a recording, known once it is planned. Knows no shapes.
import { InkstoneError } from "../core/index.ts";
import type { BufferHandle } from "../native/index.ts";
import type { Device } from "./device.ts";

/** Where a storage lies: a buffer, and the byte at which it begins there. */
export interface Place {
  readonly buffer: BufferHandle;
  readonly byteOffset: number;
}

const disposed = { en: "A disposed tensor", zh: "已释放的张量" };
const overwritten = { en: "An intermediate of a recording", zh: "录制过程的中间张量" };
const unknown = { en: "values are not known before it runs", zh: "运行之前数值未知" };

/** One operation that has run, as a backward pass finds it. */
export interface Step {
  /** Rises with every operation of the program: gradients go through steps in falling order. */
  readonly order: number;
  readonly operation: string;
  /** The graph goes on through these. */
  readonly inputs: readonly Storage[];
  readonly results: readonly Storage[];
  /** Adds the gradients of the inputs. Errors: `E_GRADIENT`. `sums` are `GradientSums`. */
  backward(sums: object): void;
  /** Lets go of its tensors; from then on `backward` is refused. */
  release(): void;
}

/** What the tape knows of a storage. */
export interface Tracking {
  /** A parameter or an input whose gradient is wanted. */
  leaf: boolean;
  /** Steps that made or changed its values, in their order. */
  readonly steps: Step[];
  /** Of a leaf: its whole gradient, kept from one `backward` to the next. */
  gradient: Storage | undefined;
}

/** Memory of one or more tensors. Owned storages are counted by their tensors and freed with the last; planned ones belong to a recording. */
export class Storage {
  readonly device: Device;
  readonly bytes: number;
  /** How often an operation or the program has changed its values in place. */
  version = 0;
  /** What the tape keeps of it: it goes with it. */
  tracking: Tracking | undefined;
  readonly #owned: boolean;
  #place: Place | undefined;
  #gone: typeof disposed | undefined;
  #users = 0;

  private constructor(device: Device, bytes: number, place: Place | undefined) {
    this.device = device;
    this.bytes = bytes;
    this.#owned = place !== undefined;
    this.#place = place;
  }

  /** Allocates zeroed memory; `dense` as in `TensorOptions`. Errors: `E_MEMORY`. */
  static own(device: Device, bytes: number, dense: boolean = false): Storage {
    const buffer = device.executor.allocate(Math.max(bytes, 1), { dense });
    return new Storage(device, bytes, { buffer, byteOffset: 0 });
  }

  /** A storage whose place a recording gives later. */
  static plan(device: Device, bytes: number): Storage {
    return new Storage(device, bytes, undefined);
  }

  /** Where it lies. Errors: `E_DISPOSED`; `E_RECORDING` while its recording is still being made. */
  get place(): Place {
    if (this.#gone) throw new InkstoneError("E_DISPOSED", { what: this.#gone });
    if (this.#place === undefined) throw new InkstoneError("E_RECORDING", { why: unknown });
    return this.#place;
  }

  /** Whether the recording that is being made is to plan its place: an intermediate or an output. What another recording has placed lies where it lies. */
  get planned(): boolean {
    return this.#place === undefined;
  }

  /** For the recording that plans it: its place. */
  put(place: Place): void {
    this.#place = place;
  }

  /** For the recording that plans it: from now on its values are another's (an intermediate), or its memory is gone. */
  close(reason: "intermediate" | "disposed"): void {
    this.#gone = reason === "disposed" ? disposed : overwritten;
  }

  /** One more tensor uses it. Errors: `E_DISPOSED`. */
  retain(): void {
    if (this.#gone) throw new InkstoneError("E_DISPOSED", { what: this.#gone });
    this.#users++;
  }

  /** One tensor less; the last one frees an owned buffer. What is never released is freed when nobody can reach it. */
  release(): void {
    if (--this.#users > 0 || !this.#owned || this.#gone) return;
    this.device.executor.free(this.place.buffer);
    this.#gone = disposed;
  }
}
