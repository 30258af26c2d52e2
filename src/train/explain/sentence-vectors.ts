// Vectors of whole inputs: what a layer of a trained model makes of them. Knows no texts.
import { WordVectors } from "../../classical/index.ts";
import { InkstoneError } from "../../core/index.ts";
import { Dense } from "../../nn/index.ts";
import { noGrad, type Tensor, tidy, withDevice } from "../../tensor/index.ts";
import type { ArrayInput } from "../inputs/column.ts";
import { Turns } from "../inputs/turns.ts";
import { checkSignal } from "../model/evaluate.ts";
import type { Sequential } from "../model/sequential.ts";
import { inputBatches } from "./inputs.ts";

/** Options of `sentenceVectors`. */
export interface SentenceVectorsOptions {
  /** Whose output. Default: the layer before the last `Dense`. */
  readonly layer?: string;
  readonly signal?: AbortSignal;
}

/**
 * What a layer gives for each input, under the names of the inputs. A layer that gives a vector a step, [T, C], is averaged over the steps that count.
 *
 * Shapes: x [N, ...], N names -> N vectors. Errors: `E_OPTION` for another number of names, a name given twice, a layer that is not there; those of `predict`.
 *
 * @example
 * const model = new Sequential([new Embedding({ inputDim: 9, outputDim: 4, inputLength: 2 }), new LSTM({ units: 3 }), new Dense({ units: 9 })]);
 * const vectors = await sentenceVectors(model, [[1, 2], [3, 4]], ["good morning", "good night"]);
 * vectors.vector("good night").length; // 3
 */
export async function sentenceVectors(
  model: Sequential,
  x: ArrayInput,
  names: readonly string[],
  options: SentenceVectorsOptions = {},
): Promise<WordVectors> {
  const { layer = layerBeforeLastDense(model), signal } = options;
  const vectors: Float32Array[] = [];
  const turns = new Turns();
  for await (const batch of inputBatches(model, x)) {
    checkSignal(signal, "sentenceVectors");
    vectors.push(...tidy(() => noGrad(() => withDevice(model.device, () => meansOf(model.outputOf(layer, batch.tensor()))))));
    await turns.rest();
  }
  return new WordVectors(names, vectors);
}

function layerBeforeLastDense({ layers }: Sequential): string {
  const place = layers.findLastIndex((layer) => layer instanceof Dense);
  const found = place < 0 ? layers[layers.length - 1] : layers[place - 1];
  if (found) return found.name;
  throw new InkstoneError("E_OPTION", { option: "layer", value: "undefined", allowed: layers.map(({ name }) => name) });
}

// [B, C] as rows, [B, T, C] as their means over the steps that count.
function meansOf({ output, mask }: { readonly output: Tensor; readonly mask: Tensor | undefined }): Float32Array[] {
  const [rows, ...shape] = output.shape;
  const values = output.dataSync() as Float32Array;
  const width = shape.reduce((product, size) => product * size, 1);
  const row = (i: number) => values.slice(i * width, (i + 1) * width);
  if (shape.length !== 2) return Array.from({ length: rows }, (_, i) => row(i));
  const [steps, channels] = shape;
  const counts = mask?.dataSync() ?? new Int32Array(rows * steps).fill(1);
  return Array.from({ length: rows }, (_, i) => {
    const sum = new Float64Array(channels);
    let counted = 0;
    for (let t = 0; t < steps; t++) {
      if (counts[i * steps + t] === 0) continue;
      counted++;
      for (let c = 0; c < channels; c++) sum[c] += values[i * width + t * channels + c];
    }
    return Float32Array.from(sum, (value) => value / Math.max(1, counted));
  });
}
