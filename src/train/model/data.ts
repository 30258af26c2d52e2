// What fit is given, made into columns and checked against the model before the first step. Knows no epochs.
import { aNumber, checkOption, InkstoneError } from "../../core/index.ts";
import { type Nested, type Shape, Tensor } from "../../tensor/index.ts";
import type { RoleColumn } from "../inputs/batches.ts";
import {
  type ArrayInput,
  type Column,
  checkRows,
  columnOf,
  dataRefusal,
  firstWhere,
  rowRefusal,
  rowsOfColumn,
  type ShapedValues,
} from "../inputs/column.ts";
import type { TrainingLoss } from "../step/losses.ts";
import type { Compiled } from "./compiled.ts";
import type { Inputs, ModelCore, Targets } from "./core.ts";

/** A weight for each row, or for each step of each row. */
export type SampleWeight = ArrayLike<number> | readonly ArrayLike<number>[] | ShapedValues;

/** Weights of classes by their number. */
export type ClassWeight = Readonly<Record<number, number>> | ReadonlyMap<number, number>;

/** Rows to train on or to look at. */
export interface RowData {
  readonly rows: number;
  readonly inputs: readonly Column[];
  /** One for each output. */
  readonly targets: readonly Column[];
  readonly weights?: Column;
  readonly inputTypes: readonly ("f32" | "i32")[];
}

/** What is given for them. */
export interface GivenData {
  readonly x: Inputs;
  readonly y: Targets;
  readonly sampleWeight?: SampleWeight;
}

// Several inputs or targets: told by name, or as a list of tensors.
function parts(given: unknown, field: "inputs" | "outputs"): readonly ArrayInput[] | undefined {
  if (Array.isArray(given) && given.length > 1 && given.every((part) => part instanceof Tensor)) return given;
  if (typeof given !== "object" || given === null || given instanceof Tensor || !(field in given)) return undefined;
  return (given as Readonly<Record<string, readonly ArrayInput[]>>)[field];
}

// Inputs by name in the order of the model; a plain object is taken for such where the model knows names. Errors: `E_TRAINING_DATA` for a name too much or too few.
function named(given: Readonly<Record<string, ArrayInput>>, names: readonly string[] | undefined): readonly ArrayInput[] {
  const listed = names?.join(", ") ?? "-";
  const same = names?.length === Object.keys(given).length && names.every((name) => Object.hasOwn(given, name));
  if (names === undefined || !same) {
    const [en, zh] = [
      `its inputs are ${Object.keys(given).join(", ")}, the model takes ${listed}`,
      `其输入为 ${Object.keys(given).join("、")}，而模型接受 ${listed}`,
    ];
    throw dataRefusal("x", en, zh);
  }
  return names.map((name) => given[name]);
}

// Keras's forms of several inputs: a list of as many arrays as the model takes, or arrays by the names of its inputs.
function severalInputs(x: Inputs, names: readonly string[] | undefined): readonly ArrayInput[] | undefined {
  const found: unknown = parts(x, "inputs");
  if (found !== undefined) return Array.isArray(found) ? found : named(found as Readonly<Record<string, ArrayInput>>, names);
  if (names === undefined) return undefined;
  if (Array.isArray(x)) return names.length > 1 && x.length === names.length && x.every(isArrayInput) ? x : undefined;
  return typeof x === "object" && x !== null && isPlain(x) ? named(x as unknown as Readonly<Record<string, ArrayInput>>, names) : undefined;
}

// Values with a shape and rows of ids are plain objects, too, and one input each.
const isPlain = (value: object) => Object.getPrototypeOf(value) === Object.prototype && !("values" in value || "ids" in value);
const isArrayInput = (value: unknown): value is ArrayInput => typeof value === "object" && value !== null;

/** Inputs as columns: "x", or "x[0]", "x[1]" … where there are several. `names`: of the model's inputs. Errors: `E_TRAINING_DATA`, `E_TRAINING_ROW`. */
export async function inputColumns(x: Inputs, names?: readonly string[]): Promise<Column[]> {
  const several = severalInputs(x, names);
  if (several?.length === 0) throw dataRefusal("x", "it has no inputs", "没有任何输入");
  return Promise.all(several ? several.map((input, i) => columnOf(`x[${i}]`, input)) : [columnOf("x", x as ArrayInput)]);
}

/** Inputs that fit a model, which is built for them. */
export async function modelInputs(
  model: ModelCore,
  x: Inputs,
): Promise<Pick<RowData, "rows" | "inputs" | "inputTypes"> & { readonly outputs: readonly Shape[] }> {
  const inputs = await model.fitInputs(await inputColumns(x, model.inputNames));
  const rows = checkRows(inputs);
  const inputTypes = model.inputTypes(inputs).map((type) => (type === "i32" ? "i32" : "f32"));
  const outputs = model.shapesFor(
    inputs.map(({ shape }) => shape),
    inputTypes,
  );
  return { rows, inputs, inputTypes, outputs };
}

/**
 * Columns of training data, checked: the same number of rows, inputs that the first layer takes, targets that go with the loss and with what the model gives.
 * The model is built on the way. Errors: `E_TRAINING_DATA`, `E_TRAINING_ROW`, `E_SHAPE` that names the layer.
 */
export async function trainingData(
  model: ModelCore,
  compiled: Compiled,
  given: GivenData,
  names: { readonly y: string } = { y: "y" },
): Promise<RowData> {
  const { outputs, ...input } = await modelInputs(model, given.x);
  const several = parts(given.y, "outputs");
  const wanted = compiled.heads.length;
  if (several ? several.length !== wanted : wanted > 1)
    throw dataRefusal(
      names.y,
      `the model has ${wanted} outputs: give { outputs: [...] } with as many`,
      `模型有 ${wanted} 个输出：请以 { outputs: [...] } 提供同样多的目标`,
    );
  const raw = await Promise.all(several ? several.map((each, i) => columnOf(`${names.y}[${i}]`, each)) : [columnOf(names.y, given.y as ArrayInput)]);
  checkRows([...input.inputs, ...raw]);
  const targets = raw.map((column, i) => fitted(column, compiled.heads[i].loss, outputs[i]));
  for (const [i, { loss }] of compiled.heads.entries()) {
    if (loss.kind === "ids") await checkIds(targets[i], outputs[i][outputs[i].length - 1], loss.ignoreIndex);
  }
  const weights =
    given.sampleWeight === undefined ? undefined : await sampleWeights(given.sampleWeight, input.rows, itemsOf(targets[0], compiled.heads[0].loss));
  return { ...input, targets, weights };
}

const same = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((size, i) => size === b[i]);

// Targets in the shape that the loss takes: [N, 1] stands for [N], and the other way.
function fitted(targets: Column, { kind, name }: TrainingLoss, output: readonly number[]): Column {
  const { shape } = targets;
  const oneMore = same([...shape, 1], output);
  // A loss of one's own may take class numbers, or anything else: only what differs by a last 1 is put right.
  if (name === undefined) return oneMore || same(shape, [...output, 1]) ? { ...targets, shape: output } : targets;
  const wanted = kind === "ids" ? output.slice(0, -1) : output;
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

// Losses that a row of targets has.
function itemsOf({ width, shape }: Column, { kind }: TrainingLoss): number {
  return kind === "ids" ? width : width / (shape[shape.length - 1] ?? 1);
}

async function sampleWeights(given: SampleWeight, rows: number, items: number): Promise<Column> {
  const input = (
    ArrayBuffer.isView(given) || Array.isArray(given) || "shape" in given ? given : Array.from(given as ArrayLike<number>)
  ) as readonly Nested[];
  const column = await columnOf("sampleWeight", input);
  if (column.rows !== rows)
    throw dataRefusal("sampleWeight", `it has ${column.rows} weights, x has ${rows} rows`, `它有 ${column.rows} 个权重，而 x 有 ${rows} 行`);
  if (column.width !== 1 && column.width !== items)
    throw dataRefusal(
      "sampleWeight",
      `it has ${column.width} weights a row, the loss has ${items} items a row`,
      `每行有 ${column.width} 个权重，而损失每行有 ${items} 项`,
    );
  const wrong = await firstWhere(column.values, (value) => !(value >= 0));
  if (wrong >= 0) {
    const value = column.values[wrong];
    throw rowRefusal("sampleWeight", Math.floor(wrong / column.width), { en: `it is ${value}`, zh: `其值为 ${value}` });
  }
  return { ...column, values: Float32Array.from(column.values) };
}

/**
 * The same rows with each item weighted by its class, too: for training only, as in Keras. Errors: `E_OPTION` for weights that are none, and for targets that are no classes.
 */
export function withClassWeights(data: RowData, compiled: Compiled, given: ClassWeight | undefined): RowData {
  if (given === undefined) return data;
  const weights = classWeightsOf(given);
  const { loss } = compiled.heads[0];
  const [targets] = data.targets;
  const classOf = classesOf(targets, loss);
  if (compiled.heads.length > 1 || classOf === undefined) {
    const allowed = { en: "for one output whose targets are classes", zh: "仅用于目标为类别的单个输出" };
    throw new InkstoneError("E_OPTION", { option: "classWeight", value: [...weights.keys()], allowed });
  }
  const items = itemsOf(targets, loss);
  const values = new Float32Array(data.rows * items);
  const own = data.weights;
  for (let i = 0; i < values.length; i++) {
    const sample = own === undefined ? 1 : own.values[own.width === items ? i : Math.floor(i / items)];
    values[i] = sample * (weights.get(classOf(i)) ?? 1);
  }
  return { ...data, weights: { name: "classWeight", rows: data.rows, shape: items === 1 ? [] : [items], width: items, values } };
}

function classWeightsOf(given: ClassWeight): ReadonlyMap<number, number> {
  const entries: readonly (readonly [unknown, unknown])[] =
    given instanceof Map
      ? [...given]
      : typeof given === "object" && given !== null
        ? Object.entries(given).map(([label, weight]) => [Number(label), weight])
        : [[given, given]];
  for (const [label, weight] of entries) {
    if (!(Number.isSafeInteger(label) && (label as number) >= 0)) {
      const allowed = { en: "weights by the numbers of classes", zh: "以类别编号为键的权重" };
      throw new InkstoneError("E_OPTION", { option: "classWeight", value: String(label), allowed });
    }
    checkOption(`classWeight[${label}]`, weight, aNumber({ from: 0 }));
  }
  return new Map(entries as readonly (readonly [number, number])[]);
}

// The class of each item; undefined where targets are no classes.
function classesOf({ values, width, shape }: Column, { kind }: TrainingLoss): ((item: number) => number) | undefined {
  if (kind === "ids" || (kind !== "one-hot" && width === 1)) return (item) => values[item];
  if (kind !== "one-hot") return undefined;
  const classes = shape[shape.length - 1];
  return (item) => {
    let best = item * classes;
    for (let k = best + 1; k < (item + 1) * classes; k++) if (values[k] > values[best]) best = k;
    return best - item * classes;
  };
}

/** The first rows, and the last part that is kept for validation, as Keras splits: before any shuffling. Errors: `E_TRAINING_DATA` where one part would have no rows. */
export function splitData(data: RowData, validationSplit: number): readonly [train: RowData, validation: RowData] {
  const kept = Math.floor(data.rows * (1 - validationSplit));
  if (kept === 0 || kept === data.rows)
    throw dataRefusal("x", `${data.rows} rows cannot be split by ${validationSplit}`, `${data.rows} 行无法按 ${validationSplit} 划分`);
  const part = (first: number, end: number): RowData => ({
    ...data,
    rows: end - first,
    inputs: data.inputs.map((column) => rowsOfColumn(column, first, end)),
    targets: data.targets.map((column) => rowsOfColumn(column, first, end)),
    weights: data.weights && rowsOfColumn(data.weights, first, end),
  });
  return [part(0, kept), part(kept, data.rows)];
}

/** The columns of rows as batches have them. Targets of class numbers are i32; those of a loss of one's own, where the data holds an `Int32Array`. */
export function batchColumns({ inputs, inputTypes, targets, weights }: RowData, compiled: Compiled): RoleColumn[] {
  const typeOf = (column: Column, { kind, name }: TrainingLoss) =>
    kind === "ids" || (name === undefined && column.values instanceof Int32Array) ? "i32" : "f32";
  return [
    ...inputs.map((column, i) => ({ column, role: "input" as const, type: inputTypes[i] })),
    ...targets.map((column, i) => ({ column, role: "target" as const, type: typeOf(column, compiled.heads[i].loss) as "f32" | "i32" })),
    ...(weights ? [{ column: weights, role: "weight" as const, type: "f32" as const }] : []),
  ];
}
