// Linear scores: a coefficient for every column and class, kept column after column. What linear models share once they are fitted.
import { InkstoneError, type SparseMatrix } from "../core/index.ts";
import { checkMatrix, classIndex } from "./checks.ts";
import { coefficientField, packNumbers, readModel, unpackCoefficients, unpackNumbers } from "./saved.ts";
import type { Contribution, Label, SavedModel } from "./types.ts";

/** What was fitted. With two classes there is one problem, whose positive class is the second. */
export interface LinearWeights {
  readonly classes: readonly Label[];
  readonly columns: number;
  /** columns · problems. */
  readonly coefficients: Float64Array | Float32Array;
  readonly intercepts: Float64Array;
}

/** Throws `E_NOT_FITTED` where there is nothing yet. */
export function fitted<T>(state: T | undefined, what: string): T {
  if (state === undefined) throw new InkstoneError("E_NOT_FITTED", { what });
  return state;
}

/** x · W + b, a row an example, a value a problem. Errors: `E_FIT_WIDTH`, `E_FIT_VALUE`. */
export function decisions(x: SparseMatrix, { columns, coefficients, intercepts }: LinearWeights): Float64Array[] {
  checkMatrix(x, { columns });
  const problems = intercepts.length;
  return Array.from({ length: x.rows }, (_, row) => {
    const sums = new Float64Array(problems);
    for (let at = x.starts[row]; at < x.starts[row + 1]; at++) {
      const [from, value] = [x.indices[at] * problems, x.values[at]];
      for (let i = 0; i < problems; i++) sums[i] += coefficients[from + i] * value;
    }
    for (let i = 0; i < problems; i++) sums[i] += intercepts[i];
    return sums;
  });
}

/** Decisions as a value a class: of two classes, minus and plus the one there is. */
export function linearScores(x: SparseMatrix, weights: LinearWeights): Float64Array[] {
  const found = decisions(x, weights);
  return weights.intercepts.length > 1 ? found : found.map(([score]) => Float64Array.of(-score, score));
}

/** The class of the highest score of each row; of equals, the first. */
export function highest(scores: readonly Float64Array[], classes: readonly Label[]): Label[] {
  return scores.map((row) => {
    let best = 0;
    for (let i = 1; i < row.length; i++) if (row[i] > row[best]) best = i;
    return classes[best];
  });
}

/** Features of each row by what they add to the score of a class, given the weight of a column for it. */
export function explain(x: SparseMatrix, weightOf: (column: number) => number, most = 10): Contribution[][] {
  return Array.from({ length: x.rows }, (_, row) => {
    const found: Contribution[] = [];
    for (let at = x.starts[row]; at < x.starts[row + 1]; at++) {
      const [column, value] = [x.indices[at], x.values[at]];
      const weight = weightOf(column);
      found.push({ column, value, weight, contribution: value * weight });
    }
    found.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution) || a.column - b.column);
    return found.slice(0, most);
  });
}

/** The same for linear weights. */
export function linearContributions(x: SparseMatrix, label: Label, weights: LinearWeights, most?: number): Contribution[][] {
  checkMatrix(x, { columns: weights.columns });
  const index = classIndex(weights.classes, label);
  const problems = weights.intercepts.length;
  const weightOf =
    problems > 1
      ? (column: number) => weights.coefficients[column * problems + index]
      : (column: number) => (index === 1 ? 1 : -1) * weights.coefficients[column];
  return explain(x, weightOf, most);
}

/** Coefficients of a class, a value a column. */
export function coefficientsOf(label: Label, { classes, columns, coefficients, intercepts }: LinearWeights): Float64Array {
  const index = classIndex(classes, label);
  const problems = intercepts.length;
  if (problems === 1) return Float64Array.from(coefficients, (value) => (index === 1 ? value : -value));
  return Float64Array.from({ length: columns }, (_, column) => coefficients[column * problems + index]);
}

/** Weights as plain data. */
export function saveLinear(type: string, options: object, { classes, columns, coefficients, intercepts }: LinearWeights): SavedModel {
  return { formatVersion: 1, type, options, classes, columns, ...coefficientField(coefficients), intercepts: packNumbers(intercepts) };
}

/** Reads them back. Errors: `E_SAVED_MODEL`. */
export function readLinear(saved: unknown, type: string): { options: object; weights: LinearWeights } {
  const model = readModel(saved, type);
  const classes = model.labels("classes");
  const columns = model.count("columns");
  const problems = classes.length === 2 ? 1 : classes.length;
  const coefficients = unpackCoefficients(model, columns * problems);
  return { options: model.options(), weights: { classes, columns, coefficients, intercepts: unpackNumbers(model, "intercepts", problems) } };
}
