// Who writes and who reads each storage of a list: what fusion rules ask. Knows no rules.
import { effectsOf, overlaps, type TensorCommand } from "../command.ts";
import type { Storage } from "../storage.ts";
import { Tensor } from "../tensor.ts";

/** One command touching a storage. */
export interface Touch {
  readonly at: number;
  readonly name: string;
  readonly reads: boolean;
  readonly writes: boolean;
}

/** A list, and which of its storages must keep their values. */
export class Flow {
  readonly commands: readonly TensorCommand[];
  readonly #kept: ReadonlySet<Storage>;
  readonly #touches = new Map<Storage, Touch[]>();

  constructor(commands: readonly TensorCommand[], kept: ReadonlySet<Storage>) {
    this.commands = commands;
    this.#kept = kept;
    for (const [at, command] of commands.entries()) {
      for (const { name, tensor, reads, writes } of effectsOf(command)) {
        const touches = this.#touches.get(tensor.storage) ?? [];
        touches.push({ at, name, reads, writes });
        this.#touches.set(tensor.storage, touches);
      }
    }
  }

  touches(storage: Storage): readonly Touch[] {
    return this.#touches.get(storage) ?? [];
  }

  /** Whether a storage is an intermediate: nobody sees it after the run. */
  temporary(storage: Storage): boolean {
    return storage.planned && !this.#kept.has(storage);
  }

  /**
   * The command that makes operand `input` of command `at`, when it does so for this one reader only, as a whole, and nothing that it reads
   * changes in between: then both may become one command in the place of the second.
   */
  soleProducer(at: number, input: string, kernels: readonly string[], output = "y"): number | undefined {
    const link = this.commands[at].operands[input];
    const [first, second, ...more] = this.touches(link.storage);
    if (!this.temporary(link.storage) || second?.at !== at || more.length > 0) return undefined;
    const producer = this.commands[first.at];
    if (!kernels.includes(producer.kernel) || first.name !== output || first.reads || !sameView(producer.operands[output], link)) return undefined;
    const sources = effectsOf(producer).filter(({ reads }) => reads);
    return sources.some(({ tensor }) => this.#changes(tensor, first.at, at)) ? undefined : first.at;
  }

  // Whether a command after `from` and before `to` writes into a tensor.
  #changes(tensor: Tensor, from: number, to: number): boolean {
    const writers = this.touches(tensor.storage).filter(({ at, writes }) => writes && at > from && at < to);
    return writers.some(({ at, name }) => overlaps(this.commands[at].operands[name], tensor));
  }
}

/** Whether two tensors are the same elements. */
function sameView(a: Tensor, b: Tensor): boolean {
  return a.storage === b.storage && a.offset === b.offset && a.size === b.size && a.type === b.type;
}

/** The list without the commands `removed`, with others `replaced`, by index. */
export function rewrite(
  commands: readonly TensorCommand[],
  removed: ReadonlySet<number>,
  replaced: ReadonlyMap<number, TensorCommand> = new Map(),
): readonly TensorCommand[] {
  return commands.map((command, at) => replaced.get(at) ?? command).filter((_, at) => !removed.has(at));
}

/** The list with every use of a storage turned to another of the same size. Chains are followed to their end. */
export function redirect(commands: readonly TensorCommand[], aliases: ReadonlyMap<Storage, Storage>): readonly TensorCommand[] {
  if (aliases.size === 0) return commands;
  const target = (storage: Storage): Storage => {
    const next = aliases.get(storage);
    return next ? target(next) : storage;
  };
  const turned = (tensor: Tensor) =>
    aliases.has(tensor.storage) ? new Tensor(target(tensor.storage), tensor.shape, tensor.type, tensor.offset) : tensor;
  return commands.map((command) => ({
    ...command,
    operands: Object.fromEntries(Object.entries(command.operands).map(([name, tensor]) => [name, turned(tensor)])),
  }));
}
