// Precision, recall and F1 of whole entities, as seqeval counts them: right is what has the right type, start and end.
import { InkstoneError } from "../../core/index.ts";
import { needPairs, rowError } from "../checks.ts";
import { averageScores, type ClassCounts, type PrecisionRecallF, scoresOf, type ZeroDivision } from "../classification/averages.ts";
import { sortedLabels } from "../labels.ts";
import { type Entity, entitiesIn, type TagScheme, tagSchemes } from "./tags.ts";

/** Options of `entityScores`. */
export interface EntityOptions {
  /** How tags become entities. Default "lenient", which is seqeval's default. */
  readonly scheme?: TagScheme;
  /** What stands where a divisor is 0: 0, 1 or NaN. Default 0. */
  readonly zeroDivision?: ZeroDivision;
}

/** Scores of entities: of each type, and averaged. */
export interface EntityScores {
  readonly types: readonly (PrecisionRecallF & { readonly type: string; readonly predicted: number })[];
  readonly micro: PrecisionRecallF;
  readonly macro: PrecisionRecallF;
  readonly weighted: PrecisionRecallF;
  /** The share of words with the right tag. */
  readonly tagAccuracy: number;
}

const keyOf = ({ type, start, end }: Entity): string => `${start} ${end} ${type}`;

/**
 * The entities of one sentence of tags. `end` is not included.
 *
 * Errors: `E_METRIC_ROW` for a tag that is none of the scheme; `E_OPTION` for an unknown scheme. Source: seqeval's `get_entities` and `scheme`.
 *
 * @example
 * entitiesOf(["B-PER", "I-PER", "O", "B-LOC"]); // [{ type: "PER", start: 0, end: 2 }, { type: "LOC", start: 3, end: 4 }]
 */
export function entitiesOf(tags: readonly string[], scheme: TagScheme = "lenient"): Entity[] {
  needScheme(scheme);
  return entitiesIn("tags", 0, tags, scheme);
}

function needScheme(scheme: TagScheme): void {
  if (!tagSchemes.includes(scheme)) throw new InkstoneError("E_OPTION", { option: "scheme", value: scheme, allowed: tagSchemes });
}

function needSentences(truth: readonly (readonly string[])[], predicted: readonly (readonly string[])[]): void {
  needPairs("predicted", predicted.length, "truth", truth.length);
  for (const [i, tags] of truth.entries()) {
    if (predicted[i].length === tags.length) continue;
    const [got, wanted] = [predicted[i].length, tags.length];
    throw rowError("predicted", i, { en: `it has ${got} tags for ${wanted} words`, zh: `有 ${got} 个标签，而词有 ${wanted} 个` });
  }
}

/**
 * Scores of entities in tagged sentences, one list of tags a sentence. Averages of no entities at all are `zeroDivision`.
 *
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_ROW` (a sentence with another number of tags; a tag that is none of the scheme); `E_OPTION`.
 * Source: seqeval 1.2.2; Tjong Kim Sang & De Meulder 2003 (conlleval).
 *
 * @example
 * entityScores([["B-PER", "I-PER", "O", "B-LOC"]], [["B-PER", "I-PER", "O", "B-PER"]]).micro; // { precision: 0.5, recall: 0.5, f: 0.5, support: 2 }
 */
export function entityScores(
  truth: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
  options: EntityOptions = {},
): EntityScores {
  const { scheme = "lenient", zeroDivision = 0 } = options;
  needScheme(scheme);
  needSentences(truth, predicted);
  const counts = new Map<string, { hits: number; predicted: number; actual: number }>();
  const of = (type: string) => counts.get(type) ?? counts.set(type, { hits: 0, predicted: 0, actual: 0 }).get(type)!;
  for (const [i, tags] of truth.entries()) {
    const right = entitiesIn("truth", i, tags, scheme);
    const known = new Set(right.map(keyOf));
    for (const { type } of right) of(type).actual++;
    for (const entity of entitiesIn("predicted", i, predicted[i], scheme)) {
      of(entity.type).predicted++;
      if (known.has(keyOf(entity))) of(entity.type).hits++;
    }
  }
  return { ...scoresByType(counts, zeroDivision), tagAccuracy: tagAccuracy(truth, predicted) };
}

function scoresByType(counts: ReadonlyMap<string, ClassCounts>, zeroDivision: ZeroDivision): Omit<EntityScores, "tagAccuracy"> {
  const types = sortedLabels([...counts.keys()]).map(String);
  const all = types.map((type) => counts.get(type)!);
  return {
    types: types.map((type, i) => ({ type, ...scoresOf(all[i], 1, zeroDivision), predicted: all[i].predicted })),
    micro: averageScores(all, "micro", 1, zeroDivision),
    macro: averageScores(all, "macro", 1, zeroDivision),
    weighted: averageScores(all, "weighted", 1, zeroDivision),
  };
}

function tagAccuracy(truth: readonly (readonly string[])[], predicted: readonly (readonly string[])[]): number {
  let [right, all] = [0, 0];
  for (const [i, tags] of truth.entries()) {
    all += tags.length;
    right += tags.filter((tag, j) => tag === predicted[i][j]).length;
  }
  return right / all;
}
