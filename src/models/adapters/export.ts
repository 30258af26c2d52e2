// A folder of the hub written anew with some of its tensors changed: what full training and merging give. Knows no training.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { type FileContent, type HubFolder, type SafetensorsContent, type SafetensorsType, safetensorsPieces } from "../../formats/index.ts";
import { fileName } from "../weights/names.ts";
import { valuesOf } from "../weights/reading.ts";
import { hubStore } from "../weights/store.ts";
import { mergedMatrix, type TrainableDecoder, type TrainedWeight } from "./trainable.ts";

/** Files beside the weights that belong to a model. */
const beside = /^(.*\.json|.*\.jinja|merges\.txt|vocab\.txt|.*\.model|LICENSE.*|README\.md)$/;
const notBeside = /^(model.*\.safetensors\.index\.json|adapter_config\.json)$/;

/** Values of tensors that have changed, by their names on the hub, in the shape that they have there. */
export type ChangedTensors = ReadonlyMap<string, (shape: readonly number[]) => Float32Array>;

/** What training has changed: every weight where all were trained, else the matrices with the adapter in them. */
function changedTensors(open: TrainableDecoder): ChangedTensors {
  const turned = (values: Float32Array, shape: readonly number[]) =>
    open.transposed && shape.length === 2 ? transposedValues(values, shape) : values;
  if (open.adapter) {
    const { sites } = open.adapter;
    return new Map([...sites.keys()].map((module) => [`${module}.weight`, (shape) => turned(mergedMatrix(open, module), shape)]));
  }
  const names = new Map<string, TrainedWeight[]>();
  for (const weight of open.trained) {
    const name = fileName(open.architecture.weights.hub, weight.own) ?? weight.own;
    names.set(name, [...(names.get(name) ?? []), weight]);
  }
  return new Map(
    [...names].map(([name, pieces]) => [name, (shape) => (pieces[0].lay.transposed ? turned(wholeOf(pieces), shape) : wholeOf(pieces))]),
  );
}

// Pieces of one tensor, each row where it lies.
function wholeOf(pieces: readonly TrainedWeight[]): Float32Array {
  const [{ tensor, lay }] = pieces;
  const width = tensor.shape[1] ?? 1;
  const whole = new Float32Array((lay.of ?? tensor.shape[0]) * width);
  for (const piece of pieces) {
    const { row = (i: number) => i, plus = 0 } = piece.lay;
    const values = piece.tensor.dataSync();
    for (let i = 0; i < piece.tensor.shape[0]; i++) for (let k = 0; k < width; k++) whole[row(i) * width + k] = values[i * width + k] - plus;
  }
  return whole;
}

/**
 * The files of a whole folder: the base's own, and its weights with what was trained in them, each tensor in the type that it had. Values are made when their turn comes.
 *
 * Errors: `E_ADAPTER_BASE` for a tensor that the base does not have.
 */
export function hubContent(base: { readonly folder: string; readonly file: HubFolder }, open: TrainableDecoder): Map<string, FileContent> {
  const store = hubStore(base.file);
  const changed = changedTensors(open);
  for (const name of changed.keys()) {
    if (store.tensors.has(name)) continue;
    throw new InkstoneError("E_ADAPTER_BASE", { adapter: base.folder, why: { en: `the base has no tensor ${name}`, zh: `基座没有张量 ${name}` } });
  }
  const tensors = [...store.tensors.values()].map((tensor): SafetensorsContent => {
    const { name, shape } = tensor;
    const count = shape.reduce((product, size) => product * size, 1);
    const given = changed.get(name);
    return { name, shape, type: tensor.type as SafetensorsType, values: () => given?.(shape) ?? valuesOf(tensor, count) };
  });
  const files = readdirSync(base.folder, { withFileTypes: true }).filter((one) => one.isFile() && beside.test(one.name) && !notBeside.test(one.name));
  const content = new Map<string, FileContent>([["model.safetensors", safetensorsPieces(tensors, { format: "pt" })]]);
  for (const { name } of files) content.set(name, readFileSync(join(base.folder, name)));
  return content;
}

// Values [outputs, inputs] as [inputs, outputs]: how GPT-2 has them.
function transposedValues(values: Float32Array, [inputs, outputs]: readonly number[]): Float32Array {
  const turned = new Float32Array(values.length);
  for (let o = 0; o < outputs; o++) for (let i = 0; i < inputs; i++) turned[i * outputs + o] = values[o * inputs + i];
  return turned;
}
