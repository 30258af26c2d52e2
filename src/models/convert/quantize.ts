// Writes a model as a GGUF file in the types of a mixture, from another GGUF file or a folder of the hub, and lets it go only through the gate. Knows no commands.
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { DurableFile, type GgufTensorContent, type GgufValue, ggufBytes, ggufPieces, openModelFile } from "../../formats/index.ts";
import { type Executor, openExecutor } from "../../native/index.ts";
import { checkParity, type Parity } from "./gate.ts";
import { type ModelSource, modelSource, type SourceTensor } from "./source.ts";
import { BlockTurner, bytesOfType, PIECE_VALUES } from "./turner.ts";
import { type Mixture, type MixtureName, mixtureOf, type Place, typeOfTensor } from "./types.ts";

/** How to write. */
export interface QuantizeOptions {
  /** A mixture of llama.cpp: "q4_k_m", "q8_0", "f16", … */
  readonly type: string;
  /** Default: all of the machine. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Tensors written, then tensors compared: twice as many as the model has. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What was written. */
export interface QuantizeResult {
  readonly path: string;
  readonly type: MixtureName;
  readonly bytes: number;
  /** Of what was read. */
  readonly bytesBefore: number;
  readonly parameters: number;
  /** Tensors by type. */
  readonly types: Readonly<Record<string, number>>;
  /** Matrices were quantised before: what was lost then stays lost. */
  readonly requantised: boolean;
  readonly parity: Parity;
}

/**
 * Writes a GGUF file: tensors in the types of the mixture (vectors and learned positions in F32), metadata, tokenizer and chat template inside. The file gets its name only when, opened
 * again, its tensors, its tokenizer and its logits agree with the model's within the tolerance of their types.
 *
 * Errors: `E_OPTION` (type, or an output that is the input); `E_MODEL_ARCHITECTURE` for a folder of a family without a form in GGUF here; `E_MODEL_…`, `E_TOKENIZER_…`, `E_FORMAT_…` of the
 * model; `E_KERNEL` for values that are not finite; `E_EXPORT_PARITY` with where it does not agree; those of durable writes; the signal's reason.
 *
 * @example
 * const { types } = await quantizeModel("model.gguf", "model-q8_0.gguf", { type: "q8_0" });
 * types; // { F32: 5, Q8_0: 15 }
 */
export async function quantizeModel(from: string, to: string, options: QuantizeOptions): Promise<QuantizeResult> {
  const mixture = mixtureOf(options.type);
  if (resolve(from) === resolve(to)) {
    throw new InkstoneError("E_OPTION", { option: "output", value: to, allowed: { en: "another path than the input's", zh: "与输入不同的路径" } });
  }
  const file = await openModelFile(from);
  const executor = openExecutor(options.threads === undefined ? {} : { threads: options.threads });
  let turner: BlockTurner | undefined;
  try {
    const source = await modelSource(file);
    turner = new BlockTurner(
      executor,
      source.tensors.reduce((most, { shape }) => Math.max(most, shape.at(-1) ?? 1), PIECE_VALUES),
    );
    const partial = await write({ source, mixture, to, turner, options });
    try {
      const total = 2 * source.tensors.length;
      const gate = { source, original: file, originalPath: from, written: partial.path, executor: executor as Executor, turner };
      const onProgress = (done: number) => options.onProgress?.(source.tensors.length + done, total);
      const parity = await checkParity({ ...gate, onProgress, ...(options.signal === undefined ? {} : { signal: options.signal }) });
      const bytes = partial.size;
      await partial.commit(to);
      const bytesBefore = "metadata" in file ? statSync(from).size : [...file.tensors.values()].reduce((sum, tensor) => sum + tensor.bytes, 0);
      return { path: resolve(to), type: mixture.name, bytes, bytesBefore, ...summary(source, mixture), parity };
    } catch (error) {
      await partial.discard().catch(() => undefined);
      throw error;
    }
  } finally {
    turner?.dispose();
    file.close();
  }
}

const placeOf = ({ layers, tied }: ModelSource, { own, shape }: SourceTensor): Place => ({ own, shape, layers, tied });

function summary(source: ModelSource, mixture: Mixture): Pick<QuantizeResult, "parameters" | "types" | "requantised"> {
  const types: Record<string, number> = {};
  let parameters = 0;
  for (const tensor of source.tensors) {
    const { name } = typeOfTensor(mixture, placeOf(source, tensor));
    types[name] = (types[name] ?? 0) + 1;
    parameters += tensor.shape.reduce((product, size) => product * size, 1);
  }
  return { parameters, types, requantised: source.isQuantised && mixture.base.block > 1 };
}

interface Writing {
  readonly source: ModelSource;
  readonly mixture: Mixture;
  readonly to: string;
  readonly turner: BlockTurner;
  readonly options: QuantizeOptions;
}

async function write({ source, mixture, to, turner, options }: Writing): Promise<DurableFile> {
  const { signal, onProgress } = options;
  let done = 0;
  const tensors = source.tensors.map((tensor): GgufTensorContent => {
    const type = typeOfTensor(mixture, placeOf(source, tensor));
    ggufBytes(tensor.shape, type);
    const data = async function* () {
      yield* rowsOf(tensor, type.id, turner, signal);
      onProgress?.(++done, 2 * source.tensors.length);
    };
    return { name: tensor.name, shape: tensor.shape, type, data };
  });
  const metadata = new Map<string, GgufValue>([
    ...source.metadata,
    ["general.file_type", { type: "uint32", value: mixture.fileType }],
    ...(mixture.base.block === 1 ? [] : [["general.quantization_version", { type: "uint32", value: 2 }] as const]),
  ]);
  const partial = await DurableFile.openPartial(`${to}.partial`, { resume: false });
  try {
    for await (const piece of ggufPieces({ metadata, tensors })) await partial.append(piece);
    return partial;
  } catch (error) {
    await partial.discard().catch(() => undefined);
    throw error;
  }
}

async function* rowsOf(
  { shape, type, readRows }: SourceTensor,
  into: number,
  turner: BlockTurner,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const inputs = shape.at(-1) ?? 1;
  const outputs = shape.reduce((product, size) => product * size, 1) / inputs;
  const step = Math.max(1, Math.floor(PIECE_VALUES / inputs));
  for (let first = 0; first < outputs; first += step) {
    signal?.throwIfAborted();
    const rows = Math.min(step, outputs - first);
    const bytes = new Uint8Array(bytesOfType(rows * inputs, type));
    readRows(first, rows, bytes);
    yield type === into ? bytes : await turner.blocks(await turner.values(bytes, type, rows * inputs), into);
  }
}
