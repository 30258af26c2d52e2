// Speech into text on this machine. Everything it does is a message to its thread.
/// <reference lib="esnext.disposable" preserve="true" />
import { aFlag, aFunction, aSignal, aText, InkstoneError, oneOf, type Rules, readOptions, whole } from "../../core/index.ts";
import type { PullProgress } from "../../hub/index.ts";
import type { Precision } from "../../native/index.ts";
import type { SpeechTranscriber } from "../served.ts";
import { ThreadHost } from "../threads/host.ts";
import type { GeneratorState } from "../types.ts";
import { speechFiles } from "./files.ts";
import type { PlainTranscribeOptions, SpeechAnswers, SpeechCall, SpeechInformation, SpeechInput, Transcription } from "./protocol.ts";

/** How to open a recogniser. */
export interface SpeechOptions {
  /** Default: bf16, on the reference kernels exact. */
  readonly precision?: Precision;
  /** Threads for arithmetic. Default: the cores, at most 16. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Of a fetch, where one is needed. */
  readonly onProgress?: (progress: PullProgress) => void;
}

/** How to transcribe. */
export interface TranscribeOptions {
  /** BCP 47, such as "en" or "zh". Default: found by the model in the first 30 s. */
  readonly language?: string;
  /** "translate" writes English, whatever is spoken. Default "transcribe". */
  readonly task?: "transcribe" | "translate";
  /** Whether sentences are told apart by their times. Default: where the sound is longer than 30 s. */
  readonly timestamps?: boolean;
  readonly signal?: AbortSignal;
  /** Seconds of sound. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

const openRules: Rules<SpeechOptions> = {
  precision: oneOf(["exact", "bf16", "fast"]),
  threads: whole(1, 64),
  signal: aSignal,
  onProgress: aFunction,
};
const transcribeRules: Rules<TranscribeOptions> = {
  language: aText,
  task: oneOf(["transcribe", "translate"]),
  timestamps: aFlag,
  signal: aSignal,
  onProgress: aFunction,
};

/**
 * A model that writes down what is said.
 *
 * @example
 * const recognizer = await SpeechRecognizer.open("whisper:tiny.en");
 * const { text } = await recognizer.transcribe({ samples: new Float32Array(16000), rate: 16000 });
 * typeof text; // "string"
 * await recognizer.close();
 */
export class SpeechRecognizer implements SpeechTranscriber {
  readonly information: SpeechInformation;
  readonly #host: ThreadHost<SpeechCall, SpeechAnswers>;

  private constructor(host: ThreadHost<SpeechCall, SpeechAnswers>, information: SpeechInformation) {
    this.#host = host;
    this.information = information;
  }

  /**
   * Opens a model: a name of the catalogue (`whisper:tiny.en`, `whisper:base`), or a folder with model.bin, config.json and tokenizer.json as CTranslate2 has them.
   *
   * Errors: `E_OPTION`; those of the hub; `E_MODEL_USE`, `E_MODEL_CONFIG`, `E_MODEL_ARCHITECTURE`, `E_MODEL_TENSORS`, `E_FORMAT_…`, `E_TOKENIZER_…`; the signal's reason.
   */
  static async open(reference: string, options: SpeechOptions = {}): Promise<SpeechRecognizer> {
    const { precision, threads, signal, onProgress } = readOptions("open", options, openRules);
    signal?.throwIfAborted();
    const files = await speechFiles(reference, { signal, onProgress });
    const host = new ThreadHost<SpeechCall, SpeechAnswers>(new URL("./worker.js", import.meta.url), "speech");
    try {
      return new SpeechRecognizer(host, await host.call<"open">({ kind: "open", files, precision, threads }, { signal }));
    } catch (error) {
      await host.close();
      signal?.throwIfAborted();
      throw error;
    }
  }

  get state(): GeneratorState {
    return this.#host.state;
  }

  /**
   * What is said in a sound: the path of a file, the bytes of one, or samples from -1 to 1 with their rate. WAV is read by hand, other formats through ffmpeg where it is installed.
   *
   * Errors: `E_OPTION`, `E_FORMAT_NO_FILE`, `E_AUDIO_FORMAT`, `E_AUDIO_PROGRAM`, `E_ENGINE_CLOSED`, `E_ENGINE_DIED`; the signal's reason.
   */
  async transcribe(sound: SpeechInput, options: TranscribeOptions = {}): Promise<Transcription> {
    const { language, task, timestamps, signal, onProgress } = readOptions("transcribe", options, transcribeRules);
    checkInput(sound);
    const plain: PlainTranscribeOptions = { language, task, timestamps };
    return this.#host.call<"transcribe">({ kind: "transcribe", input: sound, options: plain }, { signal, onProgress });
  }

  /** Frees the model and ends its thread. */
  close(): Promise<void> {
    return this.#host.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function checkInput(sound: unknown): void {
  const isObject = typeof sound === "object" && sound !== null;
  if (typeof sound === "string" || sound instanceof Uint8Array) return;
  const { samples, rate } = (isObject ? sound : {}) as { samples?: unknown; rate?: unknown };
  if (samples instanceof Float32Array && typeof rate === "number" && Number.isInteger(rate) && rate >= 1000 && rate <= 768_000) return;
  const allowed = { en: "a path, bytes, or { samples: Float32Array, rate }", zh: "路径、字节或 { samples: Float32Array, rate }" };
  throw new InkstoneError("E_OPTION", { option: "sound", value: isObject ? "{…}" : String(sound), allowed });
}
