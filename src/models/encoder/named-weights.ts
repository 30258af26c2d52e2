// Weights by the names of a Hub directory, whatever container they lie in. Matrices are [outputs, inputs]. Knows no architecture.

import { InkstoneError } from "../../core/index.ts";
import { type OnnxFile, openOnnx, openSafetensors, type SafetensorsFile } from "../../formats/index.ts";
import { missingWeight } from "../weights/reading.ts";
import { type OnnxWeight, onnxWeights, valuesOfOnnx } from "./onnx-weights.ts";

/** Weights by name. */
export interface NamedWeights {
  readonly names: readonly string[];
  /** Undefined where there is none of this name. */
  shape(name: string): readonly number[] | undefined;
  /** All values, widened or de-quantised to f32. Errors: `E_MODEL_TENSORS` where there is none, `E_FORMAT_…`. */
  values(name: string): Float32Array;
  close(): void;
}

function missing(name: string): InkstoneError {
  return new InkstoneError("E_MODEL_TENSORS", { problems: missingWeight(name) });
}

/** Of a safetensors file. */
export function weightsOfSafetensors(file: SafetensorsFile): NamedWeights {
  return {
    names: [...file.tensors.keys()],
    shape: (name) => file.tensors.get(name)?.shape,
    values(name) {
      if (!file.tensors.has(name)) throw missing(name);
      const values = file.values(name);
      return values instanceof Float32Array ? values : Float32Array.from(values, Number);
    },
    close: () => file.close(),
  };
}

/**
 * Of an ONNX file, named through the nodes that use them.
 *
 * @example
 * weightsOfOnnx(await openOnnx("none.onnx")); // throws E_FORMAT_NO_FILE
 */
export function weightsOfOnnx(file: OnnxFile): NamedWeights {
  const found: ReadonlyMap<string, OnnxWeight> = onnxWeights(file);
  return {
    names: [...found.keys()],
    shape: (name) => found.get(name)?.shape,
    values(name) {
      const weight = found.get(name);
      if (weight === undefined) throw missing(name);
      return valuesOfOnnx(file, weight);
    },
    close: () => file.close(),
  };
}

/**
 * Opens a file by what it is: ".onnx", or safetensors. Errors: those of `openOnnx` and `openSafetensors`.
 *
 * @example
 * const weights = await openNamedWeights("encoder.safetensors");
 * weights.values("bert.embeddings.LayerNorm.weight").length; // 32
 * weights.close();
 */
export async function openNamedWeights(path: string): Promise<NamedWeights> {
  return path.endsWith(".onnx") ? weightsOfOnnx(await openOnnx(path)) : weightsOfSafetensors(await openSafetensors(path));
}
