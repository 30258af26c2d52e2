// An adapter put into a GGUF file: the matrices that it changes as F16, all else as it lies. Knows no training.
import { singlesToHalves } from "../../core/index.ts";
import { type GgufFile, type GgufTensorContent, ggufTypes, writeGguf } from "../../formats/index.ts";
import type { Device } from "../../tensor/index.ts";
import { modelSource } from "../convert/source.ts";
import type { PeftAdapter } from "./peft.ts";
import { refuseOtherBase } from "./served.ts";
import { mergedTensors, openTrainableDecoder } from "./trainable.ts";

const F16 = 1;
/** Bytes that are read at a time. */
const PIECE = 4 << 20;

/** What is merged. */
export interface GgufMergeParts {
  readonly file: GgufFile;
  readonly adapter: PeftAdapter;
  /** The file that is written. */
  readonly output: string;
  readonly signal?: AbortSignal;
}

/**
 * Writes a GGUF file: the base with the adapter in its weights, those matrices as F16 (`inkstone quantize` makes them small again), everything else as it lies. Whole or not at all.
 *
 * Errors: `E_ADAPTER_BASE`; those of `openTrainableDecoder` and of durable writes; the signal's reason.
 *
 * @example
 * await mergeIntoGguf(cpu(), { file: await openGguf("model.gguf"), adapter: await readPeft("no-adapter"), output: "merged.gguf" }); // throws E_ADAPTER
 */
export async function mergeIntoGguf(device: Device, { file, adapter, output, signal }: GgufMergeParts): Promise<void> {
  const { settings, matrices, name } = adapter;
  const open = await openTrainableDecoder(file, device, { tuning: { kind: "adapter", settings, values: matrices, name }, signal, contextLength: 64 });
  try {
    refuseOtherBase(name, adapter.base.fingerprint, open.fingerprint);
    const source = await modelSource(file);
    const changed = mergedTensors(open);
    const tensors = source.tensors.map(({ name: called, own, shape, type: id, readRows }): GgufTensorContent => {
      const values = changed.get(own);
      const type = ggufTypes.get(values ? F16 : id);
      if (type === undefined) throw new Error(`no type ${id}`);
      const inputs = shape.at(-1) ?? 1;
      const outputs = shape.reduce((product, size) => product * size, 1) / inputs;
      const data = function* () {
        const rowBytes = (inputs / type.block) * type.bytes;
        const whole = values?.(outputs);
        const step = Math.max(1, Math.floor(PIECE / rowBytes));
        for (let first = 0; first < outputs; first += step) {
          signal?.throwIfAborted();
          const rows = Math.min(step, outputs - first);
          if (whole) yield new Uint8Array(singlesToHalves(whole.subarray(first * inputs, (first + rows) * inputs)).buffer);
          else {
            const bytes = new Uint8Array(rows * rowBytes);
            readRows(first, rows, bytes);
            yield bytes;
          }
        }
      };
      return { name: called, shape, type, data };
    });
    await writeGguf(output, { metadata: new Map([...source.metadata, ["general.file_type", { type: "uint32", value: F16 }]]), tensors });
  } finally {
    open.dispose();
  }
}
