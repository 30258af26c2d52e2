// A decoder of a file, opened to be trained: all of its weights, or an adapter over weights that stay as they lie. Knows no data.
import type { GgufFile, HubFolder } from "../../formats/index.ts";
import type { Precision } from "../../native/index.ts";
import { type Decoder, DenseWeight, FrozenWeight, type MatrixWeight, type PackedWeight, parameter } from "../../nn/index.ts";
import { type Device, type Tensor, tidy, unpackMatrix, withDevice } from "../../tensor/index.ts";
import { type DecoderArchitecture, type DecoderConfig, findArchitecture } from "../architecture.ts";
import { decoders } from "../decoders/index.ts";
import { opened } from "../load.ts";
import { noteWeights, readingSource, refuseProblems } from "../weights/reading.ts";
import type { Lay, WeightSource } from "../weights/source.ts";
import type { Container } from "../weights/store.ts";
import { fingerprintOf } from "./rows.ts";
import type { AdapterSettings } from "./settings.ts";
import { type AdapterMatrices, type AdapterSite, AdapterSites } from "./sites.ts";

/** What of a decoder is trained. */
export type Tuning =
  | { readonly kind: "full" }
  | {
      readonly kind: "adapter";
      readonly settings: AdapterSettings;
      /** Fresh values are drawn from it. Default 0. */
      readonly seed?: number;
      /** An adapter that is there, to go on with or to be merged: its name for messages, its values by module of the hub. */
      readonly values?: ReadonlyMap<string, AdapterMatrices>;
      readonly name?: string;
    };

/** How to open. */
export interface TrainableDecoderOptions {
  readonly tuning: Tuning;
  /** How weights that stay are kept: values that kernels do not pack are unpacked to f32 ("exact"), bf16, or to int8 ("fast"). Default "exact". */
  readonly precision?: Precision;
  /** Positions of a sequence; default the model's own. */
  readonly contextLength?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
}

/** A weight that is trained, and where it lies in the file. */
export interface TrainedWeight {
  readonly own: string;
  readonly tensor: Tensor;
  readonly lay: Lay & { readonly plus?: number };
}

/** A decoder that is open to be trained. */
export interface TrainableDecoder {
  readonly device: Device;
  /** Its declared name. */
  readonly name: string;
  readonly container: Container;
  readonly architecture: DecoderArchitecture;
  readonly config: DecoderConfig;
  readonly decoder: Decoder;
  /** The adapter's sites; undefined where all is trained. */
  readonly adapter: AdapterSites | undefined;
  /** Weights that are trained, where all are. */
  readonly trained: readonly TrainedWeight[];
  /** Whether matrices of blocks lie the other way round on the hub (GPT-2). */
  readonly transposed: boolean;
  /** Tells one base from another: a digest of its last norm, which quantising leaves as it is. */
  readonly fingerprint: string;
  /** Dropout drops, or not. */
  train(training: boolean): void;
  dispose(): void;
}

/**
 * Opens the decoder of a GGUF file or of a folder of the hub to be trained.
 *
 * Errors: those of `loadModel`; `E_ADAPTER_BASE` where a target is not in the model, or values do not fit; the signal's reason.
 *
 * @example
 * const file = await openGguf("model.gguf");
 * const settings = { rank: 8, alpha: 16, dropout: 0, targets: "all-linear", rankStabilised: false, decomposed: false } as const;
 * const open = await openTrainableDecoder(file, cpu(), { tuning: { kind: "adapter", settings } });
 * open.adapter?.sites.get("model.layers.0.self_attn.q_proj")?.rank; // 8
 * open.dispose();
 * file.close();
 */
export async function openTrainableDecoder(file: GgufFile | HubFolder, device: Device, options: TrainableDecoderOptions): Promise<TrainableDecoder> {
  const { store, settings, name } = opened(file);
  const { container } = store;
  const architecture = findArchitecture(decoders, container, name);
  const { config, build } = architecture.plan(settings);
  const positions = Math.min(config.contextLength, options.contextLength ?? config.contextLength);
  const parts = { store, names: architecture.weights[container], device };
  const { count, problems } = noteWeights(parts, architecture.ignored ?? [], (source) => build(source, positions));
  settings.refuseOthers();
  refuseProblems(problems);
  const { tuning, precision = "exact" } = options;
  const sites =
    tuning.kind === "adapter"
      ? new AdapterSites({ ...tuning, seed: tuning.seed ?? 0, architecture, container, headWidth: config.headWidth })
      : undefined;
  const owned: { dispose(): void }[] = [];
  let read = 0;
  const told = () => {
    options.onProgress?.(++read / count);
    options.signal?.throwIfAborted();
  };
  try {
    const reading = readingSource({ ...parts, precision, onMade: (made) => owned.push(made) });
    const builder = new Source(reading, sites, owned, told);
    // Weights that are made on the way are made where the model is.
    const decoder = withDevice(device, () => build(builder.source, positions));
    sites?.settle();
    if (tuning.kind === "adapter") sites?.check(tuning.name ?? "");
    const lowRank = [...(sites?.sites.values() ?? [])].flatMap(({ pieces }) => pieces.map(({ weight }) => weight));
    return {
      device,
      name,
      container,
      architecture,
      config: { ...config, contextLength: positions },
      decoder,
      adapter: sites,
      trained: builder.trained,
      transposed: builder.transposed,
      fingerprint: builder.fingerprint,
      train: (training) => {
        for (const weight of lowRank) weight.training = training;
      },
      dispose: () => {
        for (const part of [...lowRank, ...owned]) part.dispose();
      },
    };
  } catch (error) {
    for (const part of owned) part.dispose();
    throw error;
  }
}

// A source that turns what is read into what is trained.
class Source {
  readonly trained: TrainedWeight[] = [];
  readonly source: WeightSource;
  fingerprint = "";
  transposed = false;
  readonly #sites: AdapterSites | undefined;
  readonly #owned: { dispose(): void }[];

  constructor(reading: WeightSource, sites: AdapterSites | undefined, owned: { dispose(): void }[], told: () => void) {
    this.#sites = sites;
    this.#owned = owned;
    this.source = {
      ...reading,
      rotary: (options) => {
        sites?.turned(options.adjacent);
        return reading.rotary(options);
      },
      vector: (own, width, lay) => {
        const made = this.#vector(own, reading.vector(own, width, lay), lay ?? {});
        told();
        return made;
      },
      matrix: (own, outputs, inputs, lay = {}) => {
        this.transposed ||= lay.transposed === true;
        const packed = reading.matrix(own, outputs, inputs, lay) as PackedWeight;
        const made = sites ? sites.wrap(own, new FrozenWeight(packed.matrix), lay) : this.#dense(own, packed, lay);
        told();
        return made;
      },
    };
  }

  #vector(own: string, vector: Tensor, lay: TrainedWeight["lay"]): Tensor {
    if (own === "norm.weight") this.fingerprint = fingerprintOf(vector);
    if (this.#sites !== undefined) return vector;
    this.trained.push({ own, tensor: vector.requireGrad(), lay });
    return vector;
  }

  // Trained as f32; what it was read into is let go of at once.
  #dense(own: string, packed: PackedWeight, lay: Lay): MatrixWeight {
    const values = tidy(() => unpackMatrix(packed.matrix).dataSync() as Float32Array);
    const weight = new DenseWeight(parameter(packed.shape, values));
    this.#owned.splice(this.#owned.indexOf(packed), 1, weight);
    packed.dispose();
    this.trained.push({ own, tensor: weight.tensor, lay });
    return weight;
  }
}

/** A matrix of an open decoder with the adapter in it, by its module of the hub: [outputs, inputs], rows as there. */
export function mergedMatrix({ adapter }: TrainableDecoder, module: string): Float32Array {
  const site = adapter?.sites.get(module);
  if (adapter === undefined || site === undefined) throw new Error(`no adapter for ${module}`);
  const whole = new Float32Array(site.outputs * site.inputs);
  for (const piece of site.pieces) {
    const at = adapter.hubRow(piece);
    const values = tidy(() => piece.weight.merged().dataSync() as Float32Array);
    for (let i = 0; i < piece.weight.shape[0]; i++) whole.set(values.subarray(i * site.inputs, (i + 1) * site.inputs), at(i) * site.inputs);
  }
  return whole;
}

/** The matrices of an open decoder with the adapter in them, by our names of the file's tensors: values [rows of the tensor, inputs], rows as they lie in the file. */
export function mergedTensors({ adapter }: TrainableDecoder): Map<string, (outputs: number) => Float32Array> {
  const byOwn = new Map<string, (AdapterSite["pieces"][number] & { readonly inputs: number })[]>();
  for (const { pieces, inputs } of adapter?.sites.values() ?? [])
    for (const piece of pieces) byOwn.set(piece.own, [...(byOwn.get(piece.own) ?? []), { ...piece, inputs }]);
  const whole = (pieces: readonly (AdapterSite["pieces"][number] & { readonly inputs: number })[]) => (outputs: number) => {
    const [{ inputs }] = pieces;
    const all = new Float32Array(outputs * inputs);
    for (const { weight, row } of pieces) {
      const values = tidy(() => weight.merged().dataSync() as Float32Array);
      for (let i = 0; i < weight.shape[0]; i++) all.set(values.subarray(i * inputs, (i + 1) * inputs), row(i) * inputs);
    }
    return all;
  };
  return new Map([...byOwn].map(([own, pieces]) => [own, whole(pieces)]));
}
