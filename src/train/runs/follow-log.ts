// A run's log as it grows. Knows no training.
import { readFile } from "node:fs/promises";
import { type LogEntry, RunFolder, runFiles } from "./run-folder.ts";

/**
 * The entries of a run's log as they are written: those that are there, then new ones until the run ends or the signal is given. A log that was cut (a stopped trainer went on from its
 * checkpoint) begins anew: `restart` comes first.
 *
 * @example
 * for await (const one of followLog("no-such-run", { ended: async () => true })) one; // nothing comes
 */
export async function* followLog(
  path: string,
  { signal, everyMs = 500, ended }: { readonly signal?: AbortSignal; readonly everyMs?: number; readonly ended: () => Promise<boolean> },
): AsyncGenerator<{ readonly restart: true } | { readonly entry: LogEntry }> {
  const file = new RunFolder(path).at(runFiles.log);
  let at = 0;
  for (let last = false; ; ) {
    const bytes = await readFile(file).catch(() => Buffer.alloc(0));
    if (bytes.length < at) {
      at = 0;
      yield { restart: true };
    }
    const end = bytes.lastIndexOf(10) + 1;
    for (const line of bytes.subarray(at, Math.max(at, end)).toString("utf8").split("\n")) {
      if (line === "") continue;
      try {
        yield { entry: JSON.parse(line) as LogEntry };
      } catch {
        // Half of a line that a stopped trainer left.
      }
    }
    at = Math.max(at, end);
    if (last || signal?.aborted) return;
    // What was written before it ended is still to be read.
    last = await ended();
    if (!last) await pause(everyMs, signal);
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((done) => {
    const clock = setTimeout(done, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(clock);
      done();
    });
  });
}
