// Commands checked against the kernel table and made ready to call. Knows buffers by length only through the views it is given.
import { InkstoneError } from "../../core/index.ts";
import type { BufferHandle, Command, Operand, Scalar } from "../executor.ts";
import { type ElementType, type KernelName, kernelTable, type ReferenceRun } from "../kernels/index.ts";
import { activation } from "./activation.ts";
import { attention } from "./attention.ts";
import { blocks } from "./blocks/index.ts";
import { extentsOf } from "./extents.ts";
import { bf16Runs, f32Runs } from "./floats.ts";
import { linear } from "./linear.ts";
import { scoring } from "./scoring.ts";
import { type Extents, Misfit } from "./sizes.ts";
import { arrange } from "./training/arrange.ts";
import { embed } from "./training/embed.ts";
import { flash } from "./training/flash.ts";
import { loss } from "./training/loss.ts";
import { matmul } from "./training/matmul.ts";
import { normalize } from "./training/normalize.ts";
import { optimize } from "./training/optimize.ts";
import { pointwise } from "./training/pointwise.ts";
import { recurrent } from "./training/recurrent.ts";
import { reduce } from "./training/reduce.ts";
import { select } from "./training/select.ts";
import { window } from "./training/window.ts";

type Twin = (args: Record<string, unknown>, run: ReferenceRun) => void;

// The families are typed row by row; a command names its kernel only at run time.
const twins = {
  ...activation,
  ...attention,
  ...blocks,
  ...linear,
  ...scoring,
  ...pointwise,
  ...reduce,
  ...arrange,
  ...matmul,
  ...flash,
  ...recurrent,
  ...normalize,
  ...loss,
  ...embed,
  ...window,
  ...select,
  ...optimize,
} as unknown as Readonly<Record<KernelName, Twin>>;

const elementBytes: Readonly<Record<ElementType, number>> = { f32: 4, bf16: 2, i32: 4, u8: 1 };

/** Registers of a list: as many as the native side takes. */
const MOST_REGISTERS = 256;

/** A command that only needs its registers. */
export interface Step {
  readonly kernel: KernelName;
  /** Takes the values of its registers. Errors: `E_PROGRAM` where they do not fit. */
  bind(registers: Float64Array): void;
  /** Runs with what it was bound to last. */
  run(run: ReferenceRun): void;
}

/**
 * Checks a command and binds its views.
 *
 * Errors: `E_PROGRAM` where it does not fit the table or its buffers.
 */
export function prepare(command: Command, memory: (buffer: BufferHandle) => ArrayBuffer | undefined): Step {
  const row = kernelTable[command.kernel];
  const refuse = (why: string): never => {
    throw new InkstoneError("E_PROGRAM", { kernel: String(command.kernel), why });
  };
  if (row === undefined) return refuse("there is no such kernel");
  const types = { ...row.reads, ...row.writes, ...row.updates };
  sameNames("operand", Object.keys(types), Object.keys(command.operands), refuse);
  sameNames("size", row.sizes, Object.keys(command.sizes), refuse);
  for (const flag of Object.keys(command.flags ?? {})) if (!row.flags?.includes(flag)) refuse(`it has no flag ${flag}`);

  const args: Record<string, unknown> = {};
  for (const flag of row.flags ?? []) args[flag] = command.flags?.[flag] ? 1 : 0;
  const views: Record<string, View> = {};
  for (const [name, accepted] of Object.entries(types)) {
    const operand = command.operands[name];
    if (!accepted.split("|").includes(operand.type)) refuse(`${name} is ${operand.type}, not ${accepted}`);
    const view = viewOf(operand, memory(operand.buffer)) ?? refuse(`${name} lies outside its buffer`);
    views[name] = view;
  }
  const registers = Object.values(command.sizes).flatMap((size) => (typeof size === "number" ? [] : [size.register]));
  for (const register of registers) {
    if (!(Number.isInteger(register) && register >= 0 && register < MOST_REGISTERS)) refuse(`register ${register} is asked for`);
  }
  const bind = (values: Float64Array) => {
    const { sizes, extents } = bindSizes(command, views, values, refuse);
    // A kernel sees what is its operand's, not the rest of the buffer: what lies there is another's.
    for (const [name, view] of Object.entries(views)) {
      const own = view.subarray(0, extents[name]);
      args[name] = types[name].includes("|") ? runsOf(own) : own;
    }
    Object.assign(args, sizes);
  };
  if (registers.length === 0) bind(new Float64Array(0));
  return {
    kernel: command.kernel,
    bind,
    run: (run) => twins[command.kernel](args, run),
  };
}

function sameNames(what: string, expected: readonly string[], got: readonly string[], refuse: (why: string) => never): void {
  for (const name of expected) if (!got.includes(name)) refuse(`${what} ${name} is missing`);
  for (const name of got) if (!expected.includes(name)) refuse(`it has no ${what} ${name}`);
}

function bindSizes(
  command: Command,
  views: Readonly<Record<string, View>>,
  registers: Float64Array,
  refuse: (why: string) => never,
): { sizes: Record<string, number>; extents: Extents } {
  const value = (size: Scalar) => (typeof size === "number" ? size : (registers[size.register] ?? refuse(`there is no register ${size.register}`)));
  const sizes = Object.fromEntries(Object.entries(command.sizes).map(([name, size]) => [name, value(size)]));
  try {
    const extents = extentsOf(command.kernel, sizes);
    for (const [name, { length }] of Object.entries(views)) {
      const needed = extents[name] ?? refuse(`nothing says how much of ${name} it touches`);
      if (needed > length) refuse(`${name} needs ${needed} elements, ${length} are there`);
    }
    expectApart(command.kernel, views, extents, refuse);
    return { sizes, extents };
  } catch (error) {
    if (error instanceof Misfit) return refuse(error.message);
    throw error;
  }
}

// As on the native side: what is written overlaps nothing, but for pairs that the row names.
function expectApart(kernel: KernelName, views: Readonly<Record<string, View>>, extents: Extents, refuse: (why: string) => never): void {
  const { reads, aliases = [] } = kernelTable[kernel];
  const names = Object.keys(views);
  for (const [i, written] of names.entries()) {
    if (written in reads) continue;
    for (const [j, other] of names.entries()) {
      if (i === j || (!(other in reads) && j > i)) continue;
      const [mine, theirs] = [views[written], views[other]];
      if (mine.buffer !== theirs.buffer || extents[written] === 0 || extents[other] === 0) continue;
      const [end, otherEnd] = [mine, theirs].map((view, at) => view.byteOffset + extents[[written, other][at]] * view.BYTES_PER_ELEMENT);
      if (mine.byteOffset >= otherEnd || theirs.byteOffset >= end) continue;
      const same = mine.byteOffset === theirs.byteOffset && end === otherEnd;
      if (!(same && aliases.some(([first, second]) => first === written && second === other))) {
        refuse(`${written}, which is written, lies on top of ${other}`);
      }
    }
  }
}

type View = Float32Array | Uint16Array | Int32Array | Uint8Array;

function viewOf({ offset, type }: Operand, memory: ArrayBuffer | undefined): View | undefined {
  const at = offset * elementBytes[type];
  if (memory === undefined || !Number.isSafeInteger(offset) || offset < 0 || at > memory.byteLength) return undefined;
  const length = Math.floor((memory.byteLength - at) / elementBytes[type]);
  if (type === "f32") return new Float32Array(memory, at, length);
  if (type === "i32") return new Int32Array(memory, at, length);
  return type === "u8" ? new Uint8Array(memory, at, length) : new Uint16Array(memory, at, length);
}

const runsOf = (view: View) => (view instanceof Uint16Array ? bf16Runs(view) : f32Runs(view as Float32Array));
