// Safetensors files, written: whole under their name or not at all. Knows nothing of what the tensors mean.
import { InkstoneError } from "../../core/index.ts";
import { type DurableOptions, writeFileDurably } from "../durable/write.ts";
import { encodeValues, type SafetensorsType, type SafetensorsValues, safetensorsTypes } from "./types.ts";

/** A tensor to be written. */
export interface SafetensorsContent {
  readonly name: string;
  /** Default: F32, I32, I64 or U8 by the values; F16 and BF16 round Float32Array. */
  readonly type?: SafetensorsType;
  readonly shape: readonly number[];
  /** The values, or a function that gives them when their turn comes. */
  readonly values: SafetensorsValues | (() => SafetensorsValues);
}

/** Options of writing. */
export interface SafetensorsWriteOptions extends DurableOptions {
  /** `__metadata__`; transformers asks for { format: "pt" }. */
  readonly metadata?: Readonly<Record<string, string>>;
}

interface Planned extends SafetensorsContent {
  readonly type: SafetensorsType;
  readonly bytes: number;
}

/**
 * Writes a safetensors file durably: never half of it under its name. Values are laid down by falling element size and by name, as the reference writer does.
 *
 * Errors: E_FORMAT_NAME for a name that is there twice or reserved; E_TENSOR_VALUES where values do not fill the shape; E_FORMAT_UNSUPPORTED; E_IO, E_IO_FULL, E_IO_CREATE.
 *
 * @example
 * await writeSafetensors("weights.safetensors", [{ name: "a", shape: [2], values: Float32Array.of(1, 2) }]);
 */
export async function writeSafetensors(path: string, tensors: Iterable<SafetensorsContent>, options: SafetensorsWriteOptions = {}): Promise<void> {
  await writeFileDurably(path, safetensorsPieces(tensors, options.metadata), options);
}

/** The bytes of such a file, piece by piece: to be written as part of something larger. Errors: as `writeSafetensors`, some of them with the first piece. */
export function* safetensorsPieces(tensors: Iterable<SafetensorsContent>, metadata?: Readonly<Record<string, string>>): Generator<Uint8Array> {
  const planned = plan(tensors);
  yield header(planned, metadata);
  for (const tensor of planned) {
    const values = valuesOf(tensor);
    if (values.length * safetensorsTypes[tensor.type].bytes !== tensor.bytes) throw mismatch(tensor, values.length);
    yield encodeValues(tensor.name, tensor.type, values);
  }
}

const valuesOf = ({ values }: SafetensorsContent): SafetensorsValues => (typeof values === "function" ? values() : values);

function mismatch({ shape }: SafetensorsContent, got: number): InkstoneError {
  return new InkstoneError("E_TENSOR_VALUES", { expected: shape.reduce((product, size) => product * size, 1), got, shape });
}

function plan(tensors: Iterable<SafetensorsContent>): Planned[] {
  const seen = new Set(["__metadata__", ""]);
  const planned = [...tensors].map((tensor): Planned => {
    const { name, shape } = tensor;
    if (seen.has(name)) {
      const why = { en: "it appears twice, or is reserved", zh: "重复或为保留名" };
      throw new InkstoneError("E_FORMAT_NAME", { field: "header", offset: 0, name, why });
    }
    seen.add(name);
    const type = tensor.type ?? typeOf(valuesOf(tensor));
    return { ...tensor, type, bytes: shape.reduce((product, size) => product * size, safetensorsTypes[type].bytes) };
  });
  return planned.sort((a, b) => safetensorsTypes[b.type].bytes - safetensorsTypes[a.type].bytes || (a.name < b.name ? -1 : 1));
}

function typeOf(values: SafetensorsValues): SafetensorsType {
  if (values instanceof Float32Array) return "F32";
  if (values instanceof Int32Array) return "I32";
  return values instanceof BigInt64Array ? "I64" : "U8";
}

// Length, then JSON filled up with spaces so that the values begin at a multiple of 8.
function header(planned: readonly Planned[], metadata: Readonly<Record<string, string>> | undefined): Uint8Array {
  let at = 0;
  const entries = planned.map(({ name, type, shape, bytes }) => {
    const begin = at;
    at += bytes;
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype: type, shape, data_offsets: [begin, at] })}`;
  });
  if (metadata) entries.unshift(`"__metadata__":${JSON.stringify(metadata)}`);
  const json = Buffer.from(`{${entries.join(",")}}`);
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20, 8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}
