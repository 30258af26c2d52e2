// The state of an optimiser as it is saved. Knows no update rule.
import { InkstoneError, type Phrase } from "../../core/index.ts";
import { Tensor } from "../../tensor/index.ts";

/** What `loadStateDict` takes: what `stateDict` gave, or the same as it was saved. */
export interface OptimizerState<T extends Tensor | Float32Array = Tensor | Float32Array> {
  /** Keras's id of the optimiser. */
  readonly name: string;
  /** Steps that were made. */
  readonly step: number;
  readonly hyperparameters: Readonly<Record<string, number | boolean>>;
  /** By name and the name of the parameter: `m.dense.kernel`, `v.dense.kernel`, …; where parameters have no names by their number: `m.0`, `v.0`, `m.1`, … */
  readonly tensors: ReadonlyMap<string, T>;
}

const sizeOf = (values: Tensor | Float32Array): number => (values instanceof Float32Array ? values.length : values.size);
const refusal = (why: Phrase) => new InkstoneError("E_OPTIMIZER_STATE", { why });

/** Copies the tensors of a saved state into those of an optimiser, once all of them fit. Errors: `E_OPTIMIZER_STATE`; then nothing was copied. */
export function fitState(own: OptimizerState<Tensor>, saved: OptimizerState): void {
  if (saved.name !== own.name)
    throw refusal({ en: `it is of "${saved.name}", this is "${own.name}"`, zh: `它属于“${saved.name}”，而当前为“${own.name}”` });
  if (!(Number.isSafeInteger(saved.step) && saved.step >= 0)) throw refusal({ en: `its step is ${saved.step}`, zh: `其步数为 ${saved.step}` });
  for (const name of saved.tensors.keys())
    if (!own.tensors.has(name)) throw refusal({ en: `"${name}" is not of this optimiser`, zh: `此优化器没有“${name}”` });
  const pairs = [...own.tensors].map(([name, to]) => {
    const from = saved.tensors.get(name);
    if (from === undefined) throw refusal({ en: `"${name}" is missing`, zh: `缺少“${name}”` });
    if (sizeOf(from) !== to.size)
      throw refusal({ en: `"${name}" has ${sizeOf(from)} values, not ${to.size}`, zh: `“${name}”有 ${sizeOf(from)} 个值，而不是 ${to.size} 个` });
    return [from, to] as const;
  });
  for (const [from, to] of pairs) if (from !== to) to.write(from instanceof Float32Array ? from : from.dataSync());
}

/** Names of parameters, as their module has them. */
export type ParameterNames = ReadonlyMap<Tensor, string>;

/**
 * Names of the weights of a module, by weight: what `stateDict` and `loadStateDict` of an optimiser save by.
 *
 * @example
 * parameterNames(new Map([["kernel", tensor([1])]])).size; // 1
 */
export function parameterNames(weights: Iterable<readonly [name: string, weight: unknown]>): ParameterNames {
  return new Map([...weights].flatMap(([name, weight]) => (weight instanceof Tensor ? [[weight, name] as const] : [])));
}
