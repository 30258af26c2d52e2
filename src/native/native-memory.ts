// Memory of native buffers. Ordinary buffers are arrays of the JavaScript engine: it knows their size and collects them in the middle of a synchronous loop,
// without a word from anybody. Dense and very large ones are reserved from the system. Knows no kernels.
import { InkstoneError } from "../core/index.ts";
import type { BufferHandle } from "./executor.ts";
import { expectIdle, HeldBuffer, markFreed } from "./held-buffer.ts";
import { type Binding, freedWith, heldKinds, notFreedWith } from "./loader.ts";

/** Every buffer begins at a multiple of this. */
const ALIGNMENT = 64;
/** Above this many bytes memory is the system's: committed when touched, given back when freed. */
const LARGEST = 1 << 30;
/** From this many bytes on memory that is freed is given back at once; less waits for the engine. */
const PROMPT = 4096;
/** Buffers of at most this many bytes share a block of the engine's memory, which lives as long as one of them: making one costs next to nothing. */
const SMALL = 512;
const BLOCK = 16 << 10;

/** A buffer of the native executor. */
export class NativeBuffer extends HeldBuffer {
  readonly address: number;
  /** The engine's memory in which it lies, and where it begins there; undefined where it is reserved. */
  memory: ArrayBuffer | undefined;
  readonly start: number;

  constructor(bytes: number, address: number, memory?: ArrayBuffer, start = 0) {
    super(bytes);
    this.address = address;
    this.memory = memory;
    this.start = start;
  }
}

/** Gives memory, takes it back, copies in and out. */
export class NativeMemory {
  readonly #binding: Binding;
  /** Where the next small buffer lies, and the bytes left there. */
  #block: { readonly memory: ArrayBuffer; readonly address: number; readonly start: number } | undefined;
  #taken = BLOCK;

  constructor(binding: Binding) {
    this.#binding = binding;
  }

  /** Zeroed memory. Errors: `E_MEMORY`. */
  allocate(bytes: number, dense: boolean): NativeBuffer {
    if (!(Number.isSafeInteger(bytes) && bytes >= 0)) throw new InkstoneError("E_MEMORY", { needed: bytes });
    if (dense || bytes > LARGEST) return this.#reserve(bytes, dense);
    if (bytes <= SMALL) return this.#small(bytes);
    const { memory, address, start } = this.#aligned(bytes);
    return new NativeBuffer(bytes, address, memory, start);
  }

  #small(bytes: number): NativeBuffer {
    const length = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    if (this.#block === undefined || this.#taken + length > BLOCK) {
      this.#block = this.#aligned(BLOCK);
      this.#taken = 0;
    }
    const { memory, address, start } = this.#block;
    const at = this.#taken;
    this.#taken += length;
    return new NativeBuffer(bytes, address + at, memory, start + at);
  }

  #aligned(bytes: number): { memory: ArrayBuffer; address: number; start: number } {
    let memory: ArrayBuffer;
    try {
      memory = new ArrayBuffer(bytes + ALIGNMENT);
    } catch (cause) {
      throw new InkstoneError("E_MEMORY", { needed: bytes }, { cause });
    }
    const address = this.#binding.addressOf(memory);
    const start = (ALIGNMENT - (address % ALIGNMENT)) % ALIGNMENT;
    return { memory, address: address + start, start };
  }

  #reserve(bytes: number, dense: boolean): NativeBuffer {
    const address = this.#binding.reserve(Math.max(bytes, 1), dense);
    if (address === 0) throw new InkstoneError("E_MEMORY", { needed: bytes });
    const buffer = new NativeBuffer(bytes, address);
    freedWith(this.#binding, heldKinds.memory, address, buffer);
    return buffer;
  }

  free(handle: BufferHandle): void {
    const buffer = usable("free", handle);
    expectIdle(buffer, true);
    markFreed(buffer);
    const { memory } = buffer;
    if (memory === undefined) {
      notFreedWith(buffer);
      this.#binding.giveBack(buffer.address);
      return;
    }
    buffer.memory = undefined;
    if (buffer.bytes >= PROMPT) this.#binding.detach(memory);
  }

  write(handle: BufferHandle, byteOffset: number, bytes: Uint8Array): void {
    const buffer = usable("write", handle);
    expectIdle(buffer, true);
    expectInside("write", buffer, byteOffset, bytes.length);
    if (buffer.memory === undefined) this.#binding.write(buffer.address, byteOffset, bytes);
    else new Uint8Array(buffer.memory, buffer.start + byteOffset, bytes.length).set(bytes);
  }

  read(handle: BufferHandle, byteOffset: number, into: Uint8Array): void {
    const buffer = usable("read", handle);
    expectIdle(buffer, false);
    expectInside("read", buffer, byteOffset, into.length);
    if (buffer.memory === undefined) this.#binding.read(buffer.address, byteOffset, into);
    else into.set(new Uint8Array(buffer.memory, buffer.start + byteOffset, into.length));
  }
}

function usable(what: string, handle: BufferHandle): NativeBuffer {
  if (handle instanceof NativeBuffer && !handle.freed) return handle;
  throw new InkstoneError("E_PROGRAM", { kernel: what, why: "there is no such buffer" });
}

function expectInside(what: string, { bytes }: NativeBuffer, offset: number, length: number): void {
  if (Number.isSafeInteger(offset) && offset >= 0 && offset + length <= bytes) return;
  throw new InkstoneError("E_PROGRAM", { kernel: what, why: `bytes ${offset} to ${offset + length} lie outside the ${bytes} of the buffer` });
}
