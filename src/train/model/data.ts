// What fit is given, made into columns and checked against the model before the first step. Knows no epochs.
import { InkstoneError } from "../../core/index.ts";
import { Tensor } from "../../tensor/index.ts";
import { type ArrayInput, type Column, checkRows, columnOf, dataRefusal, firstWhere, rowRefusal, rowsOfColumn } from "../inputs/column.ts";
import type { TrainingLoss } from "../step/losses.ts";
import type { Columns } from "../step/steps.ts";
import type { Inputs, ModelCore } from "./core.ts";

/** Rows to train on or to look at. */
export interface RowData extends Columns {
  readonly rows: number;
}

/** What is given for them. */
export interface GivenData {
  readonly x: Inputs;
  readonly y: ArrayInput;
  readonly sampleWeight?: ArrayLike<number>;
  readonly classWeight?: Readonly<Record<number, number>>;
}

/** Inputs as columns: "x", or "x[0]", "x[1]" … where there are several. Errors: `E_TRAINING_DATA`, `E_TRAINING_ROW`. */
export async function inputColumns(x: Inputs): Promise<Column[]> {
  const several = typeof x === "object" && x !== null && "inputs" in x && !(x instanceof Tensor) ? x.inputs : undefined;
  if (several?.length === 0) throw dataRefusal("x", "it has no inputs", "没有任何输入");
  return Promise.all(several ? several.map((input, i) => columnOf(`x[${i}]`, input)) : [columnOf("x", x as ArrayInput)]);
}

/**
 * Columns of training data, checked: the same number of rows, inputs that the first layer takes, targets that go with the loss and with what the model gives.
 * The model is built on the way. Errors: `E_TRAINING_DATA`, `E_TRAINING_ROW`, `E_SHAPE` that names the layer.
 */
export async function trainingData(
  model: ModelCore,
  loss: TrainingLoss,
  given: GivenData,
  names: { readonly y: string } = { y: "y" },
): Promise<RowData> {
  const inputs = await inputColumns(given.x);
  const raw = await columnOf(names.y, given.y);
  const rows = checkRows([...inputs, raw]);
  await model.checkInputs(inputs);
  const outputShape = model.ensureBuilt(
    inputs.map(({ shape }) => shape),
    model.inputTypes(inputs),
  );
  const targets = fitted(raw, loss, outputShape);
  if (loss.kind === "ids") await checkIds(targets, outputShape[outputShape.length - 1], loss.ignoreIndex);
  return { inputs, targets, weights: weightsOf(given, targets, loss, rows), rows };
}

// Targets in the shape that the loss takes: [N, 1] stands for [N], and the other way.
function fitted(targets: Column, { kind, name }: TrainingLoss, output: readonly number[]): Column {
  if (name === undefined) return targets;
  const wanted = kind === "ids" ? output.slice(0, -1) : output;
  const same = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((size, i) => size === b[i]);
  const { shape } = targets;
  if (same(shape, wanted)) return targets;
  const squeezed = (of: readonly number[]) => of.filter((size, i) => size !== 1 || i < of.length - 1);
  if (same([...shape, 1], wanted) || same(shape, [...wanted, 1]) || same(squeezed(shape), wanted)) return { ...targets, shape: wanted };
  const hint = kind === "one-hot" && same(shape, output.slice(0, -1));
  const [en, zh] = hint
    ? [
        `each of its rows is [${shape}], a class; ${name} takes one number a class, [${wanted}]: use "sparse_categorical_crossentropy"`,
        `每行为 [${shape}] 的类别；${name} 需要每类一个数 [${wanted}]：请用 "sparse_categorical_crossentropy"`,
      ]
    : [
        `each of its rows is [${shape}], the model gives [${output}], for which ${name} takes [${wanted}]`,
        `每行为 [${shape}]，而模型输出为 [${output}]，${name} 需要 [${wanted}]`,
      ];
  throw dataRefusal(targets.name, en, zh);
}

async function checkIds({ name, values, width }: Column, classes: number, ignored: number | undefined): Promise<void> {
  const wrong = await firstWhere(values, (id) => !((Number.isInteger(id) && id >= 0 && id < classes) || id === ignored));
  if (wrong < 0) return;
  const id = values[wrong];
  throw rowRefusal(name, Math.floor(wrong / width), {
    en: `the class ${id} is not one of 0 to ${classes - 1}`,
    zh: `类别 ${id} 不在 0 至 ${classes - 1} 之内`,
  });
}

// Weights of rows: as given, times those of their class.
function weightsOf(given: GivenData, targets: Column, { kind }: TrainingLoss, rows: number): Column | undefined {
  const { sampleWeight, classWeight } = given;
  if (sampleWeight === undefined && classWeight === undefined) return undefined;
  if (sampleWeight && sampleWeight.length !== rows)
    throw dataRefusal(
      "sampleWeight",
      `it has ${sampleWeight.length} weights, x has ${rows} rows`,
      `它有 ${sampleWeight.length} 个权重，而 x 有 ${rows} 行`,
    );
  const values = sampleWeight ? Float32Array.from(sampleWeight) : new Float32Array(rows).fill(1);
  for (let i = 0; i < rows; i++) {
    if (!(values[i] >= 0 && Number.isFinite(values[i]))) throw rowRefusal("sampleWeight", i, { en: `it is ${values[i]}`, zh: `其值为 ${values[i]}` });
    if (classWeight) values[i] *= classWeight[classOf(targets, kind, i)] ?? 1;
  }
  return { name: "sampleWeight", rows, shape: [], width: 1, values };
}

function classOf({ values, width }: Column, kind: TrainingLoss["kind"], row: number): number {
  if (kind !== "one-hot") {
    if (width === 1) return values[row];
    throw new InkstoneError("E_OPTION", {
      option: "classWeight",
      value: `${width}`,
      allowed: { en: "for targets of one class a row", zh: "每行一个类别的目标" },
    });
  }
  let best = 0;
  for (let k = 1; k < width; k++) if (values[row * width + k] > values[row * width + best]) best = k;
  return best;
}

/** The first rows, and the last part that is kept for validation, as Keras splits: before any shuffling. Errors: `E_TRAINING_DATA` where one part would have no rows. */
export function splitData(data: RowData, validationSplit: number): readonly [train: RowData, validation: RowData] {
  const kept = Math.floor(data.rows * (1 - validationSplit));
  if (!(validationSplit > 0 && validationSplit < 1))
    throw new InkstoneError("E_OPTION", {
      option: "validationSplit",
      value: String(validationSplit),
      allowed: { en: "above 0 and below 1", zh: "大于 0 且小于 1" },
    });
  if (kept === 0 || kept === data.rows)
    throw dataRefusal("x", `${data.rows} rows cannot be split by ${validationSplit}`, `${data.rows} 行无法按 ${validationSplit} 划分`);
  const part = (first: number, end: number): RowData => ({
    rows: end - first,
    inputs: data.inputs.map((column) => rowsOfColumn(column, first, end)),
    targets: data.targets && rowsOfColumn(data.targets, first, end),
    weights: data.weights && rowsOfColumn(data.weights, first, end),
  });
  return [part(0, kept), part(kept, data.rows)];
}
