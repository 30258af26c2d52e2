// Folds for cross-validation: every row is in one fold. Plain, stratified and by group, assigned as scikit-learn assigns them. Knows no models.
import { InkstoneError, refuseUnknown } from "../core/index.ts";
import { drawing, purposes, shuffled } from "./chance.ts";
import { countLabels, type Label } from "./labels.ts";

/** Number of folds (5 by default), and a seed to shuffle by: without one nothing is shuffled. */
export interface FoldOptions {
  readonly folds?: number;
  readonly seed?: number;
}

const tooFew = (en: string, zh: string) => new InkstoneError("E_DATA_SPLIT", { why: { en, zh } });

function checkFolds(folds: number, rows: number): void {
  if (!Number.isInteger(folds) || folds < 2)
    throw new InkstoneError("E_OPTION", { option: "folds", value: folds, allowed: { en: "whole numbers from 2", zh: "不小于 2 的整数" } });
  if (folds > rows) throw tooFew(`${folds} folds of ${rows} rows`, `${rows} 行无法分为 ${folds} 折`);
}

/**
 * The fold of each row, in blocks one after the other: the first rows % folds folds have one row more. With a seed the rows are shuffled first.
 *
 * Errors: E_OPTION for fewer than 2 folds, E_DATA_SPLIT for more folds than rows. Source: without a seed, scikit-learn's `KFold`.
 *
 * @example
 * kFolds(5, { folds: 2 }); // [0, 0, 0, 1, 1]
 */
export function kFolds(rows: number, options: FoldOptions = {}): Int32Array {
  refuseUnknown<FoldOptions>("kFolds", options, { folds: true, seed: true });
  const { folds = 5, seed } = options;
  checkFolds(folds, rows);
  const order = Array.from({ length: rows }, (_, i) => i);
  const walked = seed === undefined ? order : shuffled(order, drawing(seed, purposes.folds));
  const small = Math.floor(rows / folds);
  const large = rows % folds;
  const fold = new Int32Array(rows);
  // The large folds come first.
  for (const [i, row] of walked.entries())
    fold[row] = i < large * (small + 1) ? Math.floor(i / (small + 1)) : large + Math.floor((i - large * (small + 1)) / small);
  return fold;
}

/**
 * The fold of each row, every label spread evenly over the folds. With a seed the rows of each label are shuffled over the folds that they fill.
 *
 * Labels are numbered by first appearance; the sorted numbers are dealt out to the folds in turn, which says how many rows of each label a fold gets; the
 * rows of a label fill the folds in order. Errors: E_OPTION for fewer than 2 folds, E_DATA_SPLIT when every label has fewer rows than there are folds.
 * Source: without a seed, scikit-learn's `StratifiedKFold`.
 *
 * @example
 * stratifiedFolds(["a", "a", "b", "b", "a", "b"], { folds: 2 }); // [0, 0, 0, 1, 1, 1]
 */
export function stratifiedFolds(labels: readonly Label[], options: FoldOptions = {}): Int32Array {
  refuseUnknown<FoldOptions>("stratifiedFolds", options, { folds: true, seed: true });
  const { folds = 5, seed } = options;
  checkFolds(folds, labels.length);
  const rowsOf = new Map<Label, number[]>();
  for (const [row, label] of labels.entries()) {
    const rows = rowsOf.get(label) ?? [];
    rows.push(row);
    rowsOf.set(label, rows);
  }
  if ([...rowsOf.values()].every((rows) => rows.length < folds))
    throw tooFew(`${folds} folds, and every label has fewer rows`, `要求 ${folds} 折，但每个标签的行数都不足`);
  const draw = seed === undefined ? undefined : drawing(seed, purposes.folds);
  const fold = new Int32Array(labels.length);
  let dealt = 0;
  for (const [i, rows] of [...rowsOf.values()].entries()) {
    // The sorted labels dealt(…) dealt + rows.length - 1 go to folds in turn.
    const fills: number[] = [];
    for (let f = 0; f < folds; f++) {
      const first = dealt + ((((f - dealt) % folds) + folds) % folds);
      for (let at = first; at < dealt + rows.length; at += folds) fills.push(f);
    }
    dealt += rows.length;
    for (const [j, f] of (draw === undefined ? fills : shuffled(fills, draw, i + 1)).entries()) fold[rows[j]] = f;
  }
  return fold;
}

/**
 * The fold of each row so that no group is in two folds: the largest groups first, each to the fold with the fewest rows so far. Of groups of one size the
 * later one (in the order of `compareLabels`) comes first.
 *
 * Errors: E_OPTION for fewer than 2 folds, E_DATA_SPLIT for more folds than groups. Source: scikit-learn's `GroupKFold`.
 *
 * @example
 * groupFolds(["x", "y", "x", "z", "x"], { folds: 2 }); // [0, 1, 0, 1, 0]
 */
export function groupFolds(groups: readonly Label[], { folds = 5 }: Pick<FoldOptions, "folds"> = {}): Int32Array {
  const counts = [...countLabels(groups)];
  checkFolds(folds, groups.length);
  if (folds > counts.length) throw tooFew(`${folds} folds of ${counts.length} groups`, `${counts.length} 个组无法分为 ${folds} 折`);
  const sizes = new Array<number>(folds).fill(0);
  const foldOf = new Map<Label, number>();
  for (const [group, count] of counts.toSorted((a, b) => a[1] - b[1]).reverse()) {
    const lightest = sizes.indexOf(Math.min(...sizes));
    sizes[lightest] += count;
    foldOf.set(group, lightest);
  }
  return Int32Array.from(groups, (group) => foldOf.get(group) ?? 0);
}

/**
 * The rows to train on and to test on when one fold is left out.
 *
 * @example
 * foldRows(Int32Array.of(0, 1, 0), 0); // { train: [1], test: [0, 2] }
 */
export function foldRows(fold: Int32Array, left: number): { train: number[]; test: number[] } {
  const train: number[] = [];
  const test: number[] = [];
  for (const [row, of] of fold.entries()) (of === left ? test : train).push(row);
  return { train, test };
}
