// From a binary of Marian to a model that runs.
import { InkstoneError } from "../../../core/index.ts";
import { openMarian } from "../../../formats/index.ts";
import type { Precision } from "../../../native/index.ts";
import type { Device } from "../../../tensor/index.ts";
import { packedMaker } from "../../encoder/weight-makers.ts";
import { TextToText } from "../writing/text-to-text.ts";
import { buildMarian } from "./network.ts";

/**
 * Loads a binary of Marian, such as Firefox's translators. Errors: `E_FORMAT_…`, `E_MODEL_CONFIG`, `E_MODEL_TENSORS`, `E_MODEL_MEMORY`.
 *
 * @example
 * await loadMarian("none.bin", cpu(), "exact"); // throws E_FORMAT_NO_FILE
 */
export async function loadMarian(path: string, device: Device, precision: Precision): Promise<TextToText> {
  const file = await openMarian(path);
  try {
    const needed = [...file.weights.values()].reduce((sum, { elements }) => sum + 4 * elements, 0);
    const available = process.availableMemory();
    if (needed > available) throw new InkstoneError("E_MODEL_MEMORY", { needed, available });
    return new TextToText(buildMarian(file, device, packedMaker(device, precision, "matrix")), device, precision);
  } finally {
    file.close();
  }
}
