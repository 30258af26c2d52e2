// Questions that ask which of two whole texts is likelier.
import { greatest } from "./choose.ts";
import type { Judged, Question } from "./task.ts";

/** Two texts, and what follows from which is likelier. */
export interface Compared {
  readonly texts: readonly [string, string];
  /** What stands before both. Default nothing. */
  readonly context?: string;
  readonly group?: string;
  readonly judge: (likelier: 0 | 1, difference: number) => Judged["values"];
}

/**
 * The sum of the logarithms of the probabilities of all tokens, text against text.
 *
 * @example
 * compareQuestion({ texts: ["They are.", "They is."], judge: (likelier) => ({ acc: Number(likelier === 0) }) }).example; // undefined
 */
export function compareQuestion({ texts, context = "", group, judge }: Compared): Question {
  return {
    ask: (before) => ({
      kind: "score",
      items: texts.map((continuation) => ({ context: before + context, continuation })),
      judge: (scored) => {
        const sums = scored.map(({ logProbability }) => logProbability);
        const likelier = greatest(sums) as 0 | 1;
        return { values: judge(likelier, sums[0] - sums[1]), choice: likelier };
      },
    }),
    ...(group === undefined ? {} : { group }),
  };
}
