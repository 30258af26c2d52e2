// Server-sent events by hand: one JSON line an event, paused by a slow reader, closed when he does not come back. Knows no fields.
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { Call } from "./calls.ts";
import type { ServerLimits } from "./limits.ts";

/** Headers of a stream. */
export const streamHeaders = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no" } as const;

/**
 * One event. Everything is JSON, so that no text of a model can end it.
 *
 * @example
 * event({ a: "\n\n" }); // 'data: {"a":"\\n\\n"}\n\n'
 */
export function event(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

/** The last event of a stream that went well. */
export const done = "data: [DONE]\n\n";

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
