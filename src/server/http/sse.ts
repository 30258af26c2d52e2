// Streams of events by hand: one line of JSON an event, paused by a slow reader, closed when he does not come back, never silent for long. Knows no fields.
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import type { ServerLimits } from "../limits.ts";
import { type Call, endingError } from "./calls.ts";

/** Headers of a stream. */
export const streamHeaders = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no" } as const;

/**
 * One event. Everything is JSON, so that no text of a model can end it.
 *
 * @example
 * event({ a: "\n\n" }); // 'data: {"a":"\\n\\n"}\n\n'
 */
export function event(value: unknown, name?: string): string {
  return `${name === undefined ? "" : `event: ${name}\n`}data: ${JSON.stringify(value)}\n\n`;
}

/** The last event of a stream that went well. */
export const done = "data: [DONE]\n\n";

/** What a stream says while there is nothing to say; readers leave it out. */
const nothing = ": \n\n";

/** A stream to be sent. */
export interface Streaming {
  readonly call: Call;
  /** It throws what fails: before the first event that is an ordinary answer, after it an event. */
  readonly events: AsyncGenerator<string>;
  /** A failure as an event. */
  readonly tell: (error: unknown) => string;
  readonly limits: ServerLimits;
  /** Default: server-sent events. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Said while nothing else is; undefined: nothing. Default: a comment. */
  readonly filler?: string | undefined;
}

/**
 * Sends a stream. Its headers go out with the first event, or after `silentMs` without one.
 *
 * Errors: what `events` throws before its first event within that time.
 */
export async function sendStream(reply: FastifyReply, streaming: Streaming): Promise<FastifyReply> {
  const { call, events, limits, headers = streamHeaders } = streaming;
  const first = events.next();
  const silence = within(first, limits.silentMs);
  try {
    await silence;
  } catch (error) {
    throw endingError(call) ?? error;
  }
  const filler = "filler" in streaming ? streaming.filler : nothing;
  return reply.headers(headers).send(eventStream(filled(first, { ...streaming, filler }), call, reply.raw, limits));
}

// Resolves with the first step or with the end of the time, whichever comes first.
function within(step: Promise<unknown>, ms: number): Promise<unknown> {
  let clock: NodeJS.Timeout | undefined;
  const late = new Promise((done) => {
    clock = setTimeout(done, ms, undefined);
  });
  return Promise.race([step, late]).finally(() => clearTimeout(clock));
}

async function* filled(first: Promise<IteratorResult<string>>, { call, events, tell, limits, filler }: Streaming): AsyncGenerator<string> {
  let next = first;
  next.catch(() => undefined);
  try {
    for (;;) {
      const step = await Promise.race([next, within(next, limits.silentMs).then(() => undefined)]);
      if (step === undefined) {
        if (filler !== undefined) yield filler;
        continue;
      }
      if (step.done) return;
      yield step.value;
      next = events.next();
      next.catch(() => undefined);
    }
  } catch (error) {
    if (call.ending === undefined || call.ending === "stopping") yield tell(endingError(call) ?? error);
  } finally {
    await events.return(undefined);
  }
}

/** A readable stream of events: at most `streamBufferBytes` wait in it, then `events` is not asked for more. */
export function eventStream(events: AsyncGenerator<string>, call: Call, response: ServerResponse, limits: ServerLimits): Readable {
  const stream = Readable.from(events, { objectMode: false, highWaterMark: limits.streamBufferBytes });
  const stopWatching = watchReader(response, limits.slowReaderMs, () => {
    call.end("slow");
    response.destroy();
  });
  stream.once("close", stopWatching);
  return stream;
}

// Bytes wait, and none has left for `limit` milliseconds.
function watchReader(response: ServerResponse, limit: number, late: () => void): () => void {
  let waitingSince: number | undefined;
  let written = -1;
  const clock = setInterval(
    () => {
      const socket = response.socket;
      const sent = (socket?.bytesWritten ?? 0) - (socket?.writableLength ?? 0);
      if (!socket || socket.writableLength + response.writableLength === 0 || sent !== written) waitingSince = undefined;
      else waitingSince ??= performance.now();
      written = sent;
      if (waitingSince !== undefined && performance.now() - waitingSince >= limit) late();
    },
    Math.min(1000, Math.max(20, limit / 4)),
  );
  clock.unref();
  return () => clearInterval(clock);
}
