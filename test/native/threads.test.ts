// Several JavaScript threads use the native part at once, each with executors of its own: right results, faults that stay with their thread, and a process that outlives them.
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { nativeStatus, openExecutor } from "#native";

const file = new URL("./support/sharing.mjs", import.meta.url);
const room = new URL("../../dist/native/index.js", import.meta.url).href;

interface Job {
  readonly seed: number;
  readonly rounds: number;
  /** Mode of the fault that it forces now and then: 0 none, 1 a panic, 3 a refusal. */
  readonly fails: number;
  readonly threads: number;
}

const start = (job: Job) => new Worker(file, { workerData: { room, ...job } });

function work(job: Job): Promise<{ digest: string; faults: string[] }> {
  const worker = start(job);
  return new Promise((done, fail) => {
    worker.once("message", done);
    worker.once("error", fail);
  });
}

describe.runIf(nativeStatus().available)("JavaScript threads that share the native part", () => {
  it("compute at once what each computes alone, also beside one that panics and one that is refused", async () => {
    const jobs: Job[] = [
      { seed: 1, rounds: 100, fails: 0, threads: 2 },
      { seed: 2, rounds: 100, fails: 0, threads: 1 },
      { seed: 3, rounds: 30, fails: 1, threads: 2 },
      { seed: 4, rounds: 30, fails: 3, threads: 3 },
    ];
    const alone: string[] = [];
    for (const job of jobs) alone.push((await work({ ...job, rounds: 1, fails: 0, threads: 1 })).digest);
    const together = await Promise.all(jobs.map(work));
    expect(together.map(({ digest }) => digest)).toEqual(alone);
    expect(new Set(alone).size).toBe(4);
    expect(together.map(({ faults }) => faults)).toEqual([[], [], Array(3).fill("E_NATIVE_PANIC"), Array(3).fill("E_KERNEL")]);
  });

  it("may be ended in the middle of their work: the others and the process go on", async () => {
    const doomed = start({ seed: 5, rounds: 1e9, fails: 0, threads: 2 });
    await new Promise((online) => doomed.once("online", online));
    const { digest } = await work({ seed: 6, rounds: 20, fails: 0, threads: 2 });
    await doomed.terminate();
    expect((await work({ seed: 6, rounds: 1, fails: 0, threads: 1 })).digest).toBe(digest);
    const executor = openExecutor({ executor: "native" });
    const list = executor.compile([{ kernel: "fault", operands: {}, sizes: { mode: 0, milliseconds: 0 } }]);
    executor.execute(list);
    executor.freeList(list);
  });

  it("leave nothing behind when they are ended, not even in the middle of a run", async () => {
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 12; i++) {
      const worker = new Worker(new URL("./support/holding.mjs", import.meta.url), { workerData: { room } });
      await new Promise((done, fail) => worker.once("message", done).once("error", fail));
      await worker.terminate();
    }
    // Each held 64 MB.
    expect(process.memoryUsage.rss() - before).toBeLessThan(300e6);
  });
});
