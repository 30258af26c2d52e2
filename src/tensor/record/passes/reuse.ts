// Pass: a pure command on unchanged inputs is computed once; later ones take its results. (Rows of one x rounded to int8 for three projections.)
import type { Scalar } from "../../../native/index.ts";
import { effectsOf, type TensorCommand } from "../../command.ts";
import type { Storage } from "../../storage.ts";
import { Flow, redirect, rewrite } from "../flow.ts";

// What is unpacked for a product is let go of behind it: kept from the forward to the backward pass, all matrices of a model would lie there unpacked at once.
const madeAgain: ReadonlySet<string> = new Set(["unpackRows"]);

/** Drops commands that compute what an earlier one has computed. */
export function reuse(commands: readonly TensorCommand[], kept: ReadonlySet<Storage>): readonly TensorCommand[] {
  const flow = new Flow(commands, kept);
  const removed = new Set<number>();
  const aliases = new Map<Storage, Storage>();
  const known = new Map<string, TensorCommand>();
  const versions = new Versions();
  for (const [at, command] of commands.entries()) {
    const results = effectsOf(command).filter(({ writes }) => writes);
    const pure =
      !madeAgain.has(command.kernel) &&
      results.every(({ reads, tensor }) => !reads && flow.temporary(tensor.storage) && onlyWriter(flow, tensor.storage, at));
    const earlier = pure ? known.get(versions.key(command, aliases)) : undefined;
    if (earlier) {
      removed.add(at);
      for (const { name, tensor } of results) aliases.set(tensor.storage, earlier.operands[name].storage);
      continue;
    }
    if (pure) known.set(versions.key(command, aliases), command);
    for (const { tensor } of results) versions.change(tensor.storage);
  }
  return redirect(rewrite(commands, removed), aliases);
}

// JSON has one word for all that is not finite, and none for the sign of zero.
function sizeKey(size: Scalar): string {
  if (typeof size !== "number") return `register ${size.register}`;
  return Object.is(size, -0) ? "-0" : String(size);
}

function onlyWriter(flow: Flow, storage: Storage, at: number): boolean {
  return flow.touches(storage).every((touch) => touch.at === at || !touch.writes);
}

// Storages numbered, and how often each has changed so far: equal keys are equal computations.
class Versions {
  readonly #numbers = new Map<Storage, number>();
  readonly #changes = new Map<Storage, number>();

  change(storage: Storage): void {
    this.#changes.set(storage, (this.#changes.get(storage) ?? 0) + 1);
  }

  key(command: TensorCommand, aliases: ReadonlyMap<Storage, Storage>): string {
    const parts = effectsOf(command).map(({ name, tensor, writes }) => {
      const storage = aliases.get(tensor.storage) ?? tensor.storage;
      return writes ? [name, tensor.size, tensor.offset] : [name, tensor.size, tensor.offset, this.#number(storage), this.#changes.get(storage) ?? 0];
    });
    const sizes = Object.values(command.sizes).map(sizeKey);
    return JSON.stringify([command.kernel, command.generation ?? 0, parts, sizes, Object.values(command.flags)]);
  }

  #number(storage: Storage): number {
    const known = this.#numbers.get(storage) ?? this.#numbers.size;
    this.#numbers.set(storage, known);
    return known;
  }
}
