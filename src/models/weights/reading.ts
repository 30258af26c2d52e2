// Two sources of weights over one file: one that notes what is asked for, so that all is checked before memory is taken, and one that reads it.
import { brainsToSingles, halvesToSingles, InkstoneError, type Words } from "../../core/index.ts";
import type { Precision } from "../../native/index.ts";
import { type MatrixWeight, PackedWeight, RotaryPositions } from "../../nn/index.ts";
import { type Device, type Tensor, tensor } from "../../tensor/index.ts";
import { fileName, type NameTable } from "./names.ts";
import { packTensor } from "./packing.ts";
import type { WeightSource } from "./source.ts";
import type { StoredTensor, TensorStore } from "./store.ts";

/** What a source needs. */
export interface SourceParts {
  readonly store: TensorStore;
  readonly names: NameTable;
  readonly device: Device;
}

/** A weight of whom only the shape is known. */
class NotedWeight implements MatrixWeight {
  readonly shape: readonly [number, number];

  constructor(outputs: number, inputs: number) {
    this.shape = [outputs, inputs];
  }
  get size(): number {
    return this.shape[0] * this.shape[1];
  }
  apply(): Tensor {
    return this.#refuse();
  }
  gather(): Tensor {
    return this.#refuse();
  }
  crossEntropy(): Tensor {
    return this.#refuse();
  }
  dispose(): void {
    // It has nothing.
  }
  #refuse(): never {
    throw new Error("a weight that was only noted has no values");
  }
}

/** That a weight is not there. */
export const missingWeight = (name: string): Words => ({ en: `${name} is missing`, zh: `缺少 ${name}` });

/** That a weight has another shape. */
export const otherShape = (name: string, found: readonly number[], expected: readonly (number | string)[]): Words => ({
  en: `${name} is [${found.join(", ")}], expected [${expected.join(", ")}]`,
  zh: `${name} 为 [${found.join(", ")}]，应为 [${expected.join(", ")}]`,
});

/** What was noted: how many weights there are, and everything that does not fit. */
export interface Noted {
  readonly count: number;
  readonly problems: readonly Words[];
}

/** Runs `build` on a source that notes. `ignored`: names of the file that mean nothing here, `{i}` for numbers. */
export function noteWeights({ store, names, device }: SourceParts, ignored: readonly string[], build: (source: WeightSource) => unknown): Noted {
  const problems: Words[] = [];
  const used = new Set<string>();
  let count = 0;
  const stand = tensor(new Float32Array(1), undefined, { device });
  const expect = (own: string, shape: readonly number[], vector: boolean) => {
    const name = fileName(names, own) ?? own;
    const found = store.tensors.get(name);
    used.add(name);
    count++;
    if (found === undefined) problems.push(missingWeight(name));
    else problems.push(...misfits(found, shape, vector));
  };
  const source: WeightSource = {
    has: (own) => store.tensors.has(fileName(names, own) ?? ""),
    rotary: () => undefined,
    values: (own, width) => {
      if (!used.has(fileName(names, own) ?? own)) expect(own, [width], true);
      return new Float32Array(width).fill(1);
    },
    vector: (own, width, { of = width } = {}) => {
      expect(own, [of], true);
      return stand;
    },
    matrix: (own, outputs, inputs, { of = outputs, transposed } = {}) => {
      expect(own, transposed ? [inputs, of] : [of, inputs], false);
      return new NotedWeight(outputs, inputs);
    },
  };
  try {
    build(source);
  } finally {
    stand.dispose();
  }
  const known = new Set(ignored);
  for (const name of store.tensors.keys()) {
    if (!used.has(name) && !known.has(name.replace(/\d+/g, "{i}"))) problems.push({ en: `${name} is not known`, zh: `${name} 未知` });
  }
  return { count, problems };
}

function misfits({ name, shape, type, block, id }: StoredTensor, expected: readonly number[], vector: boolean): Words[] {
  if (shape.join() !== expected.join()) return [otherShape(name, shape, expected)];
  if (id === undefined) return [{ en: `${name} is of type ${type}, which cannot be used`, zh: `${name} 的类型 ${type} 无法使用` }];
  if (vector && block !== 1) return [{ en: `${name} is ${type}, expected F32, F16 or BF16`, zh: `${name} 为 ${type}，应为 F32、F16 或 BF16` }];
  const row = shape[shape.length - 1];
  return row % block === 0
    ? []
    : [{ en: `${name} has rows of ${row}, not whole blocks of ${block}`, zh: `${name} 每行 ${row} 个值，不是整块（${block}）` }];
}

/** Throws `E_MODEL_TENSORS` that names the first of them. */
export function refuseProblems(problems: readonly Words[]): void {
  if (problems.length === 0) return;
  const more = problems.length - 5;
  const shown = more > 0 ? [...problems.slice(0, 5), { en: `and ${more} more`, zh: `另有 ${more} 处` }] : problems;
  throw new InkstoneError("E_MODEL_TENSORS", {
    problems: { en: shown.map(({ en }) => en).join("; "), zh: shown.map(({ zh }) => zh).join("；") },
  });
}

/** How a source reads. */
export interface Reading extends SourceParts {
  readonly precision: Precision;
  /** Takes everything that is made, to be freed; called once a weight, so that progress can be told and a load ended. */
  readonly onMade: (made: { dispose(): void }, isWeight: boolean) => void;
}

/** A source that reads, packing matrices for their precision. */
export function readingSource({ store, names, device, precision, onMade }: Reading): WeightSource {
  const find = (own: string) => store.tensors.get(fileName(names, own) ?? "") as StoredTensor;
  const kept = <T extends { dispose(): void }>(made: T, isWeight: boolean): T => {
    onMade(made, isWeight);
    return made;
  };
  return {
    has: (own) => store.tensors.has(fileName(names, own) ?? ""),
    values: (own, width) => valuesOf(find(own), width),
    rotary: (options) => kept(new RotaryPositions(device, options), false),
    vector: (own, width, { of = width, row, plus = 0 } = {}) => {
      const all = valuesOf(find(own), of);
      const values = row || plus ? Float32Array.from({ length: width }, (_, i) => all[row?.(i) ?? i] + plus) : all;
      return kept(tensor(values, [width], { device }), true);
    },
    matrix: (own, outputs, inputs, lay = {}) =>
      kept(new PackedWeight(packTensor(device, find(own), { outputs, inputs }, lay, precision), precision), true),
  };
}

/** All values of a plain tensor (F32, F16, BF16), as f32. */
export function valuesOf({ blockBytes, type, read }: StoredTensor, count: number): Float32Array {
  const bytes = new Uint8Array(count * blockBytes);
  read(0, bytes);
  if (type === "F32") return new Float32Array(bytes.buffer);
  return (type === "BF16" ? brainsToSingles : halvesToSingles)(new Uint16Array(bytes.buffer));
}
