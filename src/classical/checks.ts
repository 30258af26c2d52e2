// What every model checks before it works: rows, labels, options. Knows no model.
import { InkstoneError, refuseOption, type SparseMatrix } from "../core/index.ts";
import type { ClassWeight, Label } from "./types.ts";

/** Labels as numbers of classes. */
export interface Classes {
  readonly classes: readonly Label[];
  /** Number of each row's class. */
  readonly numbers: Uint32Array;
  /** Rows of each class. */
  readonly counts: Float64Array;
}

// All are of one kind.
const byLabel = (a: Label, b: Label): number => (typeof a === "string" ? Buffer.compare(Buffer.from(a), Buffer.from(String(b))) : a - Number(b));

/** Checks labels against rows and numbers the classes. Errors: `E_FIT_LABELS`, `E_FIT_LABEL`, `E_FIT_LABEL_KINDS`, `E_FIT_ONE_CLASS`. */
export function classesOf(y: readonly Label[], rows: number): Classes {
  if (y?.length !== rows) throw new InkstoneError("E_FIT_LABELS", { rows, labels: y?.length ?? 0 });
  const found = new Set<Label>();
  for (let row = 0; row < rows; row++) {
    if (typeof y[row] !== "string" && !Number.isFinite(y[row])) throw new InkstoneError("E_FIT_LABEL", { row, label: String(y[row]) });
    if (typeof y[row] !== typeof y[0])
      throw new InkstoneError("E_FIT_LABEL_KINDS", { row, label: JSON.stringify(y[row]), first: JSON.stringify(y[0]) });
    found.add(y[row]);
  }
  const classes = [...found].sort(byLabel);
  if (classes.length === 1) throw new InkstoneError("E_FIT_ONE_CLASS", { label: classes[0] });
  const index = new Map(classes.map((label, i) => [label, i]));
  const numbers = Uint32Array.from(y, (label) => index.get(label) ?? 0);
  const counts = new Float64Array(classes.length);
  for (const number of numbers) counts[number]++;
  return { classes, numbers, counts };
}

/** Checks a matrix to fit on or to predict from. Errors: `E_OPTION` for what is no sparse matrix, `E_FIT_EMPTY`, `E_FIT_WIDTH`, `E_FIT_VALUE` naming row and column. */
export function checkMatrix(x: SparseMatrix, options: { columns?: number; fitting?: boolean; least?: number } = {}): void {
  const { columns, fitting = false, least = Number.NEGATIVE_INFINITY } = options;
  if (!(x?.starts instanceof Int32Array && x.values instanceof Float64Array)) {
    const allowed = {
      en: "a sparse matrix: of a vectoriser's transform, or of sparseMatrix(rows, columns)",
      zh: "稀疏矩阵：来自向量化器的 transform，或 sparseMatrix(rows, columns)",
    };
    refuseOption("x", Object.prototype.toString.call(x), allowed);
  }
  if (fitting && x.rows === 0) throw new InkstoneError("E_FIT_EMPTY", { what: { en: "the matrix has no rows", zh: "矩阵没有行" } });
  if (fitting && x.columns === 0) throw new InkstoneError("E_FIT_EMPTY", { what: { en: "the matrix has no columns", zh: "矩阵没有列" } });
  if (columns !== undefined && x.columns !== columns) throw new InkstoneError("E_FIT_WIDTH", { expected: columns, got: x.columns });
  const { values, starts } = x;
  for (let i = 0; i < values.length; i++) {
    if (values[i] - values[i] === 0 && values[i] >= least) continue;
    const allowed = least === 0 ? { en: "finite numbers from 0 on", zh: "不小于 0 的有限数值" } : { en: "finite numbers", zh: "有限数值" };
    const row = starts.findIndex((start) => start > i) - 1;
    throw new InkstoneError("E_FIT_VALUE", { row, column: x.indices[i], value: String(values[i]), allowed });
  }
}

/** Checks a number option. Errors: `E_OPTION`. */
export function checkedNumber(
  option: string,
  value: number,
  range: { least?: number; most?: number; whole?: boolean; above?: boolean } = {},
): number {
  const { least = 0, most = Number.MAX_VALUE, whole = false, above = false } = range;
  const isGood = typeof value === "number" && (above ? value > least : value >= least) && value <= most && (!whole || Number.isInteger(value));
  if (isGood) return value;
  refuseOption(option, value, {
    en: `${whole ? "a whole number" : "a number"} ${above ? "above" : "from"} ${least}${most === Number.MAX_VALUE ? "" : ` to ${most}`}`,
    zh: `${above ? "大于" : "不小于"} ${least}${most === Number.MAX_VALUE ? "" : ` 且不大于 ${most}`} 的${whole ? "整数" : "数"}`,
  });
}

/** Checks a seed. Errors: `E_OPTION`. */
export function checkedSeed(seed: number = 0): number {
  return checkedNumber("seed", seed, { most: Number.MAX_SAFE_INTEGER, whole: true });
}

/** Weight of each class. Errors: `E_OPTION` for one that is not above 0. */
export function classWeights(wanted: ClassWeight | undefined, { classes, counts, numbers }: Classes): Float64Array {
  if (wanted === "balanced") return counts.map((count) => numbers.length / (classes.length * count));
  const weightOf = (label: Label) =>
    (wanted instanceof Map ? wanted.get(label) : (wanted as Readonly<Record<string, number>> | null | undefined)?.[String(label)]) ?? 1;
  return Float64Array.from(classes, (label) => checkedNumber(`classWeight[${JSON.stringify(label)}]`, weightOf(label), { above: true }));
}

/** Number of a class. Errors: `E_OPTION` where it is none. */
export function classIndex(classes: readonly Label[], label: Label): number {
  const index = classes.indexOf(label);
  if (index < 0) throw new InkstoneError("E_OPTION", { option: "label", value: label, allowed: classes.slice(0, 20).map(String) });
  return index;
}
