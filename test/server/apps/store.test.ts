// Applications that keep something, over HTTP: learners, cases and appeals, contracts, literature, Perspective's shape, translation; each key sees its own.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TextTranslator } from "#generate";
import { policyModeration } from "#server";
import { openStore, type Store } from "#store";
import { type Answer, ask, type Serving, serving } from "../serving.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-app-store-"));
let store: Store;
let served: Serving;
const keys: Record<string, string> = {};
const translator: TextTranslator = {
  information: { name: "toy" },
  translate: async (texts) => texts.map((text) => text.replace(/[A-Za-z]+/g, "字").replace(".", "。")),
  close: async () => undefined,
};
beforeAll(async () => {
  store = await openStore({ file: join(folder, "s.db") });
  for (const name of ["ada", "bob"]) keys[name] = (await store.keys.create(name)).secret;
  const entries = [policyModeration(), { kind: "translation" as const, name: "toy", open: async () => translator }];
  served = await serving(undefined, { store, keys: true, served: entries });
}, 60_000);
afterAll(async () => {
  await served[Symbol.asyncDispose]();
  await store.close();
  rmSync(folder, { recursive: true });
});

const call = (method: string, path: string, body?: unknown, key: string = keys.ada): Promise<Answer> =>
  ask(served.port, method, path, {
    headers: { ...(key === "" ? {} : { authorization: `Bearer ${key}` }), ...(body === undefined ? {} : { "content-type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });

describe("/v1/apps/tutor/learners", () => {
  it("keeps answers of a key's learners, advises, and erases", async () => {
    const path = "/v1/apps/tutor/learners/mei";
    const kept = await call("POST", `${path}/answers`, { concept: "分数", right: false });
    expect([kept.status, kept.json.concepts[0].concept]).toEqual([200, "分数"]);
    expect((await call("GET", `${path}?language=zh`)).json.advice[0]).toContain("分数");
    expect((await call("GET", path, undefined, keys.bob)).json.answers).toBe(0);
    expect((await call("DELETE", path, undefined, keys.bob)).status).toBe(404);
    expect((await call("DELETE", path)).json).toEqual({ removed: true });
    expect((await call("POST", `${path}/answers`, { concept: "x" })).status).toBe(400);
  });

  it("corrects, simplifies, lists words", async () => {
    expect((await call("POST", "/v1/apps/tutor/correct", { text: "She go home." })).json.text).toBe("She goes home.");
    expect((await call("POST", "/v1/apps/tutor/simplify", { text: "We utilise it." })).json.text).toBe("We use it.");
    expect((await call("POST", "/v1/apps/tutor/vocabulary", { text: "Photosynthesis feeds plants." })).json.words[0].word).toBe("photosynthesis");
  });
});

describe("/v1/apps/moderate/cases", () => {
  it("are opened, decided, appealed and settled, within a key", async () => {
    const cases = "/v1/apps/moderate/cases";
    expect((await call("POST", cases, { text: "wtf", id: "7" })).json).toMatchObject({ id: "7", state: "waiting", verdict: { action: "review" } });
    expect((await call("GET", `${cases}?state=waiting`, undefined, keys.bob)).json.cases).toEqual([]);
    expect((await call("POST", `${cases}/7/decide`, { action: "remove", by: "ann" })).json.state).toBe("decided");
    expect((await call("POST", `${cases}/7/decide`, { action: "allow", by: "ann" })).status).toBe(409);
    expect((await call("POST", `${cases}/7/appeal`, { reason: "a joke" })).json.state).toBe("appealed");
    expect((await call("POST", `${cases}/7/settle`, { action: "allow", by: "bob" })).json.state).toBe("settled");
    expect((await call("GET", cases)).json.outcomes).toMatchObject({ cases: 1, appeals: 1, granted: 1 });
    expect((await call("DELETE", `${cases}/7`)).json).toEqual({ removed: true });
    const posts = (text: string) => Array.from({ length: 30 }, (_, i) => ({ text: `${text} ${i}` }));
    const { json } = await call("POST", "/v1/apps/moderate/drift", { before: posts("good day"), now: posts("earn money fast") });
    expect(json.findings.filter(({ drifted }: { drifted: boolean }) => drifted).length).toBeGreaterThan(0);
  });
});

describe("POST /v1alpha1/comments:analyze", () => {
  const path = "/v1alpha1/comments:analyze";
  const body = {
    comment: { text: "you bitch" },
    requestedAttributes: { TOXICITY: {}, THREAT: {} },
    languages: ["en"],
    doNotStore: true,
    clientToken: "t",
  };

  it("answers as Perspective does, with its key in the address or ours in the header", async () => {
    for (const answer of [await call("POST", path, body), await call("POST", `${path}?key=${keys.ada}`, body, "")]) {
      expect(answer.status).toBe(200);
      expect(answer.json).toMatchObject({
        languages: ["en"],
        clientToken: "t",
        attributeScores: { TOXICITY: { summaryScore: { type: "PROBABILITY" } } },
      });
      expect(answer.json.attributeScores.TOXICITY.summaryScore.value).toBeGreaterThan(0.5);
      expect(answer.json.attributeScores.THREAT.summaryScore.value).toBe(0);
    }
    expect((await call("POST", `${path}?key=wrong`, body, "")).status).toBe(401);
    expect((await call("GET", `/v1/apps/kb?key=${keys.ada}`, undefined, "")).status).toBe(401);
    const high = await call("POST", path, { ...body, requestedAttributes: { THREAT: { scoreThreshold: 0.5 } } });
    expect(high.json.attributeScores).toEqual({});
  });

  it("refuses attributes that it does not score, by name", async () => {
    const { status, json } = await call("POST", path, { ...body, requestedAttributes: { FLIRTATION: {} } });
    expect([status, json.error.message]).toEqual([400, expect.stringContaining("FLIRTATION")]);
    expect((await call("POST", path, { ...body, requestedAttributes: {} })).status).toBe(400);
  });
});

describe("law, medicine and translation", () => {
  it("review contracts, and answer from sources of a jurisdiction only", async () => {
    const { json } = await call("POST", "/v1/apps/legal/review", {
      text: "This Agreement is governed by the laws of Ireland. It may be changed at any time in our sole discretion.",
    });
    expect([json.clauses[0].clause, json.unusual.length > 0, json.notice.zh.length > 0]).toEqual(["governing-law", true, true]);
    await call("POST", "/v1/apps/kb", { name: "law" });
    await call("POST", "/v1/apps/kb/law/documents", {
      name: "act",
      text: "A deposit is returned within 14 days.",
      metadata: { jurisdiction: "Ireland" },
    });
    const question = { base: "law", question: "When is a deposit returned?" };
    expect((await call("POST", "/v1/apps/legal/research", { ...question, jurisdiction: "Ireland" })).json.refused).toBe(false);
    expect((await call("POST", "/v1/apps/legal/research", { ...question, jurisdiction: "Mars" })).status).toBe(400);
    const found = await call("POST", "/v1/apps/medical/search", { base: "law", question: "Should I return my deposit?" });
    expect([found.json.refused, found.json.results.length]).toEqual([true, 1]);
    expect((await call("POST", "/v1/apps/medical/questions", { text: "Glucose 180 mg/dL (70-110)." })).json.questions[0].kind).toBe("abnormal-value");
  });

  it("translate by what is served, and mark what does not hold", async () => {
    const { json } = await call("POST", "/v1/apps/translate", { text: "# Day\n\nPay 5 now please.\n", to: "zh", format: "markdown" });
    expect([json.text, json.failed, json.model]).toEqual(["# 字\n\n字 5 字 字。\n", 0, "toy"]);
    const marked = await call("POST", "/v1/apps/translate", { text: "An ink stone.", to: "zh", glossary: [{ source: "ink stone", target: "砚台" }] });
    expect(marked.json.text).toContain("砚台");
  });
});

it("lists each path in the description", async () => {
  const paths = Object.keys((await call("GET", "/openapi.json")).json.paths);
  for (const path of [
    "/v1/apps/tutor/learners/{learner}",
    "/v1/apps/moderate/cases/{id}/settle",
    "/v1/apps/legal/review",
    "/v1/apps/translate",
    "/v1alpha1/comments:analyze",
  ])
    expect(paths).toContain(path);
});
