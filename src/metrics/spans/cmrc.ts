// Exact match and F1 of Chinese answers as the official script of CMRC 2018 computes them.
import { wordTokenize } from "../../text/index.ts";
import { needCells } from "../checks.ts";
import { trim } from "../text/plain.ts";
import { type AnswerScore, type AnswerScores, bestOf, meanScores, needAnswers } from "./answers.ts";

/** Scores of a set of questions. */
export interface CmrcScores extends AnswerScores {
  /** One a question. */
  readonly rows: readonly AnswerScore[];
  /** The mean of exact match and F1, which the leaderboard sorts by. */
  readonly average: number;
}

// The script's list holds "……" as one entry of two characters, so a single … stays.
const dropped = /[-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』]/g;
const chinese = /[\u4e00-\u9fa5]/;

const bare = (text: string): string => trim(text.toLowerCase()).replace(dropped, "");

// Each Chinese character for itself, what stands between them as English words.
function segments(text: string): string[] {
  return bare(text)
    .split(/([\u4e00-\u9fa5])/)
    .flatMap((part) => (chinese.test(part) ? [part] : part === "" ? [] : wordTokenize(part, { preserveLine: true })));
}

// The longest run that stands in both: F1 of CMRC wants it in one piece.
function commonRun(a: readonly string[], b: readonly string[]): number {
  let above = new Uint32Array(b.length + 1);
  let longest = 0;
  for (const one of a) {
    const row = new Uint32Array(b.length + 1);
    for (let j = 0; j < b.length; j++) {
      if (one !== b[j]) continue;
      row[j + 1] = above[j] + 1;
      longest = Math.max(longest, row[j + 1]);
    }
    above = row;
  }
  return longest;
}

/**
 * Exact match and F1 of predicted answers in Chinese, each against the best of its right answers; means from 0 to 100. F1 rests on the longest common run of
 * characters (English: words). English stretches are taken as one line each: the script would first cut them into sentences.
 *
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_ROW`. Source: Cui et al. 2019, arXiv:1810.07366, cmrc2018_evaluate.py (v6).
 *
 * @example
 * cmrc(["北京大学", "1949年"], [["北京大学。"], ["1949年10月"]]).f1; // 83.3333
 */
export function cmrc(predictions: readonly string[], answers: readonly (readonly string[])[]): CmrcScores {
  needAnswers(predictions, answers, false);
  const rows = predictions.map((prediction, i) => {
    const ours = segments(prediction);
    return bestOf(
      answers[i].map((answer) => {
        const theirs = segments(answer);
        needCells("predictions", i, ours.length, theirs.length);
        const run = commonRun(theirs, ours);
        return { exactMatch: bare(answer) === bare(prediction) ? 1 : 0, f1: run === 0 ? 0 : (2 * run) / (ours.length + theirs.length) };
      }),
    );
  });
  const scores = meanScores(rows);
  return { ...scores, rows, average: (scores.exactMatch + scores.f1) / 2 };
}
