// Scores of language models from the negative logarithms of their probabilities.
import { isNumber, needNumbers, needRows, needWhole, numberError } from "./checks.ts";
import { mean } from "./numbers.ts";

/**
 * Perplexity: e^(mean of -ln p) over tokens. `negativeLogs` holds one number a token, in nats.
 *
 * Errors: `E_METRIC_EMPTY`; `E_METRIC_NUMBER` for what is no number from 0 on. Source: Jelinek et al. 1977.
 *
 * @example
 * perplexity([Math.log(2), Math.log(8)]); // 4
 */
export function perplexity(negativeLogs: ArrayLike<number>): number {
  needRows("negativeLogs", negativeLogs.length);
  needNumbers("negativeLogs", negativeLogs, 0);
  return Math.exp(mean(negativeLogs));
}

/**
 * Bits per byte: total nats / (ln 2 · bytes): comparable between tokenizers, because it counts the bytes of the text, not its tokens.
 *
 * Errors: `E_METRIC_NUMBER`; `E_OPTION` for bytes that are no whole number from 1 on. Source: Gao et al. 2020, arXiv:2101.00027, section 3.1.
 *
 * @example
 * bitsPerByte(8 * Math.log(2), 4); // 2
 */
export function bitsPerByte(totalNegativeLog: number, bytes: number): number {
  if (!isNumber(totalNegativeLog, 0)) throw numberError("totalNegativeLog", 0, totalNegativeLog, 0);
  needWhole("bytes", bytes);
  return totalNegativeLog / (Math.LN2 * bytes);
}
