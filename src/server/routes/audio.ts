// POST /v1/audio/transcriptions and /v1/audio/translations in OpenAI's shape: a sound file as a form, what is said in it as JSON, text, SRT or WebVTT.
import { deflateSync } from "node:zlib";
import multipart, { type MultipartFile } from "@fastify/multipart";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { InkstoneError } from "../../core/index.ts";
import type { SpeechSegment, Transcription } from "../../generate/index.ts";
import type { ServerContext } from "../context.ts";
import { Seat } from "../generation/seat.ts";
import { checked } from "../http/fields.ts";

const formats = ["json", "text", "srt", "verbose_json", "vtt"] as const;
type Format = (typeof formats)[number];

const plainTypes: Readonly<Partial<Record<Format, string>>> = { text: "text/plain", srt: "application/x-subrip", vtt: "text/vtt" };

/** Fields of the form beside the file. */
const fields = z.strictObject({
  model: z.string().min(1).max(4096).optional(),
  language: z.string().min(2).max(16).optional(),
  response_format: z.enum(formats).optional(),
  temperature: z.enum(["0", "0.0"]).optional(),
  "timestamp_granularities[]": z.literal("segment").optional(),
  prompt: z.literal("").optional(),
  stream: z.literal("false").optional(),
  user: z.string().max(512).optional(),
});
type Fields = z.infer<typeof fields>;

/** Adds the routes. */
export async function addAudioRoutes(app: FastifyInstance, context: ServerContext): Promise<void> {
  const { soundBytes } = context.limits;
  // In a scope of their own: no other route takes forms.
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    await scope.register(multipart, { limits: { fileSize: soundBytes, files: 1, fields: 16, fieldSize: 8192, parts: 17, headerPairs: 64 } });
    for (const task of ["transcribe", "translate"] as const) {
      const path = task === "transcribe" ? "/v1/audio/transcriptions" : "/v1/audio/translations";
      const summary = task === "transcribe" ? "What is said in a sound" : "What is said in a sound, in English";
      const options = { schema: { summary, tags: ["OpenAI"], consumes: ["multipart/form-data"] }, config: { wanted: "multipart/form-data" } };
      scope.post(path, options, async (request, reply) => {
        const { sound, given } = await readForm(request, soundBytes);
        const seat = new Seat(context, "transcription", request, reply, {
          ...(given.model === undefined ? {} : { model: given.model }),
          ...(given.user === undefined ? {} : { user: given.user }),
        });
        return seat.whole(async (transcriber, signal) => {
          const format = given.response_format ?? "json";
          const timestamps = format === "json" || format === "text" ? {} : { timestamps: true };
          const language = given.language === undefined ? {} : { language: given.language };
          const found = await transcriber.transcribe(sound, { task, signal, ...timestamps, ...language });
          await seat.count(
            0,
            found.segments.reduce((sum, { ids }) => sum + ids.length, 0),
          );
          return answer(found, task, format, reply);
        });
      });
    }
  });
}

async function readForm(request: FastifyRequest, limit: number): Promise<{ sound: Uint8Array; given: Fields }> {
  const given: Record<string, unknown> = {};
  let sound: Uint8Array | undefined;
  if (!request.isMultipart()) throw missing();
  try {
    for await (const part of request.parts()) {
      if (part.type === "file") sound = await bytesOf(part);
      else given[part.fieldname] = part.value;
    }
  } catch (error) {
    throw formError(error, limit);
  }
  if (sound === undefined) throw missing();
  return { sound, given: checked(fields, given) };
}

async function bytesOf(part: MultipartFile): Promise<Uint8Array> {
  if (part.fieldname !== "file") {
    part.file.resume();
    throw new InkstoneError("E_FIELD_UNKNOWN", {
      field: part.fieldname.slice(0, 80),
      allowed: "file",
      remedy: { en: 'The sound is the field "file".', zh: "音频字段名为“file”。" },
    });
  }
  return part.toBuffer();
}

function missing(): InkstoneError {
  return new InkstoneError("E_FIELD", {
    field: "file",
    why: { en: "a sound file is needed, as a part of a multipart form", zh: "需要音频文件，作为 multipart 表单的一部分" },
  });
}

// What the parser of forms says, in our words.
function formError(error: unknown, limit: number): unknown {
  if (error instanceof InkstoneError) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (code === "FST_REQ_FILE_TOO_LARGE") return new InkstoneError("E_BODY_SIZE", { limit });
  if (code.startsWith("FST_") || /form|boundary|multipart|part/i.test(message))
    return new InkstoneError("E_FIELD", {
      field: "body",
      why: { en: "it is no multipart form with one file", zh: "不是含一个文件的 multipart 表单" },
    });
  return error;
}

function answer(found: Transcription, task: "transcribe" | "translate", format: Format, reply: FastifyReply): unknown {
  const { text, language, duration, segments } = found;
  if (format === "json") return { text, usage: { type: "duration", seconds: Math.ceil(duration) } };
  if (format === "verbose_json")
    return {
      task,
      language: nameOf(language),
      duration,
      text,
      segments: segments.map(verbose),
      usage: { type: "duration", seconds: Math.ceil(duration) },
    };
  void reply.type(`${plainTypes[format]}; charset=utf-8`);
  if (format === "text") return `${text}\n`;
  const mark = format === "srt" ? "," : ".";
  const cues = segments.map((each, i) => {
    const times = `${clock(each.start, mark)} --> ${clock(each.end, mark)}\n${each.text.trim()}\n`;
    return format === "srt" ? `${i + 1}\n${times}` : times;
  });
  return format === "srt" ? cues.join("\n") : `WEBVTT\n\n${cues.join("\n")}`;
}

// OpenAI names languages by their English names.
function nameOf(language: string): string {
  return (new Intl.DisplayNames(["en"], { type: "language" }).of(language) ?? language).toLowerCase();
}

function verbose({ start, end, text, ids, averageLogprob, noSpeech }: SpeechSegment, id: number): object {
  const bytes = Buffer.from(text);
  return {
    id,
    seek: Math.round(start * 100),
    start,
    end,
    text,
    tokens: ids,
    temperature: 0,
    avg_logprob: averageLogprob,
    compression_ratio: bytes.length / deflateSync(bytes).length,
    no_speech_prob: noSpeech,
  };
}

function clock(seconds: number, mark: string): string {
  const all = Math.round(seconds * 1000);
  const part = (value: number, digits: number) => String(value).padStart(digits, "0");
  return `${part(Math.floor(all / 3_600_000), 2)}:${part(Math.floor(all / 60_000) % 60, 2)}:${part(Math.floor(all / 1000) % 60, 2)}${mark}${part(all % 1000, 3)}`;
}
