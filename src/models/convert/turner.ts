// Blocks to values and values to blocks on the kernels, piece by piece, away from the event loop. Knows no files and no models.
import { InkstoneError } from "../../core/index.ts";
import { type BufferHandle, type Executor, type ListHandle, type Operand, sourceTypes } from "../../native/index.ts";

/** Values of a piece, at most. */
export const PIECE_VALUES: number = 1 << 20;

/** Bytes of so many values of a type. */
export const bytesOfType = (count: number, type: number): number => (count / sourceTypes[type].block) * sourceTypes[type].bytes;

/** One at a time; free it. */
export class BlockTurner {
  readonly #executor: Executor;
  readonly #blocks: BufferHandle;
  readonly #values: BufferHandle;
  readonly #lists = new Map<string, ListHandle>();
  readonly #most: number;

  /** `most`: values of a piece, or of the longest row where that is more. */
  constructor(executor: Executor, most: number) {
    this.#executor = executor;
    this.#most = most;
    this.#values = executor.allocate(4 * most);
    this.#blocks = executor.allocate(4 * most);
  }

  /** The values of blocks. Errors: `E_MEMORY`. */
  async values(blocks: Uint8Array, type: number, count: number): Promise<Float32Array> {
    this.#executor.write(this.#blocks, 0, blocks);
    await this.#run("unpackBlocks", type, count);
    const found = new Float32Array(count);
    this.#executor.read(this.#values, 0, new Uint8Array(found.buffer));
    return found;
  }

  /** Blocks of values. Errors: `E_KERNEL` with the place of a value that is not finite. */
  async blocks(values: Float32Array, type: number): Promise<Uint8Array> {
    this.#executor.write(this.#values, 0, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    await this.#run("quantizeBlocks", type, values.length);
    const made = new Uint8Array(bytesOfType(values.length, type));
    this.#executor.read(this.#blocks, 0, made);
    return made;
  }

  dispose(): void {
    for (const list of this.#lists.values()) this.#executor.freeList(list);
    this.#executor.free(this.#values);
    this.#executor.free(this.#blocks);
  }

  async #run(kernel: "unpackBlocks" | "quantizeBlocks", type: number, count: number): Promise<void> {
    if (count > this.#most) throw new InkstoneError("E_MEMORY", { needed: 8 * count });
    const key = `${kernel} ${type}`;
    const list = this.#lists.get(key) ?? this.#compile(kernel, type);
    this.#lists.set(key, list);
    await this.#executor.executeAsync(list, Float64Array.of(count));
  }

  #compile(kernel: "unpackBlocks" | "quantizeBlocks", sourceType: number): ListHandle {
    const [blocks, values] = [{ buffer: this.#blocks, offset: 0, type: "u8" } as const, { buffer: this.#values, offset: 0, type: "f32" } as const];
    const operands: Record<string, Operand> = kernel === "unpackBlocks" ? { source: blocks, y: values } : { x: values, blocks };
    return this.#executor.compile([{ kernel, operands, sizes: { n: { register: 0 }, sourceType } }]);
  }
}
