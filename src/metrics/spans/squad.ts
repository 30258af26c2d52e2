// Exact match and F1 of answers as the official scripts of SQuAD 1.1 and 2.0 compute them.
import { InkstoneError, refuseUnknown } from "../../core/index.ts";
import { shared, splitWords, tally } from "../text/plain.ts";
import { type AnswerScore, type AnswerScores, bestOf, meanScores, needAnswers } from "./answers.ts";

/** Options of `squad`. */
export interface SquadOptions {
  /** In 2.0 a question may have no answer, and the empty prediction is right for it. Default "1.1". */
  readonly version?: "1.1" | "2.0";
}

/** Scores of a set of questions. */
export interface SquadScores extends AnswerScores {
  /** One a question. */
  readonly rows: readonly AnswerScore[];
  /** 2.0 only, and only where there are such questions: those with answers, and those without. */
  readonly answerable?: AnswerScores;
  readonly unanswerable?: AnswerScores;
}

const punctuation = /[!-/:-@[-`{-~]/g;
// Python's \b: between a word character (letter or number of any script, or _) and none.
const articles = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;

/** The words that count: lowered, without ASCII punctuation and articles. */
function wordsOf(text: string): string[] {
  return splitWords(text.toLowerCase().replace(punctuation, "").replace(articles, " "));
}

function scorePair(prediction: readonly string[], answer: readonly string[], emptyAgrees: boolean): AnswerScore {
  const exactMatch = prediction.join(" ") === answer.join(" ") ? 1 : 0;
  if (emptyAgrees && (prediction.length === 0 || answer.length === 0)) return { exactMatch, f1: exactMatch };
  const same = shared(tally(prediction), tally(answer));
  return { exactMatch, f1: same === 0 ? 0 : (2 * same) / (prediction.length + answer.length) };
}

/**
 * Exact match and F1 over words of predicted answers, each against the best of its right answers; means from 0 to 100.
 *
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_ROW` (no text; in 1.1 a question without answers); `E_OPTION`.
 * Source: Rajpurkar et al. 2016, arXiv:1606.05250, evaluate-v1.1.py; 2018, arXiv:1806.03822, evaluate-v2.0.py.
 *
 * @example
 * squad(["the Norman people", "1066"], [["Normans", "Norman"], ["in 1066", "1066"]]).f1; // 83.3333
 */
export function squad(predictions: readonly string[], answers: readonly (readonly string[])[], options: SquadOptions = {}): SquadScores {
  refuseUnknown<SquadOptions>("squad", options, { version: true });
  const { version = "1.1" } = options;
  if (version !== "1.1" && version !== "2.0") throw new InkstoneError("E_OPTION", { option: "version", value: version, allowed: ["1.1", "2.0"] });
  const second = version === "2.0";
  needAnswers(predictions, answers, second);
  const rows = predictions.map((prediction, i) => {
    const right = answers[i].map(wordsOf).filter((words) => !second || words.length > 0);
    const words = wordsOf(prediction);
    return bestOf((right.length > 0 ? right : [[]]).map((answer) => scorePair(words, answer, second)));
  });
  const [answerable, unanswerable] = [true, false].map((has) => rows.filter((_, i) => answers[i].length > 0 === has));
  return {
    ...meanScores(rows),
    rows,
    ...(second && answerable.length > 0 ? { answerable: meanScores(answerable) } : {}),
    ...(second && unanswerable.length > 0 ? { unanswerable: meanScores(unanswerable) } : {}),
  };
}
