// Kernel calls on tensors, before they have addresses: what operations emit and recordings keep. Knows no executor.
import { InkstoneError } from "../core/index.ts";
import { type Command, type KernelName, type KernelRow, type KernelTable, kernelTable, type Operand, type Scalar } from "../native/index.ts";
import type { Device } from "./device.ts";
import type { Storage } from "./storage.ts";
import { generation } from "./tape/generation.ts";
import { Gradient } from "./tape/gradient.ts";
import type { Tensor } from "./tensor.ts";

/** One kernel call on tensors. */
export interface TensorCommand {
  readonly kernel: KernelName;
  readonly operands: Readonly<Record<string, Tensor>>;
  readonly sizes: Readonly<Record<string, Scalar>>;
  readonly flags: Readonly<Record<string, boolean>>;
  /** Of commands that compute values again on purpose: they are not taken for the first ones. */
  readonly generation?: number;
}

type Keys<T> = T extends Readonly<Record<string, string>> ? keyof T : never;
type Part<R, K extends string> = K extends keyof R ? R[K] : undefined;
type Names<T> = T extends readonly (infer Name extends string)[] ? Name : never;

/**
 * Arguments of a kernel by name: tensors for operands, scalars for sizes, booleans for flags (default false).
 * Where a `Gradient` stands for what is updated, the flag `accumulate` follows from what it holds already.
 */
export type KernelArguments<R extends KernelRow> = { readonly [K in Keys<R["reads"]> | Keys<R["writes"]>]: Tensor } & {
  readonly [K in Keys<Part<R, "updates">>]: Tensor | Gradient;
} & { readonly [K in Names<R["sizes"]>]: Scalar } & { readonly [K in Names<Part<R, "flags">>]?: boolean };

type Runner<F> = { readonly [K in keyof F]: F[K] extends KernelRow ? (args: KernelArguments<F[K]>) => void : never };

/** Every kernel as a method on tensors. */
export type Kernels = Runner<KernelTable>;

/** A row of the table, taken apart once. */
interface Shape {
  readonly kernel: KernelName;
  readonly operands: readonly { readonly name: string; readonly types: readonly string[] }[];
  /** Operands that a gradient may stand for. */
  readonly updates: readonly string[];
  readonly sizes: readonly string[];
  readonly flags: readonly string[];
}

function shapeOf(kernel: KernelName): Shape {
  const { reads, writes, updates = {}, sizes, flags = [] }: KernelRow = kernelTable[kernel];
  const operands = Object.entries({ ...reads, ...writes, ...updates }).map(([name, types]) => ({ name, types: types.split("|") }));
  return { kernel, operands, updates: Object.keys(updates), sizes, flags };
}

type Arguments = Readonly<Record<string, unknown>>;

/** Every kernel as a method that hands its command to `emit`, once names, types and devices are checked. */
export function kernelsFor(emit: (command: TensorCommand) => void): Kernels {
  const methods = Object.keys(kernelTable).map((name) => {
    const shape = shapeOf(name as KernelName);
    return [name, (args: Arguments) => emit(commandOf(shape, settled(shape, args, emit)))] as const;
  });
  return Object.fromEntries(methods) as unknown as Kernels;
}

const fill = shapeOf("fill");

// Gradients become tensors. A kernel adds to all that it updates or to none: where one holds something, the others, scratch too, begin at zero.
function settled(shape: Shape, args: Arguments, emit: (command: TensorCommand) => void): Arguments {
  if (!shape.updates.some((name) => args[name] instanceof Gradient)) return args;
  const found = shape.updates.map((name) => args[name] as Gradient | Tensor);
  const gradients = found.filter((value) => value instanceof Gradient);
  const accumulate = gradients.some(({ written, partial }) => written || partial);
  if (accumulate) {
    for (const value of found) {
      if (value instanceof Gradient) value.begin();
      else emit(commandOf(fill, { y: value, n: value.size, value: 0 }));
    }
  }
  // A literal that begins with a spread has a hidden class of its own for each property behind it, made anew at every call: the spread comes last.
  const tensors: Record<string, unknown> = { accumulate, ...args };
  for (const name of shape.updates) {
    const value = args[name];
    if (!(value instanceof Gradient)) continue;
    value.written = true;
    tensors[name] = value.tensor;
  }
  tensors["accumulate"] = accumulate;
  return tensors;
}

function commandOf({ kernel, operands: rows, sizes: sizeNames, flags: flagNames }: Shape, args: Arguments): TensorCommand {
  if (args["accumulate"] === true && !flagNames.includes("accumulate")) throw new Error(`${kernel} cannot add to a gradient`);
  const operands: Record<string, Tensor> = {};
  let device: Device | undefined;
  for (const { name, types } of rows) {
    const tensor = args[name] as Tensor;
    tensor.alive();
    device ??= tensor.device;
    if (tensor.device !== device) throw new InkstoneError("E_DEVICE", { operation: kernel });
    if (!types.includes(tensor.type)) {
      throw new InkstoneError("E_TENSOR_TYPE", { operation: kernel, operand: [name], expected: types, got: tensor.type });
    }
    operands[name] = tensor;
  }
  const sizes: Record<string, Scalar> = {};
  for (const name of sizeNames) sizes[name] = args[name] as Scalar;
  const flags: Record<string, boolean> = {};
  for (const name of flagNames) flags[name] = args[name] === true;
  const command = { kernel, operands, sizes, flags };
  return generation() === 0 ? command : { ...command, generation: generation() };
}

/** The command with addresses, for an executor. */
export function addressed(command: TensorCommand, barrier = true): Command {
  const { kernel, sizes, flags } = command;
  const operands: Record<string, Operand> = {};
  for (const name in command.operands) operands[name] = command.operands[name].operand;
  return { kernel, operands, sizes, flags, barrier };
}

/** What a command does to one of its operands. */
export interface Effect {
  readonly name: string;
  readonly tensor: Tensor;
  readonly reads: boolean;
  readonly writes: boolean;
}

/** What a command does to its operands. An accumulator is only written where its command does not accumulate. */
export function effectsOf({ kernel, operands, flags }: TensorCommand): readonly Effect[] {
  const { reads, writes, updates = {} } = kernelTable[kernel];
  const overwrites = flags["accumulate"] === false;
  const effect = (name: string, read: boolean, write: boolean) => ({ name, tensor: operands[name], reads: read, writes: write });
  return [
    ...Object.keys(reads).map((name) => effect(name, true, false)),
    ...Object.keys(writes).map((name) => effect(name, false, true)),
    ...Object.keys(updates).map((name) => effect(name, !overwrites, true)),
  ];
}

/** Whether two tensors share memory. */
export function overlaps(a: Tensor, b: Tensor): boolean {
  return a.storage === b.storage && a.offset < b.offset + b.size && b.offset < a.offset + a.size;
}

/** All storages of a list. */
export function storagesOf(commands: readonly TensorCommand[]): Set<Storage> {
  return new Set(commands.flatMap(({ operands }) => Object.values(operands).map(({ storage }) => storage)));
}
