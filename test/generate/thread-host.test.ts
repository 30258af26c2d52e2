// The owner's side of a model's thread: what a caller's function throws, and threads that are gone.
import { describe, expect, it } from "vitest";
import { ThreadHost } from "../../dist/generate/threads/host.js";

type Call = { readonly kind: "work" };
const hostOf = (program: string): ThreadHost<Call, { work: number }> =>
  new ThreadHost(new URL(`data:text/javascript,${encodeURIComponent(program)}`), "test");

/** Answers at once but for what it tells before; ends when it is told to. */
const answering = `
import { parentPort } from "node:worker_threads";
parentPort.on("message", (message) => {
  if (message === "close") return parentPort.close();
  parentPort.postMessage({ id: message.id, type: "progress", done: 1, total: 2 });
  parentPort.postMessage({ id: message.id, type: "answer", answer: 7 });
});`;

describe("a thread that died", () => {
  it("is told of by its calls, and closed as often as one likes", async () => {
    const host = hostOf("process.exit(3)");
    await expect(host.call({ kind: "work" })).rejects.toMatchObject({ code: "E_ENGINE_DIED" });
    await host.close();
    await host.close();
    await expect(host.call({ kind: "work" })).rejects.toMatchObject({ code: "E_ENGINE_CLOSED" });
  });
});

describe("a function of the caller", () => {
  it("that throws ends its own call with what it threw, and no other", async () => {
    const host = hostOf(answering);
    const thrown = new Error("mine");
    const failing = host.call({ kind: "work" }, { onProgress: () => fail(thrown) });
    await expect(failing).rejects.toBe(thrown);
    expect(await host.call({ kind: "work" })).toBe(7);
    await host.close();
  });
});

function fail(error: Error): never {
  throw error;
}
