// Applications over HTTP: knowledge bases by key, answers, customer service and its widget, insight; what is refused.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SupportService, trainSupport } from "#apps";
import { openStore, type Store } from "#store";
import { root } from "../../support/processes.ts";
import { type Answer, ask, type Serving, serving } from "../serving.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-app-routes-"));
let store: Store;
let served: Serving;
const keys: Record<string, string> = {};
beforeAll(async () => {
  store = await openStore({ file: join(folder, "s.db") });
  cpSync(join(root, "examples/support"), join(folder, "desk"), { recursive: true });
  await trainSupport(join(folder, "desk"), store);
  await store.records("customer").put("", "ada", { orders: [{ id: "A-1001", state: "on its way" }] });
  for (const name of ["ada", "bob"]) keys[name] = (await store.keys.create(name)).secret;
  keys.widget = (await store.keys.create("widget", { routes: ["/v1/apps/support/desk/talk"] })).secret;
  served = await serving(undefined, { store, keys: true, support: { desk: await SupportService.open(join(folder, "desk"), store) } });
}, 120_000);
afterAll(async () => {
  await served[Symbol.asyncDispose]();
  await store.close();
  rmSync(folder, { recursive: true });
});

const call = (method: string, path: string, body?: unknown, key: string = keys.ada): Promise<Answer> =>
  ask(served.port, method, path, {
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });

describe("/v1/apps", () => {
  it("keeps a key's documents, finds and answers from them, and shows them to no other key", async () => {
    expect((await call("POST", "/v1/apps/kb", { name: "m" })).status).toBe(200);
    expect((await call("POST", "/v1/apps/kb/m/documents", { name: "a", text: "The lighthouse is 31 metres high." })).json).toMatchObject({
      state: "added",
      chunks: 1,
    });
    expect((await call("POST", "/v1/apps/kb/m/search", { query: "lighthouse" })).json.results).toEqual([
      expect.objectContaining({ document: "a", page: null, start: 0, end: 33 }),
    ]);
    expect((await call("POST", "/v1/apps/kb/m/ask", { question: "How high is the lighthouse?" })).json).toMatchObject({
      answer: "The lighthouse is 31 metres high.",
      refused: false,
    });
    expect((await call("POST", "/v1/apps/kb/m/search", { query: "lighthouse" }, keys.bob)).status).toBe(404);
    expect((await call("GET", "/v1/apps/kb", undefined, keys.bob)).json).toEqual({ bases: [] });
    expect((await call("DELETE", "/v1/apps/kb/m/documents?document=a")).json).toEqual({ removed: true });
    expect((await call("POST", "/v1/apps/kb/m/search", { query: "lighthouse" })).json.results).toEqual([]);
    expect((await call("DELETE", "/v1/apps/kb/m")).status).toBe(200);
  });

  it("answers from passages of the request, or refuses", async () => {
    const passages = [{ text: "The shop closes at six.", document: "d" }];
    expect((await call("POST", "/v1/apps/answers", { question: "When does the shop close?", passages })).json).toMatchObject({ refused: false });
    expect((await call("POST", "/v1/apps/answers", { question: "Who wrote Faust?", passages })).json).toMatchObject({
      refused: true,
      reason: "not-in-the-sources",
    });
  });

  it("talks, with the customer that the caller names and with none for the widget's key", async () => {
    const say = (path: string, body: object, key?: string) => call("POST", `/v1/apps/support/desk/${path}`, body, key);
    await say("ask", { text: "where is my order", session: "1", customer: "ada" });
    const known = await say("ask", { text: "A-1001", session: "1", customer: "ada" });
    expect(known.json).toMatchObject({ intent: expect.any(String), slots: { order: "A-1001" }, handOver: null, citations: [] });
    expect((await say("talk", { text: "hello", session: "1" }, keys.widget)).json.reply).toBe("Hello! How can I help you?");
    expect((await say("talk", { text: "hello", session: "2", customer: "ada" }, keys.widget)).status).toBe(400);
    expect((await say("ask", { text: "hello", session: "2", customer: "ada" }, keys.widget)).status).toBe(403);
    await say("ask", { text: "I am furious, this is unacceptable, you thieves!", session: "angry" });
    expect((await call("GET", "/v1/apps/support/desk/queue")).json.waiting).toEqual([expect.objectContaining({ session: "angry", reason: "mood" })]);
    expect((await call("GET", "/v1/apps/support/desk/queue", undefined, keys.bob)).json.waiting).toEqual([]);
    expect((await say("resolve", { session: "angry" })).json).toEqual({ resolved: true });
    const widget = await call("GET", "/v1/apps/support/desk/widget.js");
    expect(widget.headers["content-type"]).toContain("javascript");
    expect(() => new Function(widget.text)).not.toThrow();
    expect((await call("GET", "/v1/apps/support/nowhere/queue")).status).toBe(404);
  });

  it("finds what rows say", async () => {
    const rows = Array.from({ length: 30 }, (_, i) => ({
      text: i % 2 === 0 ? "The battery is great." : "The screen is terrible.",
      rating: i % 2 === 0 ? 5 : 1,
    }));
    expect((await call("POST", "/v1/apps/insight", { rows })).json.drivers.length).toBe(2);
    expect((await call("POST", "/v1/apps/insight", { rows, format: "md", language: "zh" })).json.report).toContain("# 洞察报告");
    const times = (time: string) => call("POST", "/v1/apps/insight", { rows: [...rows, { text: "The screen is good.", time }] });
    for (const time of ["", "2026-03-05", "2026-Q1"]) expect((await times(time)).status, time).toBe(200);
    expect((await times("soon")).json.error).toMatchObject({ message: expect.stringContaining('"rows[30].time"') });
  });

  it("refuses what makes no sense, by name, and lists itself in the description", async () => {
    for (const [path, body] of [
      ["/v1/apps/kb", { name: "../x" }],
      ["/v1/apps/kb", { nam: "x" }],
      ["/v1/apps/kb", {}],
      ["/v1/apps/answers", { question: "x", passages: [] }],
      ["/v1/apps/answers", { question: "", passages: [{ text: "x", document: "d" }] }],
      ["/v1/apps/insight", { rows: "all" }],
      ["/v1/apps/insight", { rows: [{ text: " " }] }],
      ["/v1/apps/support/desk/ask", { text: "x", session: "../../etc" }],
      ["/v1/apps/support/desk/ask", { text: "x".repeat(5000), session: "1" }],
    ] as const)
      expect((await call("POST", path, body)).status, JSON.stringify(body).slice(0, 60)).toBe(400);
    expect((await ask(served.port, "GET", "/v1/apps/kb")).status).toBe(401);
    const paths = Object.keys((await call("GET", "/openapi.json")).json.paths);
    for (const path of ["/v1/apps/kb/{name}/ask", "/v1/apps/support/{project}/talk", "/v1/apps/insight"]) expect(paths).toContain(path);
  });

  it("says that there is no store where there is none", async () => {
    await using bare = await serving(undefined);
    const answer = await ask(bare.port, "GET", "/v1/apps/kb");
    expect([answer.status, answer.json.error.code]).toEqual([501, "E_DATABASE_NEEDED"]);
  });
});
