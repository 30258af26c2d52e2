// Vectors of tokens: rows of an embedding table, by name. Knows tables and layers; knows no files.
import { WordVectors } from "../../classical/index.ts";
import { InkstoneError } from "../../core/index.ts";
import { DenseWeight, Embedding, type Layer, type MatrixWeight } from "../../nn/index.ts";
import { type Device, noGrad, tensor, tidy } from "../../tensor/index.ts";
import type { Tokenizer } from "../../text/index.ts";

/** Names of tokens: the name of row i at place i, or the tokenizer whose ids they are. */
export type TokenNames = readonly string[] | Pick<Tokenizer, "tokens" | "vocabularySize">;

/** Options of `embeddingVectors`. */
export interface EmbeddingVectorsOptions {
  /** Which embedding, where there are several. Default: the first. */
  readonly layer?: string;
}

/**
 * The trained vectors of the tokens: rows of an `Embedding` of the model. The copy does not change when training goes on. Of two tokens of one name the later gets its id behind it: `a #7`.
 *
 * Shapes: embeddings [V, C], at most V names -> as many vectors of C. Errors: `E_MODEL_LAYERS` where there is no such embedding, `E_OPTION` for more names than rows.
 *
 * @example
 * const model = new Sequential([new Embedding({ inputDim: 3, outputDim: 8, inputLength: 2 }), new Flatten(), new Dense({ units: 3 })]);
 * const vectors = embeddingVectors(model, ["<pad>", "king", "queen"]);
 * vectors.vector("king").length; // 8
 * vectors.nearest("king", 1).length; // 1
 */
export function embeddingVectors(model: ModelOfLayers, tokens: TokenNames, { layer }: EmbeddingVectorsOptions = {}): WordVectors {
  const found = embeddingOf(model, layer);
  const count = "vocabularySize" in tokens ? tokens.vocabularySize : tokens.length;
  if (count > found.inputDim)
    throw new InkstoneError("E_OPTION", {
      option: "tokens",
      value: count,
      allowed: { en: `at most ${found.inputDim}`, zh: `不超过 ${found.inputDim}` },
    });
  const ids = Array.from({ length: count }, (_, id) => id);
  return rowVectors(found.embeddings.device, new DenseWeight(found.embeddings), ids, "vocabularySize" in tokens ? tokens.tokens(ids) : tokens);
}

/** A model, as far as its layers count here. */
export interface ModelOfLayers {
  readonly name: string;
  readonly layers: readonly Layer[];
}

/**
 * An embedding of a model, built. Errors: `E_MODEL_LAYERS`.
 *
 * @example
 * const model = new Sequential([new Embedding({ inputDim: 3, outputDim: 8, inputLength: 2 })]);
 * embeddingOf(model).embeddings.shape; // [3, 8]
 */
export function embeddingOf(model: ModelOfLayers, name?: string): Embedding {
  const found = model.layers.find((layer): layer is Embedding => layer instanceof Embedding && (name === undefined || layer.name === name));
  if (found === undefined) {
    const why = { en: "it is no Embedding, which vectors of tokens are rows of", zh: "它不是 Embedding，而词元向量是其各行" };
    throw new InkstoneError("E_MODEL_LAYERS", { layer: name ?? model.layers[0]?.name ?? model.name, why });
  }
  found.ensureBuilt([]);
  return found;
}

/**
 * Rows of a table by id, under these names.
 *
 * @example
 * const table = new DenseWeight(tensor([[1, 2], [3, 4]]));
 * rowVectors(cpu(), table, [1], ["tea"]).vector("tea"); // [3, 4]
 */
export function rowVectors(device: Device, table: MatrixWeight, ids: readonly number[], names: readonly string[]): WordVectors {
  const [, width] = table.shape;
  const values = tidy(() => noGrad(() => table.gather(tensor(Int32Array.from(ids), undefined, { device })).dataSync()));
  const taken = new Set<string>();
  const unique = names.map((name, i) => {
    const own = taken.has(name) ? `${name} #${ids[i]}` : name;
    taken.add(own);
    return own;
  });
  return new WordVectors(
    unique,
    ids.map((_, i) => values.subarray(i * width, (i + 1) * width)),
  );
}
