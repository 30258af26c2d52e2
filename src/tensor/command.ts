// Kernel calls on tensors, before they have addresses: what operations emit and recordings keep. Knows no executor.
import { InkstoneError } from "../core/index.ts";
import { type Command, type KernelName, type KernelRow, type KernelTable, kernelTable, type Scalar } from "../native/index.ts";
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

/** Every kernel as a method that hands its command to `emit`, once names, types and devices are checked. */
export function kernelsFor(emit: (command: TensorCommand) => void): Kernels {
  const methods = Object.keys(kernelTable).map((name) => {
    const kernel = name as KernelName;
    return [kernel, (args: Readonly<Record<string, unknown>>) => emit(commandOf(kernel, settled(kernel, args, emit)))] as const;
  });
  return Object.fromEntries(methods) as unknown as Kernels;
}

// Gradients become tensors. A kernel adds to all that it updates or to none: where one holds something, the others, scratch too, begin at zero.
function settled(
  kernel: KernelName,
  args: Readonly<Record<string, unknown>>,
  emit: (command: TensorCommand) => void,
): Readonly<Record<string, unknown>> {
  const gradients = Object.values(args).filter((value) => value instanceof Gradient);
  if (gradients.length === 0) return args;
  const accumulate = gradients.some(({ written, partial }) => written || partial);
  if (accumulate) {
    for (const gradient of gradients) gradient.begin();
    for (const name of Object.keys(kernelTable[kernel].updates ?? {})) {
      const beside = args[name];
      if (!(beside instanceof Gradient)) emit(commandOf("fill", { y: beside, n: (beside as Tensor).size, value: 0 }));
    }
  }
  for (const gradient of gradients) gradient.written = true;
  const tensors = Object.entries(args).map(([name, value]) => [name, value instanceof Gradient ? value.tensor : value] as const);
  return { ...Object.fromEntries(tensors), accumulate };
}

function commandOf(kernel: KernelName, args: Readonly<Record<string, unknown>>): TensorCommand {
  const row = kernelTable[kernel];
  const types = { ...row.reads, ...row.writes, ...row.updates };
  if (args["accumulate"] === true && !row.flags?.includes("accumulate")) throw new Error(`${kernel} cannot add to a gradient`);
  const pick = <T>(names: readonly string[]) => Object.fromEntries(names.map((name) => [name, args[name] as T]));
  const operands = pick<Tensor>(Object.keys(types));
  for (const [name, tensor] of Object.entries(operands)) {
    tensor.alive();
    if (tensor.device !== Object.values(operands)[0].device) throw new InkstoneError("E_DEVICE", { operation: kernel });
    if (!types[name].split("|").includes(tensor.type)) {
      throw new InkstoneError("E_TENSOR_TYPE", { operation: kernel, operand: name, expected: types[name].replace("|", " / "), got: tensor.type });
    }
  }
  const flags = Object.fromEntries((row.flags ?? []).map((flag) => [flag, args[flag] === true]));
  const command = { kernel, operands, sizes: pick<Scalar>(row.sizes), flags };
  return generation() === 0 ? command : { ...command, generation: generation() };
}

/** The command with addresses, for an executor. */
export function addressed(command: TensorCommand, barrier = true): Command {
  const operands = Object.fromEntries(Object.entries(command.operands).map(([name, tensor]) => [name, tensor.operand]));
  const { kernel, sizes, flags } = command;
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
