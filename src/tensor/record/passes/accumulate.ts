// Pass: a projection that is then added to a residual adds to it itself, in place. (Both halves of every decoder block.)
import type { TensorCommand } from "../../command.ts";
import type { Storage } from "../../storage.ts";
import type { Tensor } from "../../tensor.ts";
import { Flow, redirect, rewrite } from "../flow.ts";

const products = ["linear", "linearInt8"];

/** linear or linearInt8 into an intermediate, then add(residual) -> the same with `accumulate` on the residual, when the residual is needed no more. */
export function accumulate(commands: readonly TensorCommand[], kept: ReadonlySet<Storage>): readonly TensorCommand[] {
  const flow = new Flow(commands, kept);
  const removed = new Set<number>();
  const replaced = new Map<number, TensorCommand>();
  const aliases = new Map<Storage, Storage>();
  const taken = new Set<Storage>();
  for (const [at, command] of commands.entries()) {
    if (command.kernel !== "add") continue;
    for (const [input, other] of [
      ["a", "b"],
      ["b", "a"],
    ]) {
      const from = flow.soleProducer(at, input, products);
      const residual = command.operands[other];
      if (from === undefined || !replaceable(flow, at, residual, commands[from])) continue;
      // A product that reads what has become the place of an earlier sum would now read that sum: it moves behind it.
      if (Object.values(commands[from].operands).some(({ storage }) => taken.has(storage))) continue;
      removed.add(from);
      replaced.set(at, {
        ...commands[from],
        operands: { ...commands[from].operands, y: residual },
        flags: { ...commands[from].flags, accumulate: true },
      });
      aliases.set(command.operands["y"].storage, residual.storage);
      taken.add(residual.storage);
      break;
    }
  }
  return redirect(rewrite(commands, removed, replaced), aliases);
}

// The sum may take the place of the residual: both are whole intermediates of one size, the residual ends here, the sum begins here,
// the product does not read the residual, and is not itself accumulating.
function replaceable(flow: Flow, at: number, residual: Tensor, product: TensorCommand): boolean {
  const sum = flow.commands[at].operands["y"];
  const whole = [residual, sum].every(
    ({ storage, offset, size, type }) => flow.temporary(storage) && offset === 0 && type === "f32" && size * 4 === storage.bytes,
  );
  return (
    whole &&
    residual.size === sum.size &&
    residual.storage !== sum.storage &&
    product.operands["y"].size === sum.size &&
    flow.touches(residual.storage).every((touch) => touch.at <= at) &&
    flow.touches(sum.storage).every((touch) => touch.at >= at) &&
    Object.values(product.operands).every(({ storage }) => storage !== residual.storage) &&
    !product.flags["accumulate"]
  );
}
