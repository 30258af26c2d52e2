// Questions whose answer is the likeliest of several texts, as lm-evaluation-harness judges them.
import type { ScoreItem } from "../../generate/index.ts";
import type { Ask, Judged, Question } from "./task.ts";

/** A question with choices. */
export interface Choices {
  /** What stands before each choice; one text, or one a choice. */
  readonly context: string | readonly string[];
  readonly choices: readonly string[];
  readonly right: number;
  readonly group?: string;
  /** Between context and choice. Default a blank. */
  readonly delimiter?: string;
  /** More to be told of the choice made. */
  readonly more?: (chosen: number) => Judged["values"];
}

/** Index of the greatest, the first of equals. */
export const greatest = (values: readonly number[]): number => values.reduce((best, value, i) => (value > values[best] ? i : best), 0);

/**
 * `acc`: the right choice has the greatest probability. `acc_norm`: it has the greatest logarithm of it by the choice's length in characters.
 *
 * Source: Gao et al., lm-evaluation-harness, `multiple_choice`.
 *
 * @example
 * const question = chooseQuestion({ context: "Ink is", choices: ["black", "loud"], right: 0 });
 * question.example; // "Ink is black"
 */
export function chooseQuestion(given: Choices): Question {
  const { choices, right, group, delimiter = " ", more } = given;
  const contexts = typeof given.context === "string" ? choices.map(() => given.context as string) : given.context;
  const judge = (logProbabilities: readonly number[]): Judged => {
    const chosen = greatest(logProbabilities);
    const normalised = greatest(logProbabilities.map((value, i) => value / Math.max(1, [...choices[i]].length)));
    const values = { acc: Number(chosen === right), acc_norm: Number(normalised === right) };
    return { values: more === undefined ? values : { ...values, ...more(chosen) }, choice: chosen };
  };
  const items = (before: string): ScoreItem[] => choices.map((choice, i) => ({ context: before + contexts[i], continuation: delimiter + choice }));
  return {
    ask: (before): Ask => ({
      kind: "score",
      items: items(before),
      judge: (scored) => judge(scored.map(({ logProbability }) => logProbability)),
    }),
    example: contexts[right] + delimiter + choices[right],
    ...(group === undefined ? {} : { group }),
  };
}
