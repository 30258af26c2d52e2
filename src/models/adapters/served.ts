// Adapters over a model that runs: several at once, each row of a step with its own. Knows no requests.
import { InkstoneError } from "../../core/index.ts";
import { AdaptedWeight, DenseWeight, LowRankWeight, type MatrixWeight, type PackedWeight } from "../../nn/index.ts";
import { type Device, noGrad, outsideScopes, type Tensor, tensor, tidy, unpackMatrix, zeros } from "../../tensor/index.ts";
import type { Architecture } from "../architecture.ts";
import type { Lay } from "../weights/source.ts";
import type { Container } from "../weights/store.ts";
import type { PeftAdapter } from "./peft.ts";
import { moduleOf, permutedRow } from "./rows.ts";
import type { AdapterMatrices } from "./sites.ts";

/** What adapters are served over. */
export interface ServedParts {
  readonly adapters: readonly PeftAdapter[];
  readonly architecture: Architecture;
  readonly container: Container;
  readonly headWidth: number;
  readonly device: Device;
  /** Most rows of a step. */
  readonly mostRows: number;
}

interface Waiting {
  readonly own: string;
  readonly lay: Lay;
  readonly found: readonly { readonly number: number; readonly matrices: AdapterMatrices }[];
  readonly base: MatrixWeight;
  readonly b: Tensor;
  readonly factors: Tensor | undefined;
  readonly width: number;
}

/** The adapters of one model. */
export class ServedAdapters {
  /** i32: the adapter of each row of a step, from 1; 0 for none. */
  readonly rows: Tensor;
  readonly made: { dispose(): void }[] = [];
  readonly #parts: ServedParts;
  readonly #waiting: Waiting[] = [];
  readonly #seen = new Set<string>();
  #permuted = false;

  constructor(parts: ServedParts) {
    this.#parts = parts;
    this.rows = this.#keep(zeros([parts.mostRows], { type: "i32", device: parts.device }));
  }

  turned(adjacent: boolean): void {
    this.#permuted = adjacent && this.#parts.container === "gguf";
  }

  /** Errors: `E_ADAPTER_BASE` where an adapter says that it was made for another base. */
  checkBase(fingerprint: string): void {
    for (const { name, base } of this.#parts.adapters) refuseOtherBase(name, base.fingerprint, fingerprint);
  }

  /** The weight with the additions that there are for it. Errors: `E_ADAPTER_BASE` where shapes differ. */
  wrap(own: string, base: MatrixWeight, lay: Lay): MatrixWeight {
    const module = moduleOf(this.#parts.architecture, own);
    const [outputs, inputs] = base.shape;
    const found = this.#parts.adapters.flatMap((adapter, i) => {
      const matrices = module === undefined ? undefined : adapter.matrices.get(module);
      if (matrices === undefined) return [];
      const [high, wide] = [matrices.b.length / matrices.rank, matrices.a.length / matrices.rank];
      if (high !== (lay.of ?? outputs) || wide !== inputs) {
        const [en, zh] = [
          `"${module}" is ${lay.of ?? outputs} x ${inputs} in the model, ${high} x ${wide} in the adapter`,
          `“${module}”在模型中为 ${lay.of ?? outputs} x ${inputs}，在适配器中为 ${high} x ${wide}`,
        ];
        throw new InkstoneError("E_ADAPTER_BASE", { adapter: adapter.name, why: { en, zh } });
      }
      return [{ number: i + 1, matrices }];
    });
    if (found.length === 0 || module === undefined) return base;
    this.#seen.add(module);
    const width = found.reduce((sum, { matrices }) => sum + matrices.rank, 0);
    const count = this.#parts.adapters.length + 1;
    const [a, owns] = [new Float32Array(width * inputs), new Float32Array(count * width)];
    let at = 0;
    for (const { number, matrices } of found) {
      a.set(matrices.a, at * inputs);
      owns.fill(1, number * width + at, number * width + at + matrices.rank);
      at += matrices.rank;
    }
    const make = (values: Float32Array, shape: readonly number[]) => this.#keep(tensor(values, shape, { device: this.#parts.device }));
    const b = make(new Float32Array(outputs * width), [outputs, width]);
    const decomposed = found.some(({ matrices }) => matrices.magnitude !== undefined);
    const factors = decomposed ? make(new Float32Array(count * outputs).fill(1), [count, outputs]) : undefined;
    this.#waiting.push({ own, lay, found, base, b, factors, width });
    return new AdaptedWeight({
      base,
      a: make(a, [width, inputs]),
      b,
      owns: make(owns, [count, width]),
      ...(factors ? { factors } : {}),
      rows: this.rows,
    });
  }

  /** Once all is built: only then is it known how rows of queries and keys lie. Errors: `E_ADAPTER_BASE` for a module that the model does not have. */
  settle(): void {
    for (const { name, matrices } of this.#parts.adapters) {
      const missing = [...matrices.keys()].find((module) => !this.#seen.has(module));
      if (missing === undefined) continue;
      throw new InkstoneError("E_ADAPTER_BASE", {
        adapter: name,
        why: { en: `the model has no module "${missing}"`, zh: `模型中没有模块“${missing}”` },
      });
    }
    for (const waiting of this.#waiting) this.#fill(waiting);
  }

  #fill({ own, lay, found, base, b, factors, width }: Waiting): void {
    const row = permutedRow(own, lay.row ?? ((i) => i), this.#permuted, this.#parts.headWidth);
    const [outputs, inputs] = base.shape;
    const values = new Float32Array(outputs * width);
    const turns = factors && new Float32Array(factors.size).fill(1);
    let at = 0;
    for (const { number, matrices } of found) {
      const { rank, scale, magnitude } = matrices;
      for (let o = 0; o < outputs; o++) for (let k = 0; k < rank; k++) values[o * width + at + k] = scale * matrices.b[row(o) * rank + k];
      if (turns && magnitude) {
        const own = Float32Array.from({ length: outputs * rank }, (_, i) => matrices.b[row(Math.floor(i / rank)) * rank + (i % rank)]);
        const norms = normsOf(base, this.#parts.device, { a: matrices.a, b: own, rank, scale, outputs, inputs });
        for (let o = 0; o < outputs; o++) turns[number * outputs + o] = magnitude[row(o)] / norms[o];
      }
      at += rank;
    }
    b.write(values);
    if (turns) factors.write(turns);
  }

  #keep<T extends { dispose(): void }>(made: T): T {
    this.made.push(made);
    return made;
  }
}

// Rows of W + scale · B · A: of the values that the packed weight stands for.
function normsOf(
  base: MatrixWeight,
  device: Device,
  { a, b, rank, scale, outputs, inputs }: { a: Float32Array; b: Float32Array; rank: number; scale: number; outputs: number; inputs: number },
): Float32Array {
  return outsideScopes(() =>
    tidy(() =>
      noGrad(() => {
        const dense = new DenseWeight(unpackMatrix((base as PackedWeight).matrix));
        const parts = { base: dense, a: tensor(a, [rank, inputs], { device }), b: tensor(b, [outputs, rank], { device }), scale };
        return new LowRankWeight(parts).norms().dataSync() as Float32Array;
      }),
    ),
  );
}

/** Errors: `E_ADAPTER_BASE` where an adapter says of which base it is, and that is another. */
export function refuseOtherBase(adapter: string, wanted: string | undefined, found: string): void {
  if (wanted === undefined || wanted === found) return;
  throw new InkstoneError("E_ADAPTER_BASE", {
    adapter,
    why: { en: "it was trained on another base (the last norms differ)", zh: "它是在另一个基座上训练的（最后的归一化权重不同）" },
  });
}
