// Whisper on sound of any length: windows of 30 s, each read once and written greedily; where times are marked the next window begins where the last whole sentence ended.
// Knows no file and no thread.
import { InkstoneError } from "../../core/index.ts";
import { MelSpectrogram, SAMPLE_RATE, type StepScores, type Whisper } from "../../models/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import { languagePhrase, type PlainTranscribeOptions, type SpeechFiles, type SpeechSegment, type Transcription } from "./protocol.ts";
import { ruleTimes, SECONDS_A_MARK, type WhisperIds, whisperIds } from "./whisper-ids.ts";

/** A window without speech by this probability, whose words are less likely than this, is silent. As in Whisper's reference code. */
const SILENT = 0.6;
const UNSURE = -1;
/** A window in which no sample is louder than this is not listened to: models make up words for it. */
const QUIET = 1e-3;

/** What listening needs. */
export interface Listener {
  readonly model: Whisper;
  readonly tokenizer: Tokenizer;
  readonly files: SpeechFiles;
}

/** What is watched meanwhile. */
export interface Listening {
  readonly control?: Int32Array;
  /** Seconds done and in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

interface Window {
  readonly ids: readonly number[];
  readonly averageLogprob: number;
  readonly noSpeech: number;
}

/** Listens. */
export class SpeechListener {
  readonly ids: WhisperIds;
  readonly #of: Listener;
  readonly #spectrogram: MelSpectrogram;
  readonly #seconds: number;

  constructor(of: Listener) {
    const { vocabularySize, bands, frames } = of.model.sizes;
    this.#of = of;
    this.ids = whisperIds(of.tokenizer, vocabularySize, of.files.languages);
    this.#spectrogram = new MelSpectrogram(bands, 2 * frames);
    this.#seconds = frames * SECONDS_A_MARK;
  }

  /** Samples at 16,000 a second. Errors: `E_OPTION` for a language or a task that the model does not know; `E_CANCELLED`. */
  listen(samples: Float32Array, options: PlainTranscribeOptions, { control, onProgress }: Listening = {}): Transcription {
    const duration = samples.length / SAMPLE_RATE;
    const times = options.timestamps ?? duration > this.#seconds;
    let language = this.#languageOf(options);
    const segments: SpeechSegment[] = [];
    for (let at = 0; at < duration - SECONDS_A_MARK || (at === 0 && samples.length > 0); ) {
      const heard = samples.subarray(Math.round(at * SAMPLE_RATE), Math.round((at + this.#seconds) * SAMPLE_RATE));
      if (heard.every((value) => Math.abs(value) < QUIET)) {
        at += this.#seconds;
        continue;
      }
      this.#of.model.read(this.#spectrogram.of(heard), control);
      language ??= this.#find(control);
      const window = this.#write(this.#prompt(language, options, times), times, control);
      const length = heard.length / SAMPLE_RATE;
      const silent = window.noSpeech > SILENT && window.averageLogprob < UNSURE;
      const { found, next } = times ? this.#cut(window, at, length) : { found: [this.#segment(window, window.ids, at, at + length)], next: length };
      if (!silent) segments.push(...found.filter(({ text }) => text.trim() !== ""));
      at += silent || next <= 0 ? length : next;
      onProgress?.(Math.min(at, duration), duration);
    }
    const text = segments
      .map((segment) => segment.text)
      .join("")
      .trim();
    return { text, language: language ?? "en", duration, segments };
  }

  #languageOf({ language, task }: PlainTranscribeOptions): string | undefined {
    const { languages } = this.ids;
    const refuse = (option: string, value: string) =>
      new InkstoneError("E_OPTION", { option, value, allowed: languages.size === 0 ? ["en"] : languagePhrase });
    if (task === "translate" && languages.size === 0)
      throw new InkstoneError("E_OPTION", {
        option: "task",
        value: task,
        allowed: { en: "transcribe: this model knows English alone", zh: "transcribe：该模型仅支持英语" },
      });
    if (languages.size === 0) {
      if (language !== undefined && language !== "en") throw refuse("language", language);
      return "en";
    }
    if (language !== undefined && !languages.has(language)) throw refuse("language", language);
    return language;
  }

  // The likeliest language behind the first id.
  #find(control: Int32Array | undefined): string {
    const { writer } = this.#of.model;
    writer.begin(1, this.#most());
    const logits = writer.step({ ids: [this.ids.start], texts: [0], likeliest: 1 }, control).logits(0);
    let [best, most] = ["en", Number.NEGATIVE_INFINITY];
    for (const [code, id] of this.ids.languages) if (logits[id] > most) [best, most] = [code, logits[id]];
    return best;
  }

  #prompt(language: string, { task }: PlainTranscribeOptions, times: boolean): number[] {
    const { start, languages, transcribe, translate, noTimes } = this.ids;
    const spoken = languages.get(language);
    const [does, says] = [task === "translate" ? translate : transcribe, spoken === undefined ? [] : [spoken]];
    return [start, ...says, ...(does === undefined ? [] : [does]), ...(times ? [] : [noTimes])];
  }

  #most(): number {
    return this.#of.model.sizes.positions;
  }

  #write(prompt: readonly number[], times: boolean, control: Int32Array | undefined): Window {
    const { model, files } = this.#of;
    const { writer } = model;
    writer.begin(1, this.#most(), files.never);
    let noSpeech = 0;
    let scores: StepScores | undefined;
    for (const [i, id] of prompt.entries()) {
      scores = writer.step({ ids: [id], texts: [0], likeliest: i === 0 || i === prompt.length - 1 ? 1 : 0 }, control);
      if (i === 0 && this.ids.noSpeech !== undefined) noSpeech = probability(scores.logits(0), this.ids.noSpeech);
    }
    const ids: number[] = [];
    let sum = 0;
    const room = Math.floor(this.#most() / 2);
    while (scores !== undefined && ids.length < room) {
      const { id, logprob } = this.#choose(scores, ids, times);
      sum += logprob;
      if (id === this.ids.end) break;
      ids.push(id);
      scores = writer.step({ ids: [id], texts: [0], likeliest: 1 }, control);
    }
    return { ids, averageLogprob: sum / (ids.length + 1), noSpeech };
  }

  // The likeliest that may be said.
  #choose(scores: StepScores, said: readonly number[], times: boolean): { id: number; logprob: number } {
    const { files } = this.#of;
    if (!times && said.length > 0) return { id: scores.indices[0], logprob: scores.values[0] - scores.normalizers[0] };
    const logits = scores.logits(0);
    for (const id of files.never) logits[id] = Number.NEGATIVE_INFINITY;
    if (said.length === 0) for (const id of files.neverFirst) logits[id] = Number.NEGATIVE_INFINITY;
    if (times) ruleTimes(logits, said, this.ids);
    let id = 0;
    for (let i = 1; i < logits.length; i++) if (logits[i] > logits[id]) id = i;
    return { id, logprob: Math.log(probability(logits, id)) };
  }

  // Sentences between marks; the next window begins behind the last that is whole, or after this one where all are.
  #cut(window: Window, at: number, length: number): { found: SpeechSegment[]; next: number } {
    const { firstTime } = this.ids;
    const { ids } = window;
    const second = (id: number) => (id - firstTime) * SECONDS_A_MARK;
    const isTime = (i: number) => ids[i] >= firstTime;
    const ends = ids.flatMap((_, i) => (i > 0 && isTime(i) && isTime(i - 1) ? [i] : []));
    // One mark at the very end: nothing was cut off, what follows is silence.
    const whole = ids.length >= 2 && isTime(ids.length - 1) && !isTime(ids.length - 2);
    if (whole) ends.push(ids.length);
    if (ends.length === 0) {
      const last = ids.findLast((id) => id >= firstTime);
      const end = last === undefined || last === firstTime ? length : Math.min(length, second(last));
      return { found: [this.#segment(window, ids, at, at + end)], next: length };
    }
    const found: SpeechSegment[] = [];
    let first = 0;
    for (const end of ends) {
      const part = ids.slice(first, end);
      if (part.length > 0) found.push(this.#segment(window, part, at + second(part[0]), Math.min(at + second(part[part.length - 1]), at + length)));
      first = end;
    }
    return { found, next: whole ? length : second(ids[ends[ends.length - 1] - 1]) };
  }

  #segment({ averageLogprob, noSpeech }: Window, ids: readonly number[], start: number, end: number): SpeechSegment {
    const words = ids.filter((id) => id < this.ids.end);
    const round = (seconds: number) => Math.round(seconds * 1000) / 1000;
    return { start: round(start), end: round(end), text: this.#of.tokenizer.decode(words), ids: words, averageLogprob, noSpeech };
  }
}

function probability(logits: Float32Array, id: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of logits) most = Math.max(most, value);
  let sum = 0;
  for (const value of logits) sum += Math.exp(value - most);
  return Math.exp(logits[id] - most) / sum;
}
