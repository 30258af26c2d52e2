// Tensors of a model file under one roof, whatever the container. Knows no architecture.
import type { GgufFile, HubFolder } from "../../formats/index.ts";

/** Containers that models come in. */
export type Container = "gguf" | "hub";

/** A tensor of a file. */
export interface StoredTensor {
  readonly name: string;
  /** Row-major, outermost first. */
  readonly shape: readonly number[];
  /** As GGUF names types: "F32", "Q4_K". */
  readonly type: string;
  /** Values that lie together in `blockBytes` bytes. */
  readonly block: number;
  readonly blockBytes: number;
  readonly bytes: number;
  /** GGUF's number of the type, for packing; undefined where the values cannot be used. */
  readonly id: number | undefined;
  read(byteStart: number, into: Uint8Array): void;
}

/** All tensors of a model. */
export interface TensorStore {
  readonly container: Container;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** Of a GGUF file. */
export function ggufStore(file: GgufFile): TensorStore {
  const tensors = [...file.tensors.values()].map((tensor): [string, StoredTensor] => {
    const { name, shape, type, bytes } = tensor;
    const id = type.supported ? type.id : undefined;
    const read = (byteStart: number, into: Uint8Array) => file.read(tensor, byteStart, into);
    return [name, { name, shape, type: type.name, block: type.block, blockBytes: type.bytes, bytes, id, read }];
  });
  return { container: "gguf", tensors: new Map(tensors) };
}

const hubTypes: Readonly<Record<string, number>> = { F32: 0, F16: 1, BF16: 30 };

/** Of a folder of the hub. */
export function hubStore(folder: HubFolder): TensorStore {
  const tensors = [...folder.tensors.values()].map((tensor): [string, StoredTensor] => {
    const { name, shape, type, bytes } = tensor;
    const count = shape.reduce((product, size) => product * size, 1);
    const read = (byteStart: number, into: Uint8Array) => tensor.read(byteStart, into);
    return [name, { name, shape, type, block: 1, blockBytes: count === 0 ? 0 : bytes / count, bytes, id: hubTypes[type], read }];
  });
  return { container: "hub", tensors: new Map(tensors) };
}
