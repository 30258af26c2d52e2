// The token embedding of a GGUF file alone: its vectors without the model around them.

import { InkstoneError, type Words } from "../core/index.ts";
import { type GgufFile, requireSupported } from "../formats/index.ts";
import { PackedWeight } from "../nn/index.ts";
import type { Device } from "../tensor/index.ts";
import { packTensor } from "./weights/packing.ts";
import { missingWeight } from "./weights/reading.ts";
import { ggufStore } from "./weights/store.ts";

/** What every architecture calls it in GGUF files. */
const NAME = "token_embd.weight";

/**
 * The table of token vectors [V, C] of a GGUF file, packed as models use it; nothing else is read. To be disposed of.
 *
 * Errors: `E_MODEL_TENSORS` where there is none, `E_MODEL_MEMORY`, `E_FORMAT_UNSUPPORTED`.
 *
 * @example
 * const file = await openGguf("model.gguf");
 * const table = tokenEmbedding(file, cpu());
 * table.gather(tensor(Int32Array.of(0))).shape[1] === table.shape[1]; // true
 */
export function tokenEmbedding(gguf: GgufFile, device: Device): PackedWeight {
  const source = gguf.tensors.get(NAME);
  const stored = ggufStore(gguf).tensors.get(NAME);
  const refuse = (problems: Words) => new InkstoneError("E_MODEL_TENSORS", { problems });
  if (source === undefined || stored === undefined) throw refuse(missingWeight(NAME));
  requireSupported(source);
  const { shape, block, bytes } = stored;
  if (shape.length !== 2 || shape[1] % block !== 0)
    throw refuse({ en: `${NAME} is [${shape.join(", ")}], expected rows of whole blocks`, zh: `${NAME} 为 [${shape.join(", ")}]，每行应为整块` });
  const available = process.availableMemory();
  if (bytes > available) throw new InkstoneError("E_MODEL_MEMORY", { needed: bytes, available });
  const [outputs, inputs] = shape;
  return new PackedWeight(packTensor(device, stored, { outputs, inputs }, {}, "exact"), "exact");
}
