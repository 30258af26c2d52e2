// Whisper tiny.en beside transformers on real recordings: spectrogram, encoder, logits, ids and text; and sound longer than a window. Read from the store where the model is.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSound } from "#formats";
import { SpeechRecognizer } from "#generate";
import { localPath, resolveModel } from "#hub";
import { MelSpectrogram, Whisper } from "#models";
import { nativeStatus, openExecutor } from "#native";
import { cpu } from "#tensor";
import { root } from "../support/processes.ts";

interface Row {
  readonly file: string;
  readonly mel_first_frame: number[];
  readonly mel_frame_100: number[];
  readonly mel_sum: number;
  readonly encoder_first: number[];
  readonly encoder_frame_100: number[];
  readonly encoder_sum: number;
  readonly encoder_abs_sum: number;
  readonly first_step_logits: number[];
  readonly prompt: number[];
  readonly ids: number[];
  readonly text: string;
}

const shared = join(root, "../shared/reference");
const at = existsSync(shared) && nativeStatus().available && (await localPath("whisper:tiny.en")) !== undefined;
const rows = (): Row[] => JSON.parse(readFileSync(join(shared, "models-2.json"), "utf8"))["whisper-tiny.en"].rows;
const worst = (got: ArrayLike<number>, expected: readonly number[]) =>
  expected.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i])), 0);
const total = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0);

describe.runIf(at)("whisper:tiny.en", () => {
  it("sees and hears as transformers does: spectrogram, encoder and first logits of every recording", async () => {
    const model = await Whisper.load((await resolveModel("whisper:tiny.en")).path, cpu(openExecutor({ executor: "native", threads: 2 })), "exact");
    const spectrogram = new MelSpectrogram();
    for (const row of rows()) {
      const mel = spectrogram.of(await openSound(join(shared, row.file)));
      expect(worst(mel, row.mel_first_frame)).toBeLessThan(1e-4);
      expect(worst(mel.subarray(8000), row.mel_frame_100)).toBeLessThan(1e-4);
      expect(Math.abs(total(mel) / row.mel_sum - 1)).toBeLessThan(1e-5);
      const read = (await model.read(mel).data()) as Float32Array;
      expect(worst(read, row.encoder_first)).toBeLessThan(1e-3);
      expect(worst(read.subarray(100 * 384), row.encoder_frame_100)).toBeLessThan(1e-3);
      expect(Math.abs(total(read) / row.encoder_sum - 1)).toBeLessThan(1e-3);
      expect(Math.abs(total(read.map(Math.abs)) / row.encoder_abs_sum - 1)).toBeLessThan(1e-3);
      model.writer.begin(1, 448);
      for (const id of row.prompt.slice(0, -1)) model.writer.step({ ids: [id], texts: [0], likeliest: 0 });
      const logits = model.writer.step({ ids: row.prompt.slice(-1), texts: [0], likeliest: 1 }).logits(0);
      expect(worst(logits, row.first_step_logits)).toBeLessThan(1e-3);
    }
    model.dispose();
  });

  it.each(["exact", "bf16", "fast"] as const)("writes the ids and the text of every recording in %s", async (precision) => {
    const recognizer = await SpeechRecognizer.open("whisper:tiny.en", { precision, threads: 2 });
    for (const row of rows()) {
      const { text, segments, language } = await recognizer.transcribe(join(shared, row.file));
      expect([language, segments.length, segments[0].text, text]).toEqual(["en", 1, row.text, row.text.trim()]);
      expect(segments[0].ids).toEqual(row.ids.slice(0, -1));
    }
    await recognizer.close();
  });

  it("writes sound longer than a window sentence by sentence, with their times, and nothing for silence", async () => {
    const parts = await Promise.all(rows().map(({ file }) => openSound(join(shared, file))));
    const pause = new Float32Array(16_000);
    const pieces = [0, 1, 2].flatMap(() => parts.flatMap((part) => [part, pause]));
    const samples = new Float32Array([...pieces, new Float32Array(40 * 16_000)].flatMap((piece) => [...piece]));
    const recognizer = await SpeechRecognizer.open("whisper:tiny.en", { threads: 2 });
    const seconds: number[] = [];
    const { segments, duration, text } = await recognizer.transcribe({ samples, rate: 16_000 }, { onProgress: ({ done }) => seconds.push(done) });
    await recognizer.close();
    expect(duration).toBe(samples.length / 16_000);
    expect(text.match(/letter in black ink/g)?.length).toBe(3);
    expect(text.match(/25 copies to the office/g)?.length).toBe(3);
    expect(segments.length).toBeGreaterThanOrEqual(9);
    expect(segments.every(({ start, end }, i) => start < end && (i === 0 || start >= segments[i - 1].end - 1e-6))).toBe(true);
    expect(Math.abs(segments[1].start - (parts[0].length / 16_000 + 1))).toBeLessThan(0.8);
    expect(segments[segments.length - 1].end).toBeLessThan(45);
    expect(seconds.every((each, i) => i === 0 || each >= seconds[i - 1])).toBe(true);
  });

  it("refuses a language it does not know, sound that is none, and is ended by its signal", async () => {
    const recognizer = await SpeechRecognizer.open("whisper:tiny.en", { threads: 2 });
    const sound = join(shared, rows()[0].file);
    await expect(recognizer.transcribe(sound, { language: "zh" })).rejects.toMatchObject({ code: "E_OPTION" });
    await expect(recognizer.transcribe(sound, { task: "translate" })).rejects.toMatchObject({ code: "E_OPTION" });
    await expect(recognizer.transcribe(Buffer.from("text"))).rejects.toMatchObject({ code: expect.stringMatching(/^E_AUDIO_/) });
    const ended = new AbortController();
    const answer = recognizer.transcribe({ samples: new Float32Array(600 * 16_000).fill(0.5), rate: 16_000 }, { signal: ended.signal });
    ended.abort(new Error("enough"));
    await expect(answer).rejects.toThrow("enough");
    await recognizer.close();
    await expect(recognizer.transcribe(sound)).rejects.toMatchObject({ code: "E_ENGINE_CLOSED" });
  });
});
