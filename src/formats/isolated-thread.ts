// The thread of `isolated`: runs the generator that it was given and sends what it gives, a batch at a time, each when it is asked for.
import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import { InkstoneError } from "../core/index.ts";
import type { Answer, Assignment } from "./isolated.ts";

const BATCH = 256;
const port = parentPort!;
const say = (answer: Answer): void => port.postMessage(answer);

async function send(items: unknown[]): Promise<void> {
  const asked = once(port, "message");
  say({ kind: "items", items });
  await asked;
}

try {
  const { module, input } = workerData as Assignment;
  const { work } = (await import(module)) as { work(input: unknown): AsyncIterable<unknown> };
  let items: unknown[] = [];
  for await (const item of work(input)) {
    items.push(item);
    if (items.length < BATCH) continue;
    await send(items);
    items = [];
  }
  if (items.length > 0) await send(items);
  say({ kind: "done" });
} catch (error) {
  if (!(error instanceof InkstoneError)) throw error;
  say({ kind: "error", ...error.toJSON() });
}
