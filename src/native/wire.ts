// Commands as the native side reads them: numbers. Names become positions here; whoever misses an operand or a size, or names one too many, is refused.
import { InkstoneError } from "../core/index.ts";
import type { Command } from "./executor.ts";
import { type ElementType, type KernelName, kernelTable } from "./kernels/index.ts";
import { NativeBuffer } from "./native-memory.ts";

const VERSION = 2;
const typeCodes: Readonly<Record<ElementType, number>> = { f32: 0, bf16: 1, i32: 2, u8: 3 };

interface Layout {
  readonly wire: number;
  readonly operands: readonly string[];
  readonly sizes: readonly string[];
  readonly flags: readonly string[];
}

/** The wire format of a native part: version, count of commands, then each: kernel, barrier, operands (address, bytes, offset, type), scalars (register?, value). */
export class WireFormat {
  readonly #layouts = new Map<KernelName, Layout>();
  /** Room for one command, used again and again. */
  readonly #single: Float64Array;

  constructor(signatures: readonly string[]) {
    const wires = new Map(signatures.map((signature, index) => [signature.slice(0, signature.indexOf("(")), index]));
    let most = 0;
    for (const [name, { reads, writes, updates, sizes, flags = [] }] of Object.entries(kernelTable)) {
      const operands = Object.keys({ ...reads, ...writes, ...updates });
      this.#layouts.set(name as KernelName, { wire: wires.get(name) ?? -1, operands, sizes, flags });
      most = Math.max(most, 4 * operands.length + 2 * (sizes.length + flags.length));
    }
    this.#single = new Float64Array(6 + most);
    this.#single.set([VERSION, 1]);
  }

  /** A list of commands. Errors: `E_PROGRAM`. */
  program(commands: readonly Command[]): Float64Array {
    const words: number[] = [VERSION, commands.length];
    for (const command of commands) this.#encode(command, words, words.length);
    return Float64Array.from(words);
  }

  /** One command alone; valid until the next is asked for. Errors: `E_PROGRAM`. */
  single(command: Command): Float64Array {
    this.#encode(command, this.#single, 2);
    return this.#single;
  }

  #encode(command: Command, words: { [index: number]: number }, from: number): void {
    const { kernel, operands, sizes, flags } = command;
    const layout = this.#layouts.get(kernel);
    if (layout === undefined) throw misfit(String(kernel), "there is no such kernel");
    expectKnown(command, layout);
    let at = from;
    words[at++] = layout.wire;
    words[at++] = command.barrier === false ? 0 : 1;
    words[at++] = layout.operands.length;
    for (const name of layout.operands) {
      const operand = operands[name];
      if (operand === undefined) throw misfit(kernel, `operand "${name}" is missing`);
      const { buffer, offset, type } = operand;
      if (!(buffer instanceof NativeBuffer)) throw misfit(kernel, `operand "${name}" has no buffer of this executor`);
      if (buffer.freed) throw misfit(kernel, `the buffer of "${name}" was freed`);
      words[at++] = buffer.address;
      words[at++] = buffer.bytes;
      words[at++] = offset;
      words[at++] = typeCodes[type] ?? -1;
    }
    words[at++] = layout.sizes.length + layout.flags.length;
    for (const name of layout.sizes) {
      const size = sizes[name];
      if (size === undefined) throw misfit(kernel, `size "${name}" is missing`);
      words[at++] = typeof size === "number" ? 0 : 1;
      words[at++] = typeof size === "number" ? size : size.register;
    }
    for (const name of layout.flags) {
      words[at++] = 0;
      words[at++] = flags?.[name] ? 1 : 0;
    }
  }
}

// What is missing is found when it is asked for; what is too much only by looking at all names.
function expectKnown({ kernel, operands, sizes, flags }: Command, layout: Layout): void {
  for (const name in operands) if (!layout.operands.includes(name)) throw misfit(kernel, `it has no "${name}"`);
  for (const name in sizes) if (!layout.sizes.includes(name)) throw misfit(kernel, `it has no "${name}"`);
  for (const name in flags) if (!layout.flags.includes(name)) throw misfit(kernel, `it has no "${name}"`);
}

function misfit(kernel: string, why: string): InkstoneError {
  return new InkstoneError("E_PROGRAM", { kernel, why });
}
