// How a server ends: no new work, running answers within a grace, then everything, whatever sockets are open. Knows no routes.
import type { FastifyInstance } from "fastify";
import type { Calls } from "./calls.ts";
import type { Sockets } from "./sockets.ts";

/** How long a cut stream has for its error event. */
const LAST_WORDS_MS = 500;

/**
 * The end of a server as a function: `now` cuts what runs. It may be called again, with `now`, while it is under way.
 *
 * @returns whether every answer could finish.
 */
export function stopper(
  app: FastifyInstance,
  { calls, sockets }: { calls: Calls; sockets: Sockets },
  graceMs: number,
): (now: boolean) => Promise<boolean> {
  let ended: Promise<boolean> | undefined;
  let clean = true;
  const cut = (): void => {
    clean &&= calls.count === 0;
    calls.endAll("stopping");
    sockets.endIdle();
    setTimeout(() => sockets.endAll(), LAST_WORDS_MS).unref(); // a reader that does not take its error event does not hold the exit
  };
  return (now) => {
    if (now) cut();
    ended ??= (async () => {
      const clock = setTimeout(cut, graceMs);
      await calls.idle(); // until then it listens, and says that it is not ready
      const closed = app.close(); // its promise waits for every socket
      closed.catch(() => undefined);
      sockets.endIdle();
      await sockets.quiet();
      clearTimeout(clock);
      sockets.endAll();
      await closed;
      return clean;
    })();
    return ended.then(() => clean);
  };
}
