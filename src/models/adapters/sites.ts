// Where the matrices of an adapter go: a module of the hub and the weights of ours that it is split into, with their rows. Knows no files.
import { InkstoneError, uniform } from "../../core/index.ts";
import { LowRankWeight, type MatrixWeight, parameter } from "../../nn/index.ts";
import { type Tensor, tidy } from "../../tensor/index.ts";
import type { Architecture } from "../architecture.ts";
import type { Lay } from "../weights/source.ts";
import type { Container } from "../weights/store.ts";
import { moduleOf, permutedRow } from "./rows.ts";
import { type AdapterSettings, adapterScale, isTarget } from "./settings.ts";

/** The values of an adapter for one module: A [rank, inputs], B [outputs, rank], rows as on the hub. */
export interface AdapterMatrices {
  readonly rank: number;
  readonly scale: number;
  readonly a: Float32Array;
  readonly b: Float32Array;
  /** DoRA: [outputs]. */
  readonly magnitude?: Float32Array;
}

/** A weight of ours among those that a module of the hub is split into. */
interface Piece {
  readonly weight: LowRankWeight;
  readonly own: string;
  readonly row: (i: number) => number;
}

/** A module of the hub with its addition. */
export interface AdapterSite {
  /** Its name on the hub: "model.layers.0.self_attn.q_proj". */
  readonly module: string;
  readonly outputs: number;
  readonly inputs: number;
  readonly rank: number;
  readonly a: Tensor;
  readonly pieces: Piece[];
}

/** What sites are made for. */
export interface SitesParts {
  readonly architecture: Architecture;
  readonly container: Container;
  readonly headWidth: number;
  readonly settings: AdapterSettings;
  /** Fresh values are drawn from it. */
  readonly seed: number;
  /** Values by module of the hub, in place of fresh ones. */
  readonly values?: ReadonlyMap<string, AdapterMatrices>;
}

/** The sites of one adapter over a model that is being built. */
export class AdapterSites {
  readonly sites: Map<string, AdapterSite> = new Map();
  readonly #parts: SitesParts;
  /** Whether rows of queries and keys lie as GGUF files of the llama family have them. */
  #permuted = false;

  constructor(parts: SitesParts) {
    this.#parts = parts;
  }

  /** To be told of every table of turns. */
  turned(adjacent: boolean): void {
    this.#permuted = adjacent && this.#parts.container === "gguf";
  }

  /** The weight with its addition, where it is among the targets. */
  wrap(own: string, base: MatrixWeight, { of, row = (i) => i }: Lay): MatrixWeight {
    const { settings, values, architecture } = this.#parts;
    const module = moduleOf(architecture, own);
    if (module === undefined) return base;
    const given = values?.get(module);
    if (values ? given === undefined : !isTarget(module, settings.targets)) return base;
    const [outputs, inputs] = base.shape;
    const site = this.#site(module, of ?? outputs, inputs, given);
    const weight = this.#weight(base, site, { own, row }, given);
    site.pieces.push({ weight, own, row });
    return weight;
  }

  /** Errors: `E_ADAPTER_BASE` where a target, or a module that has values, is not in the model. */
  check(adapter: string): void {
    const { settings, values } = this.#parts;
    const found = [...this.sites.keys()];
    const wanted = values ? [...values.keys()] : settings.targets === "all-linear" ? [] : settings.targets;
    const missing = wanted.find((one) => !found.some((module) => module === one || (!values && module.endsWith(`.${one}`))));
    if (missing === undefined && found.length > 0) return;
    const names = [...new Set(found.map((module) => module.slice(module.lastIndexOf(".") + 1)))].join(", ");
    throw new InkstoneError("E_ADAPTER_BASE", {
      adapter,
      why: {
        en: `the model has no module "${missing ?? settings.targets}"${names ? ` (there is ${names})` : ""}`,
        zh: `模型中没有模块“${missing ?? settings.targets}”${names ? `（可用：${names}）` : ""}`,
      },
    });
  }

  /** The values now, by module, rows as on the hub. */
  matrices(): Map<string, AdapterMatrices> {
    return new Map([...this.sites].map(([module, site]) => [module, this.#gathered(site)]));
  }

  /** Where row i of a piece lies in the whole of the hub. */
  hubRow({ own, row }: Pick<Piece, "own" | "row">): (i: number) => number {
    return permutedRow(own, row, this.#permuted, this.#parts.headWidth);
  }

  // Rows of queries and keys are put in place once all is built: only then is it known how they lie.
  settle(): void {
    const { values } = this.#parts;
    for (const [module, { pieces, rank }] of this.sites) {
      const given = values?.get(module);
      if (!given) continue;
      for (const piece of pieces) {
        const at = this.hubRow(piece);
        const [outputs] = piece.weight.shape;
        const b = new Float32Array(outputs * rank);
        for (let i = 0; i < outputs; i++) b.set(given.b.subarray(at(i) * rank, (at(i) + 1) * rank), i * rank);
        piece.weight.b.write(b);
        const { magnitude } = given;
        if (magnitude) piece.weight.magnitude?.write(magnitude.map((_, i, all) => all[at(i)]).subarray(0, outputs));
      }
    }
  }

  #site(module: string, outputs: number, inputs: number, given: AdapterMatrices | undefined): AdapterSite {
    const known = this.sites.get(module);
    if (known) return known;
    const rank = given?.rank ?? this.#parts.settings.rank;
    if (given && (given.a.length !== rank * inputs || given.b.length !== rank * outputs)) {
      throw new InkstoneError("E_ADAPTER_BASE", {
        adapter: module,
        why: {
          en: `its matrices are made for ${given.b.length / rank} x ${given.a.length / rank}, the model's is ${outputs} x ${inputs}`,
          zh: `其矩阵对应 ${given.b.length / rank} x ${given.a.length / rank}，模型的是 ${outputs} x ${inputs}`,
        },
      });
    }
    const bound = 1 / Math.sqrt(inputs);
    const number = this.sites.size;
    const a = given?.a ?? Float32Array.from({ length: rank * inputs }, (_, i) => (2 * uniform(this.#parts.seed, 0, number, i) - 1) * bound);
    const site = { module, outputs, inputs, rank, a: parameter([rank, inputs], a), pieces: [] };
    this.sites.set(module, site);
    return site;
  }

  #weight(base: MatrixWeight, { a, rank }: AdapterSite, _place: Pick<Piece, "own" | "row">, given: AdapterMatrices | undefined): LowRankWeight {
    const { settings } = this.#parts;
    const [outputs] = base.shape;
    const parts = { base, a, b: parameter([outputs, rank], undefined), scale: given?.scale ?? adapterScale(settings), dropout: settings.dropout };
    if (given ? given.magnitude === undefined : !settings.decomposed) return new LowRankWeight(parts);
    const fresh = tidy(() => new LowRankWeight(parts).norms().dataSync() as Float32Array);
    return new LowRankWeight({ ...parts, magnitude: parameter([outputs], fresh) });
  }

  #gathered(site: AdapterSite): AdapterMatrices {
    const { outputs, rank, a, pieces } = site;
    const b = new Float32Array(outputs * rank);
    const magnitude = pieces[0].weight.magnitude && new Float32Array(outputs);
    for (const piece of pieces) {
      const at = this.hubRow(piece);
      const values = piece.weight.b.dataSync() as Float32Array;
      const sizes = piece.weight.magnitude?.dataSync();
      for (let i = 0; i < piece.weight.shape[0]; i++) {
        b.set(values.subarray(i * rank, (i + 1) * rank), at(i) * rank);
        if (magnitude && sizes) magnitude[at(i)] = sizes[i];
      }
    }
    const values = { rank, scale: pieces[0].weight.scale, a: Float32Array.from(a.dataSync()), b };
    return magnitude ? { ...values, magnitude } : values;
  }
}
