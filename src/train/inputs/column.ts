// Data as fit takes it (nested arrays, typed arrays with a shape, tensors) in one form: rows of one shape, end to end. Knows no models.
import { InkstoneError, type Phrase, shortened } from "../../core/index.ts";
import { type Nested, type Shape, Tensor } from "../../tensor/index.ts";
import { Turns } from "./turns.ts";

/** Numbers end to end, with the shape that they fill; the first size counts the rows. */
export interface ShapedValues {
  readonly values: Float32Array | Int32Array | Uint8Array;
  readonly shape: Shape;
}

/** Rows of ids of one length, as `padSequences` gives them. */
export interface IdRows {
  readonly rows: number;
  readonly columns: number;
  readonly ids: Int32Array;
}

/** One input or target: nested arrays, a typed array (one number a row), values with a shape, rows of ids, or a tensor. */
export type ArrayInput = readonly Nested[] | Float32Array | Int32Array | Uint8Array | ShapedValues | IdRows | Tensor;

/** Rows of one shape. */
export interface Column {
  /** For messages: "x", "y", "x[1]" … */
  readonly name: string;
  readonly rows: number;
  /** Of one row. */
  readonly shape: Shape;
  /** Values of one row. */
  readonly width: number;
  readonly values: Float32Array | Int32Array | Uint8Array;
}

/** Why data cannot be used. */
export function dataRefusal(what: string, en: string, zh: string): InkstoneError {
  return new InkstoneError("E_TRAINING_DATA", { what, why: { en, zh } });
}

/** Why a row cannot be used. */
export function rowRefusal(what: string, row: number, why: Phrase): InkstoneError {
  return new InkstoneError("E_TRAINING_ROW", { what, row, why });
}

/**
 * An input in this form; typed arrays are not copied. Errors: `E_TRAINING_DATA` for data without rows or without a first dimension; `E_TRAINING_ROW` for a row of another
 * shape than the first, and for one that holds NaN or infinity.
 *
 * @example
 * (await columnOf("x", [[1, 2], [3, 4], [5, 6]])).shape; // [2]
 */
export async function columnOf(name: string, input: ArrayInput): Promise<Column> {
  const turns = new Turns();
  const { values, shape } = await valuesOf(name, input, turns);
  const [rows, ...rest] = shape;
  if (rows === undefined) throw dataRefusal(name, "it is a single number, not rows", "它是单个数，而不是多行");
  if (rows === 0) throw dataRefusal(name, "it has no rows", "它没有任何行");
  const width = rest.reduce((product, size) => product * size, 1);
  if (width * rows !== values.length)
    throw dataRefusal(name, `${values.length} values do not fill the shape [${shape}]`, `${values.length} 个值与形状 [${shape}] 不符`);
  if (width === 0) throw dataRefusal(name, "its rows are empty", "它的各行为空");
  if (values instanceof Float32Array) await checkFinite(name, values, width, turns);
  return { name, rows, shape: rest, width, values };
}

async function valuesOf(name: string, input: ArrayInput, turns: Turns): Promise<ShapedValues> {
  if (input instanceof Tensor) return { values: input.dataSync(), shape: input.shape };
  if (ArrayBuffer.isView(input)) return { values: input, shape: [input.length] };
  if (Array.isArray(input)) return flatten(name, input as readonly Nested[], turns);
  const given = input as Partial<ShapedValues & IdRows> | null | undefined;
  if (given && ArrayBuffer.isView(given.values) && Array.isArray(given.shape)) return input as ShapedValues;
  if (given?.ids instanceof Int32Array && typeof given.columns === "number") return { values: given.ids, shape: [given.rows ?? 0, given.columns] };
  throw dataRefusal(
    name,
    "it is no array, tensor, { values, shape } or rows of padSequences",
    "它不是数组、张量、{ values, shape } 或 padSequences 的结果",
  );
}

async function flatten(name: string, rows: readonly Nested[], turns: Turns): Promise<ShapedValues> {
  const shape = rows.length === 0 ? [] : shapeOfRow(name, 0, rows[0]);
  const width = shape.reduce((product, size) => product * size, 1);
  const values = new Float32Array(rows.length * width);
  for (const [row, value] of rows.entries()) {
    const end = copy(value, shape, 0, values, row * width);
    if (row % 64 === 63) await turns.rest();
    if (end === (row + 1) * width) continue;
    const got = shapeOfRow(name, row, value);
    throw rowRefusal(name, row, { en: `it is of shape [${got}], the first row of [${shape}]`, zh: `其形状为 [${got}]，而首行为 [${shape}]` });
  }
  return { values, shape: [rows.length, ...shape] };
}

// Deeper than any tensor that a model takes.
const DEEPEST = 8;

function shapeOfRow(name: string, row: number, value: unknown, depth = 0): number[] {
  if (typeof value === "number") return [];
  if (!(Array.isArray(value) || ArrayBuffer.isView(value)) || depth === DEEPEST) throw notNumbers(name, row, value);
  const { length, 0: first } = value as ArrayLike<unknown>;
  // All of a row is looked at where one of its values is no number: the first such is what is said.
  for (let i = 1; i < length; i++) {
    const part: unknown = (value as ArrayLike<unknown>)[i];
    if (typeof part !== "number" && typeof first === "number") shapeOfRow(name, row, part, depth + 1);
  }
  return [length, ...(length > 0 ? shapeOfRow(name, row, first, depth + 1) : [])];
}

function notNumbers(name: string, row: number, value: unknown): InkstoneError {
  if (typeof value !== "string") {
    const kind = value === null ? "null" : typeof value;
    return rowRefusal(name, row, { en: `it holds a value of the type ${kind}, not numbers`, zh: `其中有 ${kind} 类型的值，而不是数` });
  }
  const shown = JSON.stringify(shortened(value, 40));
  return rowRefusal(name, row, {
    en: `it holds the text ${shown}, not numbers: texts become ids by TextVectorization or a tokenizer, labels by their place among the classes`,
    zh: `其中有文本 ${shown}，而不是数：文本请用 TextVectorization 或分词器转为编号，标签请用其类别序号`,
  });
}

// Copies a row of this shape, and gives where it ends; -1 where it has another shape.
function copy(value: Nested, shape: Shape, depth: number, into: Float32Array, at: number): number {
  if (depth === shape.length) {
    if (typeof value !== "number") return -1;
    into[at] = value;
    return at + 1;
  }
  if (!(Array.isArray(value) || ArrayBuffer.isView(value))) return -1;
  const parts = value as unknown as readonly Nested[];
  if (parts.length !== shape[depth]) return -1;
  let end = at;
  for (const part of parts) {
    end = copy(part, shape, depth + 1, into, end);
    if (end < 0) return -1;
  }
  return end;
}

async function checkFinite(name: string, values: Float32Array, width: number, turns: Turns): Promise<void> {
  const wrong = await firstWhere(values, (value) => !Number.isFinite(value), turns);
  if (wrong >= 0) throw rowRefusal(name, Math.floor(wrong / width), { en: `it holds ${values[wrong]}`, zh: `其中有 ${values[wrong]}` });
}

const PIECE = 65_536;

/** The place of the first value for which something holds, or -1; in pieces between turns of the event loop. */
export async function firstWhere(values: Column["values"], holds: (value: number) => boolean, turns: Turns = new Turns()): Promise<number> {
  for (let start = 0; start < values.length; start += PIECE) {
    const end = Math.min(start + PIECE, values.length);
    for (let i = start; i < end; i++) if (holds(values[i])) return i;
    await turns.rest();
  }
  return -1;
}

/** The rows `first` to `end` of a column; no copy. */
export function rowsOfColumn(column: Column, first: number, end: number): Column {
  return { ...column, rows: end - first, values: column.values.subarray(first * column.width, end * column.width) };
}

/** Throws `E_TRAINING_DATA` unless all columns have the same number of rows. */
export function checkRows(columns: readonly Column[]): number {
  const [{ name, rows }] = columns;
  for (const other of columns) {
    if (other.rows !== rows)
      throw dataRefusal(other.name, `it has ${other.rows} rows, ${name} has ${rows}`, `它有 ${other.rows} 行，而 ${name} 有 ${rows} 行`);
  }
  return rows;
}
