// A model to be written: its metadata and its tensors under the names of GGUF, from a GGUF file or a folder of the hub. Knows no types to write.
import { InkstoneError } from "../../core/index.ts";
import { type GgufFile, type GgufMetadata, type GgufValue, type HubFolder, requireSupported } from "../../formats/index.ts";
import { ggufTokenizer } from "../../text/index.ts";
import { findArchitecture } from "../architecture.ts";
import { decoders } from "../decoders/index.ts";
import { fileName, ownName } from "../weights/names.ts";
import { rowReader } from "../weights/packing.ts";
import type { Lay } from "../weights/source.ts";
import { ggufStore, hubStore, type StoredTensor } from "../weights/store.ts";
import { type HubForm, hubForm } from "./hub-metadata.ts";

/** A tensor to be written. */
export interface SourceTensor {
  /** In the GGUF file, and as its architecture calls it. */
  readonly name: string;
  readonly own: string;
  readonly shape: readonly number[];
  /** GGUF number of the type that its rows come in. */
  readonly type: number;
  /** Rows as they are to lie in the file; of a vector one. */
  readonly readRows: (first: number, rows: number, into: Uint8Array) => void;
}

/** All of a model. */
export interface ModelSource {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly SourceTensor[];
  readonly layers: number;
  /** Whether the embedding is the head as well. */
  readonly tied: boolean;
  /** Whether matrices come quantised already. */
  readonly isQuantised: boolean;
}

/** Opens a model for writing. Errors: `E_MODEL_ARCHITECTURE`, `E_MODEL_CONFIG`, `E_MODEL_TENSORS`, `E_TOKENIZER_…`, E_FORMAT_…. */
export function modelSource(file: GgufFile | HubFolder): Promise<ModelSource> {
  return "metadata" in file ? Promise.resolve(ofGguf(file)) : ofHub(file);
}

// Of the parts of a model in several files there is one now.
const left = /^(split\.|general\.(file_type|quantization_version)$)/;

function ofGguf(file: GgufFile): ModelSource {
  const architecture = file.metadata.string("general.architecture");
  const { weights } = findArchitecture(decoders, "gguf", architecture);
  for (const tensor of file.tensors.values()) requireSupported(tensor);
  const stored = [...ggufStore(file).tensors.values()];
  const tensors = stored.map((tensor) => ofStored(tensor, tensor.name, ownName(weights.gguf, tensor.name) ?? tensor.name, tensor.shape, {}));
  const keys = file.metadata.keys().filter((key) => !left.test(key));
  return {
    metadata: new Map(keys.map((key) => [key, entryOf(file.metadata, key)])),
    tensors,
    layers: file.metadata.number(`${architecture}.block_count`),
    tied: !file.tensors.has("output.weight"),
    isQuantised: stored.some(({ block }) => block > 1),
  };
}

function entryOf(metadata: GgufMetadata, key: string): GgufValue {
  const { type, value, array } = metadata.entry(key) ?? {};
  if (array !== undefined) {
    if (array.type === "string") return { type: "array", of: "string", items: metadata.stringBytes(key) };
    const of = array.type as Exclude<typeof array.type, "array" | "string">;
    return { type: "array", of, items: of === "bool" ? metadata.booleans(key) : metadata.numbers(key) };
  }
  if (type === "string") return { type, value: String(value) };
  return { type: type as Exclude<NonNullable<typeof type>, "array" | "string">, value: value as number | bigint | boolean };
}

function ofStored(tensor: StoredTensor, name: string, own: string, shape: readonly number[], lay: Lay): SourceTensor {
  if (tensor.id === undefined)
    throw new InkstoneError("E_MODEL_TENSORS", {
      problems: { en: `${tensor.name} is of type ${tensor.type}, which cannot be used`, zh: `${tensor.name} 的类型 ${tensor.type} 无法使用` },
    });
  const inputs = shape.at(-1) ?? 1;
  const outputs = shape.reduce((product, size) => product * size, 1) / inputs;
  return { name, own, shape, type: tensor.id, readRows: rowReader(tensor, { outputs, inputs }, lay) };
}

async function ofHub(folder: HubFolder): Promise<ModelSource> {
  const form = hubForm(folder.config);
  const { weights, ignored = [] } = findArchitecture(decoders, "hub", String(folder.config["model_type"]));
  const nothing = new Set(ignored);
  const tensors: SourceTensor[] = [];
  for (const tensor of hubStore(folder).tensors.values()) {
    const own = ownName(weights.hub, tensor.name);
    const name = own === undefined ? undefined : fileName(weights.gguf, own);
    if (own !== undefined && name !== undefined) tensors.push(placed(tensor, name, own, form));
    else if (!nothing.has(tensor.name.replace(/\d+/g, "{i}")))
      throw new InkstoneError("E_MODEL_TENSORS", { problems: { en: `${tensor.name} is not known`, zh: `${tensor.name} 未知` } });
  }
  const declaredTied = folder.config["tie_word_embeddings"] === true;
  const kept = declaredTied ? tensors.filter(({ own }) => own !== "head.weight") : tensors;
  if (form.factors !== undefined) kept.push(ofValues("rope_freqs.weight", "rope.factors.weight", form.factors));
  return {
    metadata: new Map<string, GgufValue>([
      ["general.architecture", { type: "string", value: form.architecture }],
      ["general.name", { type: "string", value: folder.name }],
      ...[...form.settings].map(([key, value]): [string, GgufValue] => [`${form.architecture}.${key}`, value]),
      ...(await ggufTokenizer(folder.path, form.vocabularySize)),
    ]),
    tensors: kept.toSorted((a, b) => orderOf(a.own) - orderOf(b.own)),
    layers: form.layers,
    tied: !kept.some(({ own }) => own === "head.weight"),
    isQuantised: false,
  };
}

// The embedding, then layer by layer, then the norm and the head.
function orderOf(own: string): number {
  const layer = /^layers\.(\d+)\./.exec(own)?.[1];
  if (layer !== undefined) return 1 + Number(layer);
  return own.startsWith("embedding") || own.startsWith("positions") || own.startsWith("rope") ? 0 : Number.MAX_SAFE_INTEGER;
}

function placed(tensor: StoredTensor, name: string, own: string, { paired, transposed }: HubForm): SourceTensor {
  const part = /^layers\.\d+\.(attention\.(query|key))\./.exec(own)?.[2];
  const isMatrix = tensor.shape.length === 2;
  const rows = isMatrix && transposed && own.startsWith("layers.") ? [tensor.shape[1], tensor.shape[0]] : tensor.shape;
  if (paired === undefined || part === undefined) return ofStored(tensor, name, own, rows, rows === tensor.shape ? {} : { transposed: true });
  const width = paired.headWidth;
  // Row 2j + s of a head is row j + s · width/2 of it in the folder.
  const row = (i: number) => i - (i % width) + (i % 2) * (width / 2) + Math.floor((i % width) / 2);
  if (isMatrix) return ofStored(tensor, name, own, rows, { of: rows[0], row });
  return { ...ofStored(tensor, name, own, rows, {}), readRows: pairedVector(tensor, row) };
}

function pairedVector({ blockBytes: unit, bytes, read }: StoredTensor, row: (i: number) => number): SourceTensor["readRows"] {
  return (_first, _rows, into) => {
    const all = new Uint8Array(bytes);
    read(0, all);
    for (let i = 0; i * unit < bytes; i++) into.set(all.subarray(row(i) * unit, (row(i) + 1) * unit), i * unit);
  };
}

function ofValues(name: string, own: string, values: Float32Array): SourceTensor {
  const bytes = new Uint8Array(values.buffer);
  return { name, own, shape: [values.length], type: 0, readRows: (_first, _rows, into) => into.set(bytes) };
}
