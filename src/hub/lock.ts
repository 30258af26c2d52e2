// One pull at a time for each model: a lock file that names its holder; a dead holder's lock is taken over. Knows no network.
import { link, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { guarded } from "./guard.ts";

const milliseconds = { poll: 100, heartbeat: 2000, silent: 30_000 };
let serial = 0;

/**
 * Takes the lock at `path`, waiting while another living process holds it; `onWait` is called at each look. The folder must exist.
 *
 * A holder on this machine is dead when its process is; one on another machine when its heartbeat stopped for 30 s.
 *
 * @returns the release.
 */
export async function takeLock(path: string, { signal, onWait }: { signal?: AbortSignal; onWait?: () => void } = {}): Promise<() => Promise<void>> {
  for (;;) {
    signal?.throwIfAborted();
    if (await create(path)) break;
    if (await removeStale(path)) continue;
    onWait?.();
    await pause(milliseconds.poll, undefined, { signal });
  }
  const beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => clearInterval(beat)), milliseconds.heartbeat).unref();
  return async () => {
    clearInterval(beat);
    await rm(path, { force: true });
  };
}

/** The process on this machine that holds the lock at `path`; undefined where nobody living does, or somebody elsewhere. */
export async function lockHolder(path: string): Promise<number | undefined> {
  const holder = await readFile(path, "utf8").catch(() => undefined);
  if (holder === undefined || !(await isAlive(holder, path))) return undefined;
  const [pid, , host] = holder.split(" ");
  return host === hostname() ? Number(pid) : undefined;
}

// Born complete: written aside, then linked into place, so that nobody ever reads an empty lock.
async function create(path: string): Promise<boolean> {
  const aside = `${path}.${process.pid}.${serial++}`;
  return guarded(path, async () => {
    await writeFile(aside, `${process.pid} ${await startOf(process.pid)} ${hostname()}`);
    try {
      await link(aside, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    } finally {
      await rm(aside, { force: true });
    }
  });
}

async function removeStale(path: string): Promise<boolean> {
  const holder = await readFile(path, "utf8").catch(() => undefined);
  if (holder === undefined) return true;
  if (await isAlive(holder, path)) return false;
  const aside = `${path}.${process.pid}.${serial++}`;
  try {
    await rename(path, aside);
  } catch {
    return true; // another waiter was faster: look again
  }
  const taken = await readFile(aside, "utf8").catch(() => "");
  if (taken !== holder) await link(aside, path).catch(() => undefined); // a new holder came in between: give it back
  await rm(aside, { force: true });
  return true;
}

async function isAlive(holder: string, path: string): Promise<boolean> {
  const [pid, start, host] = holder.split(" ");
  if (host === hostname()) return (await startOf(Number(pid))) === start;
  const touched = await stat(path).then(
    (found) => found.mtimeMs,
    () => 0,
  );
  return Date.now() - touched < milliseconds.silent;
}

// Start time of a process, so that a reused process number is told apart; "-" where the system does not say, "" when there is no such process.
async function startOf(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (line !== undefined) return line.slice(line.lastIndexOf(")") + 2).split(" ")[19];
  if (process.platform === "linux") return "";
  try {
    process.kill(pid, 0);
    return "-";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "-" : "";
  }
}
