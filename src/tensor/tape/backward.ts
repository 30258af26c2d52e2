// From a loss to the gradients of what it was computed from: steps in falling order, each adding to the sums of its inputs. Knows no operations.
import { kernelsFor } from "../command.ts";
import { tidy } from "../scope.ts";
import { currentSink } from "../sink.ts";
import type { Storage } from "../storage.ts";
import { Tensor } from "../tensor.ts";
import type { Moves } from "./gradient.ts";
import { GradientSums, type Wishes } from "./sums.ts";
import { isTracked, noGrad, pass, type Step, trackingOf } from "./tracking.ts";
import { refusal } from "./write.ts";

const kernels = kernelsFor((command) => currentSink().emit(command));
const moves: Moves = {
  allocate: ({ device, bytes }) => currentSink().result(device, bytes),
  zero: (storage) => tidy(() => kernels.fill({ y: new Tensor(storage, [storage.bytes / 4], "f32"), n: storage.bytes / 4, value: 0 })),
  copy: (x, y) => kernels.copy({ x, y, n: x.size }),
};

/** Steps that lead to these storages, of order `since` or later, the latest first. */
export function stepsTo(results: readonly Storage[], since = 0): Step[] {
  const found = new Set<Step>();
  const open = [...results];
  const seen = new Set(open);
  for (let storage = open.pop(); storage; storage = open.pop()) {
    for (const step of trackingOf(storage)?.steps ?? []) {
      if (found.has(step) || step.order < since) continue;
      found.add(step);
      for (const next of step.inputs) {
        if (seen.has(next)) continue;
        seen.add(next);
        open.push(next);
      }
    }
  }
  return [...found].sort((a, b) => b.order - a.order);
}

/** Runs the gradients of steps; what only they needed is released. */
export function runSteps(steps: readonly Step[], sums: GradientSums): void {
  const maker = new Map<Storage, Step>();
  for (const step of steps) for (const storage of step.results) maker.set(storage, step);
  for (const step of steps) {
    if (step.results.some((storage) => sums.has(storage))) tidy(() => noGrad(() => step.backward(sums)));
    // Once the step that made a storage is through, nobody asks for its gradient again.
    for (const storage of step.results) if (maker.get(storage) === step && !sums.wishes.keeps(storage)) sums.take(storage)?.release();
    step.release();
  }
}

/**
 * Gradients of a loss with respect to tensors, each f32 and like its tensor; zeros where the loss does not depend on it. What `grad` holds is neither read nor changed.
 * `seed`: the gradient of the loss itself, where it has more than one value. Within a recording the gradients become part of it.
 * The memory of the operations is released: a second call needs a new loss.
 *
 * Errors: `E_GRADIENT` where the loss is not one value, depends on nothing that requires a gradient, or came through an operation that has none.
 *
 * @example
 * const x = tensor([3, 4]).requireGrad();
 * gradients(add(x, x), [x], { seed: tensor([1, 10]) })[0].dataSync(); // [2, 20]
 */
export function gradients(loss: Tensor, of: readonly Tensor[], options: { readonly seed?: Tensor } = {}): Tensor[] {
  const wanted = new Set(of.map(({ storage }) => storage));
  const sums = run(loss, { wants: (leaf) => wanted.has(leaf), keeps: (storage) => wanted.has(storage), before: () => undefined }, options.seed);
  const found = of.map((tensor) => {
    const sum = sums.sum(tensor.storage);
    sum.begin();
    return sum.part(tensor);
  });
  for (const storage of wanted) sums.take(storage)?.release();
  return found;
}

/** Adds the gradients of a loss to `grad` of every tensor that requires one. Errors: as `gradients`. */
function backward(loss: Tensor, seed?: Tensor): void {
  const isLeaf = (storage: Storage) => trackingOf(storage)?.leaf === true;
  const sums = run(loss, { wants: isLeaf, keeps: isLeaf, before: (storage) => trackingOf(storage)?.gradient }, seed);
  for (const storage of sums.storages()) {
    const tracking = trackingOf(storage);
    const sum = sums.take(storage);
    if (tracking === undefined || !sum?.written) continue;
    tracking.gradient?.release();
    // The sum's hold on its memory becomes the leaf's.
    tracking.gradient = sum.memory;
  }
}

pass.backward = (loss, seed) => backward(loss as Tensor, seed as Tensor | undefined);

function run(loss: Tensor, wishes: Wishes, seed?: Tensor): GradientSums {
  if (!isTracked(loss.storage)) throw refusal("backward", "the loss depends on nothing that requires a gradient", "损失不依赖任何需要梯度的张量");
  if ((seed?.size ?? 1) !== loss.size) throw refusal("backward", `the loss has ${loss.size} values, not one`, `损失有 ${loss.size} 个值，而不是一个`);
  const sums = new GradientSums(wishes, moves);
  tidy(() => {
    const start = sums.into(loss, []);
    if (start === undefined) return;
    if (seed) return kernels.copy({ x: seed, y: start, n: seed.size });
    if (start.partial) start.begin();
    kernels.fill({ y: start.tensor, n: 1, value: 1 });
    start.written = true;
  });
  runSteps(stepsTo([loss.storage]), sums);
  for (const storage of sums.storages()) if (!wishes.keeps(storage)) sums.take(storage)?.release();
  return sums;
}
