// Speech over HTTP as the official client asks for it: forms, every format of the answer, and what is refused.
import OpenAI, { toFile } from "openai";
import { expect, it } from "vitest";
import type { SpeechInput, SpeechTranscriber, Transcription } from "#generate";
import { serving } from "./serving.ts";

const heard: { sound: SpeechInput; options: object }[] = [];
const transcriber: SpeechTranscriber = {
  information: { name: "whisper:tiny.en" },
  async transcribe(sound, options = {}): Promise<Transcription> {
    heard.push({ sound, options });
    const segment = (start: number, end: number, text: string) => ({ start, end, text, ids: [1, 2], averageLogprob: -0.25, noSpeech: 0.01 });
    return { text: "Hello. Goodbye.", language: "en", duration: 3.5, segments: [segment(0, 1.5, " Hello."), segment(61.25, 62, " Goodbye.")] };
  },
  close: async () => undefined,
};
const served = [{ kind: "transcription" as const, name: "whisper:tiny.en", open: async () => transcriber }];

it("answers the official client: text, with segments, as SRT and WebVTT, and into English", async () => {
  await using s = await serving(undefined, { served });
  const client = new OpenAI({ baseURL: `${s.address}/v1`, apiKey: "none", maxRetries: 0 });
  const file = () => toFile(Buffer.from("RIFF sound"), "sound.wav");
  const model = "whisper:tiny.en";
  expect((await client.audio.transcriptions.create({ file: await file(), model, language: "en" })).text).toBe("Hello. Goodbye.");
  expect(Buffer.from(heard[0].sound as Uint8Array).toString()).toBe("RIFF sound");
  expect(heard[0].options).toMatchObject({ task: "transcribe", language: "en" });
  const verbose = await client.audio.transcriptions.create({
    file: await file(),
    model,
    response_format: "verbose_json",
    timestamp_granularities: ["segment"],
  });
  expect(verbose).toMatchObject({ task: "transcribe", language: "english", duration: 3.5, text: "Hello. Goodbye." });
  expect(verbose.segments?.[1]).toMatchObject({
    id: 1,
    start: 61.25,
    end: 62,
    text: " Goodbye.",
    tokens: [1, 2],
    temperature: 0,
    avg_logprob: -0.25,
  });
  expect(await client.audio.transcriptions.create({ file: await file(), model, response_format: "srt" })).toBe(
    "1\n00:00:00,000 --> 00:00:01,500\nHello.\n\n2\n00:01:01,250 --> 00:01:02,000\nGoodbye.\n",
  );
  expect(await client.audio.transcriptions.create({ file: await file(), model, response_format: "vtt" })).toContain(
    "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nHello.",
  );
  expect((await client.audio.translations.create({ file: await file(), model })).text).toBe("Hello. Goodbye.");
  expect(heard.at(-1)?.options).toMatchObject({ task: "translate" });
});

it("refuses what is no form, has no file, a field it does not know, a model that is not served, too much", async () => {
  await using s = await serving(undefined, { served, limits: { soundBytes: 1000 } });
  const send = async (parts: Record<string, string | Blob>) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(parts)) body.set(name, value);
    const answer = await fetch(`${s.address}/v1/audio/transcriptions`, { method: "POST", body });
    return { status: answer.status, error: ((await answer.json()) as { error: { message: string; param?: string } }).error };
  };
  const file = new Blob(["RIFF"]);
  expect(await send({ model: "whisper:tiny.en" })).toMatchObject({ status: 400, error: { param: "file" } });
  expect((await send({ file, prompt: "Inkstone" })).status).toBe(400);
  expect(await send({ file, resonse_format: "json" })).toMatchObject({ status: 400, error: { param: "resonse_format" } });
  expect(await send({ file, response_format: "mp3" })).toMatchObject({ status: 400, error: { param: "response_format" } });
  expect((await send({ file, temperature: "0.7" })).status).toBe(400);
  expect((await send({ file, model: "whisper:base" })).error).toMatchObject({ param: "model" });
  expect((await send({ sound: file })).error.message).toContain("sound");
  expect((await send({ file: new Blob(["x".repeat(2000)]) })).status).toBe(413);
  const json = await fetch(`${s.address}/v1/audio/transcriptions`, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
  expect(json.status).toBe(415);
  const broken = await fetch(`${s.address}/v1/audio/transcriptions`, {
    method: "POST",
    headers: { "content-type": "multipart/form-data; boundary=x" },
    body: "--x\r\nnothing",
  });
  expect(broken.status).toBe(400);
});
