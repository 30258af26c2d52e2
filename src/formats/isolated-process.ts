// The process of `isolated`: runs the generator that it was given and sends what it gives, a batch at a time, each when it is asked for.
import { InkstoneError } from "../core/index.ts";
import type { Answer, Order } from "./isolated.ts";

const BATCH = 256;
/** Characters and bytes of a batch, as far as they are easily told. */
const BATCH_SIZE = 1 << 22;

let asked: (order: Order) => void = () => undefined;
const next = (): Promise<Order> =>
  new Promise((resolve) => {
    asked = resolve;
  });
process.on("message", (order: Order) => asked(order));
process.on("disconnect", () => process.exit(1)); // whoever asked is gone
process.on("SIGINT", () => undefined); // Ctrl-C is for the one who asked, who ends this process
process.on("unhandledRejection", () => undefined); // readers leave some behind on files that they can read all the same; what counts is what `work` gives

const say = (answer: Answer): Promise<void> => new Promise((done) => process.send?.(answer, () => done()));

async function* batches(work: AsyncIterable<unknown>): AsyncGenerator<unknown[]> {
  let items: unknown[] = [];
  let size = 0;
  for await (const item of work) {
    items.push(item);
    size += sizeOf(item);
    if (items.length < BATCH && size < BATCH_SIZE) continue;
    yield items;
    items = [];
    size = 0;
  }
  if (items.length > 0) yield items;
}

function sizeOf(item: unknown): number {
  if (typeof item === "string") return item.length;
  if (typeof item !== "object" || item === null) return 8;
  if (ArrayBuffer.isView(item)) return item.byteLength;
  return Object.values(item).reduce((sum: number, value: unknown) => sum + (typeof value === "object" ? sizeOf(value) : String(value).length), 8);
}

async function answer(order: Order): Promise<void> {
  if (order === "more") return;
  const { module, input } = order;
  const { work } = (await import(module)) as { work(input: unknown): AsyncIterable<unknown> };
  for await (const items of batches(work(input))) {
    const more = next();
    await say({ kind: "items", items });
    await more;
  }
  await say({ kind: "done" });
}

try {
  await answer(await next());
} catch (error) {
  if (!(error instanceof InkstoneError)) throw error;
  await say({ kind: "error", ...error.toJSON() });
}
