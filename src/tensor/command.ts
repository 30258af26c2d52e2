// Kernel calls on tensors, before they have addresses: what operations emit and recordings keep. Knows no executor.
import { InkstoneError } from "../core/index.ts";
import {
  type activationKernels,
  type attentionKernels,
  type Command,
  type KernelName,
  type KernelRow,
  kernelTable,
  type linearKernels,
  type Scalar,
  type scoringKernels,
} from "../native/index.ts";
import type { Storage } from "./storage.ts";
import type { Tensor } from "./tensor.ts";

/** One kernel call on tensors. */
export interface TensorCommand {
  readonly kernel: KernelName;
  readonly operands: Readonly<Record<string, Tensor>>;
  readonly sizes: Readonly<Record<string, Scalar>>;
  readonly flags: Readonly<Record<string, boolean>>;
}

type Keys<T> = T extends Readonly<Record<string, string>> ? keyof T : never;
type Part<R, K extends string> = K extends keyof R ? R[K] : undefined;
type Names<T> = T extends readonly (infer Name extends string)[] ? Name : never;

/** Arguments of a kernel by name: tensors for operands, scalars for sizes, booleans for flags (default false). */
export type KernelArguments<R extends KernelRow> = { readonly [K in Keys<R["reads"]> | Keys<R["writes"]> | Keys<Part<R, "updates">>]: Tensor } & {
  readonly [K in Names<R["sizes"]>]: Scalar;
} & { readonly [K in Names<Part<R, "flags">>]?: boolean };

type Runner<F> = { readonly [K in keyof F]: F[K] extends KernelRow ? (args: KernelArguments<F[K]>) => void : never };

/** Every kernel as a method on tensors. */
export type Kernels = Runner<typeof activationKernels> &
  Runner<typeof attentionKernels> &
  Runner<typeof linearKernels> &
  Runner<typeof scoringKernels>;

/** Every kernel as a method that hands its command to `emit`, once names, types and devices are checked. */
export function kernelsFor(emit: (command: TensorCommand) => void): Kernels {
  const methods = Object.keys(kernelTable).map((name) => {
    const kernel = name as KernelName;
    return [kernel, (args: Readonly<Record<string, unknown>>) => emit(commandOf(kernel, args))] as const;
  });
  return Object.fromEntries(methods) as unknown as Kernels;
}

function commandOf(kernel: KernelName, args: Readonly<Record<string, unknown>>): TensorCommand {
  const row = kernelTable[kernel];
  const types = { ...row.reads, ...row.writes, ...row.updates };
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
  return { kernel, operands, sizes: pick<Scalar>(row.sizes), flags };
}

/** The command with addresses, for an executor. */
export function addressed(command: TensorCommand, barrier = true): Command {
  const operands = Object.fromEntries(Object.entries(command.operands).map(([name, tensor]) => [name, tensor.operand]));
  return { ...command, operands, barrier };
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
