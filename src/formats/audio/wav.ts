// WAV files: PCM samples of any rate and number of channels as numbers from -1 to 1, channels averaged into one. Source: RIFF WAVE, Microsoft & IBM 1991. Knows no other format.
import { InkstoneError } from "../../core/index.ts";

/** Sound of one channel. */
export interface Sound {
  /** From -1 to 1. */
  readonly samples: Float32Array;
  /** Samples a second. */
  readonly rate: number;
}

const PCM = 1;
const FLOAT = 3;
/** The real format stands in the first two bytes of an identifier. */
const EXTENSIBLE = 0xfffe;

interface Form {
  readonly kind: number;
  readonly channels: number;
  readonly rate: number;
  readonly bits: number;
}

const readers: Readonly<Record<string, (view: DataView, at: number) => number>> = {
  "1 8": (view, at) => (view.getUint8(at) - 128) / 128,
  "1 16": (view, at) => view.getInt16(at, true) / 32_768,
  "1 24": (view, at) => ((view.getUint8(at) << 8) | (view.getUint8(at + 1) << 16) | (view.getInt8(at + 2) << 24)) / 2 ** 31,
  "1 32": (view, at) => view.getInt32(at, true) / 2 ** 31,
  "3 32": (view, at) => view.getFloat32(at, true),
};

/** Whether bytes begin as a WAV file does. */
export function isWav(bytes: Uint8Array): boolean {
  const text = (from: number) => String.fromCharCode(...bytes.subarray(from, from + 4));
  return bytes.length >= 12 && text(0) === "RIFF" && text(8) === "WAVE";
}

/**
 * The sound of a WAV file: PCM of 8, 16, 24 or 32 bits, or 32-bit floats.
 *
 * Errors: `E_AUDIO_FORMAT` for what is no such file; `E_FORMAT_TRUNCATED`, `E_FORMAT_MISSING`.
 *
 * @example
 * readWav(new Uint8Array(8)); // throws E_AUDIO_FORMAT
 */
export function readWav(bytes: Uint8Array): Sound {
  if (!isWav(bytes)) throw new InkstoneError("E_AUDIO_FORMAT", { why: { en: "it is no WAV file", zh: "不是 WAV 文件" } });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let form: Form | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = String.fromCharCode(...bytes.subarray(at, at + 4));
    const [start, length] = [at + 8, view.getUint32(at + 4, true)];
    if (name === "fmt ") form = formOf(view, start, length);
    else if (name === "data") {
      if (form === undefined) throw new InkstoneError("E_FORMAT_MISSING", { field: "fmt" });
      // A recorder that was cut off has not written how long it became: what is there counts.
      return soundOf(view, form, start, Math.min(length, bytes.length - start));
    }
    at = start + length + (length % 2);
  }
  throw new InkstoneError("E_FORMAT_MISSING", { field: form === undefined ? "fmt" : "data" });
}

function formOf(view: DataView, start: number, length: number): Form {
  const available = view.byteLength - start;
  if (length < 16 || length > available)
    throw new InkstoneError("E_FORMAT_TRUNCATED", { field: "fmt", offset: start, needed: Math.max(16, length), available });
  const named = view.getUint16(start, true);
  const kind = named === EXTENSIBLE && length >= 26 ? view.getUint16(start + 24, true) : named;
  const form = { kind, channels: view.getUint16(start + 2, true), rate: view.getUint32(start + 4, true), bits: view.getUint16(start + 14, true) };
  if (readers[`${kind} ${form.bits}`] === undefined || (kind !== PCM && kind !== FLOAT)) {
    const why = { en: `it holds samples of kind ${kind} with ${form.bits} bits`, zh: `其采样类型为 ${kind}，${form.bits} 位` };
    throw new InkstoneError("E_AUDIO_FORMAT", { why });
  }
  if (form.channels < 1 || form.channels > 64 || form.rate < 1000 || form.rate > 768_000) {
    const why = {
      en: `it says ${form.channels} channels and ${form.rate} samples a second`,
      zh: `其声道数为 ${form.channels}，采样率为 ${form.rate}`,
    };
    throw new InkstoneError("E_AUDIO_FORMAT", { why });
  }
  return form;
}

function soundOf(view: DataView, { kind, channels, rate, bits }: Form, start: number, length: number): Sound {
  const read = readers[`${kind} ${bits}`];
  const size = bits / 8;
  const count = Math.floor(length / (size * channels));
  const samples = new Float32Array(count);
  for (let i = 0, at = start; i < count; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++, at += size) sum += read(view, at);
    const value = sum / channels;
    samples[i] = Number.isFinite(value) ? Math.max(-1, Math.min(1, value)) : 0;
  }
  return { samples, rate };
}
