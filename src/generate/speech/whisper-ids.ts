// The ids with a meaning in Whisper's vocabulary, and which of them may follow what has been said. Knows no network.
import { InkstoneError } from "../../core/index.ts";
import type { Tokenizer } from "../../text/index.ts";

/** Seconds that one time mark stands for, and the latest mark that a window may begin with (1 s). */
export const SECONDS_A_MARK = 0.02;
const LATEST_FIRST = 50;
/** Vocabularies of this size and above hold languages and tasks. */
const MULTILINGUAL = 51_865;

/** Ids by their meaning. */
export interface WhisperIds {
  readonly start: number;
  readonly end: number;
  readonly noTimes: number;
  readonly noSpeech: number | undefined;
  /** The id of 0.00 s; the others follow. */
  readonly firstTime: number;
  readonly transcribe: number | undefined;
  readonly translate: number | undefined;
  /** Ids of languages by their codes; empty where the model knows English alone. */
  readonly languages: ReadonlyMap<string, number>;
}

/** Finds them. Errors: `E_TOKENIZER_INVALID` where one is missing. */
export function whisperIds(tokenizer: Tokenizer, vocabularySize: number, languages: readonly string[]): WhisperIds {
  const id = (token: string) => {
    const found = tokenizer.idOf(token);
    if (found === undefined) throw new InkstoneError("E_TOKENIZER_INVALID", { where: token, why: { en: "it is missing", zh: "缺少此词元" } });
    return found;
  };
  const multilingual = vocabularySize >= MULTILINGUAL;
  const noTimes = id("<|notimestamps|>");
  const known = multilingual
    ? languages.flatMap((code) => (tokenizer.idOf(`<|${code}|>`) === undefined ? [] : [[code, id(`<|${code}|>`)] as const]))
    : [];
  return {
    start: id("<|startoftranscript|>"),
    end: id("<|endoftext|>"),
    noTimes,
    noSpeech: tokenizer.idOf("<|nospeech|>") ?? tokenizer.idOf("<|nocaptions|>"),
    firstTime: noTimes + 1,
    transcribe: multilingual ? id("<|transcribe|>") : undefined,
    translate: multilingual ? id("<|translate|>") : undefined,
    languages: new Map(known),
  };
}

const NEVER = Number.NEGATIVE_INFINITY;

/**
 * Takes from the logits what may not come next where times are marked: marks come in pairs, never fall, the first is at most 1 s; and where all marks together are likelier than
 * every other id, a mark it is. Radford et al. 2022, arXiv:2212.04356, section 4.5, as in its reference code.
 */
export function ruleTimes(logits: Float32Array, said: readonly number[], { end, firstTime, noTimes }: WhisperIds): void {
  logits[noTimes] = NEVER;
  const isTime = (id: number | undefined) => id !== undefined && id >= firstTime;
  const [last, before] = [said.at(-1), said.at(-2)];
  if (said.length === 0) {
    logits.fill(NEVER, 0, firstTime);
    logits.fill(NEVER, firstTime + LATEST_FIRST + 1);
    return;
  }
  if (isTime(last)) {
    if (said.length < 2 || isTime(before)) logits.fill(NEVER, firstTime);
    else logits.fill(NEVER, 0, end);
  }
  const latest = said.findLast((id) => id >= firstTime);
  if (latest !== undefined) logits.fill(NEVER, firstTime, isTime(last) && !isTime(before) && said.length > 1 ? latest : latest + 1);
  let [text, most] = [NEVER, NEVER];
  for (let i = 0; i < firstTime; i++) text = Math.max(text, logits[i]);
  for (let i = firstTime; i < logits.length; i++) most = Math.max(most, logits[i]);
  if (most === NEVER) return;
  let sum = 0;
  for (let i = firstTime; i < logits.length; i++) sum += Math.exp(logits[i] - most);
  if (most + Math.log(sum) > text) logits.fill(NEVER, 0, firstTime);
}
