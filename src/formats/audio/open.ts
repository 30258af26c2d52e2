// The sound of a file or of bytes: WAV by hand, everything else through ffmpeg, where that is installed. Knows no model.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { fileFailure, requireFile } from "../regular-file.ts";
import { resampled } from "./resample.ts";
import { isWav, readWav } from "./wav.ts";

/** Most bytes of a sound file, and most samples after everything: more than nine hours at 16,000 a second. */
const MOST_BYTES = 2 ** 31 - 1;
const MOST_SAMPLES = 2 ** 29;

/** How to open. */
export interface SoundOptions {
  /** Samples a second that are wanted. Default 16000. */
  readonly rate?: number;
  readonly signal?: AbortSignal | undefined;
  /** The program for other formats. Default: INKSTONE_FFMPEG, else ffmpeg. */
  readonly program?: string;
}

/**
 * One channel at the wanted rate. Given a path, or the bytes of a file.
 *
 * Errors: `E_FORMAT_NO_FILE`, `E_FORMAT_NOT_A_FILE`, `E_FORMAT_LARGE`; `E_AUDIO_FORMAT` for what is not sound; `E_AUDIO_PROGRAM` for other formats without ffmpeg; the signal's reason.
 *
 * @example
 * await openSound("none.wav"); // throws E_FORMAT_NO_FILE
 */
export async function openSound(from: string | Uint8Array, { rate = 16_000, signal, program }: SoundOptions = {}): Promise<Float32Array> {
  signal?.throwIfAborted();
  const bytes = typeof from === "string" ? await bytesOf(from, signal) : from;
  if (isWav(bytes)) {
    const { samples, rate: own } = readWav(bytes);
    return resampled(samples, own, rate);
  }
  const wanted = program ?? process.env["INKSTONE_FFMPEG"] ?? "ffmpeg";
  if (typeof from === "string") return decoded(wanted, resolve(from), rate, signal);
  // Many containers can only be read with a way back: they need a file.
  const folder = await mkdtemp(join(tmpdir(), "inkstone-sound-"));
  try {
    const path = join(folder, "sound");
    await writeFile(path, bytes);
    return await decoded(wanted, path, rate, signal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bytesOf(path: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const file = await requireFile(path);
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES) throw new InkstoneError("E_FORMAT_LARGE", { file, bytes: size, most: MOST_BYTES });
    return await readFile(path, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw fileFailure(error, file, path);
  }
}

async function decoded(program: string, path: string, rate: number, signal: AbortSignal | undefined): Promise<Float32Array> {
  const protocols = ["-protocol_whitelist", "file"]; // a playlist must not reach out
  const args = ["-nostdin", "-v", "error", ...protocols, "-i", path, "-vn", "-f", "f32le", "-ac", "1", "-ar", String(rate), "pipe:1"];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const stop = () => child.kill("SIGKILL");
  signal?.addEventListener("abort", stop);
  try {
    return await samplesOf(child, program);
  } finally {
    signal?.removeEventListener("abort", stop);
    signal?.throwIfAborted();
  }
}

async function samplesOf(child: ChildProcess, program: string): Promise<Float32Array> {
  const pieces: Buffer[] = [];
  let [bytes, words] = [0, ""];
  child.stdout?.on("data", (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > 4 * MOST_SAMPLES) child.kill("SIGKILL");
    else pieces.push(piece);
  });
  child.stderr?.on("data", (piece: Buffer) => {
    words = (words + piece.toString("utf8")).slice(-2000);
  });
  const code = await new Promise<number | "missing">((done, fail) => {
    child.on("error", (error: NodeJS.ErrnoException) => (error.code === "ENOENT" || error.code === "EACCES" ? done("missing") : fail(error)));
    child.on("close", (status) => done(status ?? 1));
  });
  if (code === "missing") throw new InkstoneError("E_AUDIO_PROGRAM", { program });
  if (bytes > 4 * MOST_SAMPLES) throw new InkstoneError("E_AUDIO_FORMAT", { why: { en: "it is longer than nine hours", zh: "时长超过九小时" } });
  if (code !== 0 || bytes < 4) {
    const last = words.trim().split("\n").at(-1)?.replace(/^.*: /, "").slice(0, 160) ?? "";
    throw new InkstoneError("E_AUDIO_FORMAT", {
      why: { en: `ffmpeg finds no sound in it${last && ` (${last})`}`, zh: `ffmpeg 未能从中读出声音${last && `（${last}）`}` },
    });
  }
  const whole = Buffer.concat(pieces);
  const samples = new Float32Array(Math.floor(bytes / 4));
  new Uint8Array(samples.buffer).set(whole.subarray(0, 4 * samples.length));
  return samples;
}
