// Applications of texts over HTTP: moderation, personal data, notes, writing, letters; what is refused.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, ask, type Serving, serving } from "../serving.ts";

let served: Serving;
beforeAll(async () => {
  served = await serving(undefined);
});
afterAll(() => served[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
  ask(served.port, method, `/v1/apps/${path}`, {
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });

describe("/v1/apps/moderate", () => {
  it("judges posts by the default policy and by one of the request", async () => {
    const { json } = await call("POST", "moderate", { posts: ["a lovely day", { text: "buy c0caine here", id: "7" }], language: "zh" });
    expect(json.results).toEqual([
      { action: "allow", labels: {}, spans: [], reason: "未触及任何策略" },
      expect.objectContaining({ id: "7", action: "remove", labels: { illegal: 0.855 }, spans: [expect.objectContaining({ start: 0, end: 11 })] }),
    ]);
    const policy = "starter: false\nwords: [{label: house, list: [lovely]}]\nlabels: {house: {review: 0.2, remove: 2}}";
    expect((await call("POST", "moderate", { posts: ["a lovely day"], policy })).json.results[0].action).toBe("review");
  });

  it("opens no file, no classifier and no pattern for a request", async () => {
    for (const policy of [
      "words: [{label: x, file: /etc/passwd}]",
      "classifiers: [{model: x.json, labels: {a: spam}}]",
      'rules: [{"body (regex)": "(a+)+$", action: remove}]',
    ]) {
      const answer = await call("POST", "moderate", { posts: ["a"], policy });
      expect([answer.status, answer.json.error.code], policy).toEqual([400, "E_RULES_FILE"]);
    }
  });
});

describe("/v1/apps/pii", () => {
  it("reports, masks, replaces and puts back", async () => {
    const text = "王芳的手机是13812345678。";
    const key = "a key of sixteen characters";
    expect((await call("POST", "pii", { text })).json.spans.map(({ kind }: { kind: string }) => kind)).toEqual(["name", "phone"]);
    expect((await call("POST", "pii", { text, action: "mask", kinds: ["phone"] })).json.text).toContain("王芳");
    const hidden = (await call("POST", "pii", { text, action: "replace", key })).json.text;
    expect(hidden).not.toContain("13812345678");
    expect((await call("POST", "pii", { text: hidden, action: "restore", key })).json).toEqual({ text });
    expect((await call("POST", "pii", { text: hidden, action: "restore", key: "another key of sixteen" })).json.error.code).toBe("E_PII_TOKEN");
    expect((await call("POST", "pii", { text: hidden, action: "restore" })).json.error.code).toBe("E_PII_KEY");
  });
});

describe("/v1/apps/medical", () => {
  it("reads a note, its days and what identifies, with the notice on each", async () => {
    const text = "Patient: Ann Lee. Seen on 2024-03-05, denies fever. Metformin 500 mg twice daily.";
    const read = (await call("POST", "medical/read", { text })).json;
    expect([read.problems[0].negated, read.drugs[0].name]).toEqual([true, "Metformin"]);
    const line = (await call("POST", "medical/timeline", { text })).json;
    expect(line.events[0].date).toBe("2024-03-05");
    const clean = (await call("POST", "medical/deidentify", { text })).json;
    expect(clean.text).not.toContain("Ann Lee");
    for (const one of [read, line, clean]) expect(one.notice.zh).toContain("非医疗建议");
  });
});

describe("/v1/apps/write", () => {
  it("writes rows by a shipped template and by one of the request, with the cells", async () => {
    const rows = [{ home: "国安", away: "申花", homeGoals: 2, awayGoals: 1 }];
    const { texts } = (await call("POST", "write", { template: "match", language: "zh", rows, trace: true })).json;
    expect(texts[0].text).toContain("2比1");
    for (const { start, end, text } of texts[0].trace) expect(texts[0].text.slice(start, end)).toBe(text);
    expect((await call("POST", "write", { source: "{goals | count:goal}", rows: [{ goals: 3 }], variants: 2 })).json.texts.length).toBe(2);
    expect((await call("POST", "write", { source: "{goals}", rows: [{ goal: 3 }] })).json.error.code).toBe("E_WRITING_ROW");
    const { templates } = (await call("GET", "write/templates")).json;
    expect(templates.find((one: { name: string; language: string }) => one.name === "match" && one.language === "zh").source).toContain("{home");
  });
});

describe("/v1/apps/legal", () => {
  const answers = { jurisdiction: "Ireland", sender: "A", recipient: "B", today: "2026-03-05", address: "C", leaving: "2026-04-05", deposit: false };

  it("lists forms with their questions, and writes a letter as text and as DOCX", async () => {
    const { forms } = (await call("GET", "legal/forms")).json;
    expect(forms[0].questions[0]).toMatchObject({ name: "jurisdiction", type: "choice" });
    const { json } = await call("POST", "legal/interview", { form: "tenancy", answers });
    expect(json.clauses.find(({ name }: { name: string }) => name === "notice").answers).toEqual(["address", "leaving"]);
    const docx = await call("POST", "legal/interview", { form: "tenancy", answers, format: "docx" });
    expect([docx.headers["content-type"], docx.text.slice(0, 2)]).toEqual([expect.stringContaining("wordprocessingml"), "PK"]);
    expect((await call("POST", "legal/interview", { form: "tenancy", answers: { ...answers, jurisdiction: "Mars" } })).status).toBe(400);
  });
});

describe("/v1/apps/tutor", () => {
  it("makes items, grades them, outlines", async () => {
    const text = "Photosynthesis is the process by which green plants make sugar from light. Marie Curie discovered radium in 1898 in Paris.";
    const { items } = (await call("POST", "tutor/items", { text, count: 4 })).json;
    const answers = items.map((item: { key: string }) => ({ item, answer: item.key }));
    expect((await call("POST", "tutor/grade", { answers })).json.grades.every(({ right }: { right: boolean }) => right)).toBe(true);
    expect((await call("POST", "tutor/outline", { text })).json.sections.length).toBe(1);
  });
});

it("refuses what makes no sense by name, and lists every path in the description", async () => {
  for (const [path, body] of [
    ["moderate", { posts: [] }],
    ["moderate", { posts: ["x"], polcy: "" }],
    ["pii", { text: "" }],
    ["pii", { text: "x", kinds: ["soul"] }],
    ["medical/read", { txt: "x" }],
    ["medical/read", { text: 7 }],
    ["write", { template: "poem", rows: [{}] }],
    ["write", { rows: [{}] }],
    ["legal/interview", { form: "will", answers: {} }],
    ["legal/interview", { answers: {} }],
    ["tutor/items", { text: "x", types: ["essay"] }],
    ["tutor/grade", { answers: [{ item: { id: "1" }, answer: "x" }] }],
  ] as const) {
    const answer = await call("POST", path, body);
    expect([answer.status, answer.json.error.message.length > 10], `${path} ${JSON.stringify(body)}`).toEqual([400, true]);
  }
  const paths = Object.keys((await ask(served.port, "GET", "/openapi.json")).json.paths);
  for (const path of [
    "moderate",
    "pii",
    "write",
    "write/templates",
    "legal/forms",
    "legal/interview",
    "medical/deidentify",
    "tutor/items",
    "tutor/grade",
    "tutor/outline",
    "medical/read",
    "medical/timeline",
  ])
    expect(paths).toContain(`/v1/apps/${path}`);
});

it("answers long hostile texts in a bounded time", async () => {
  for (const text of ["a".repeat(20_000), "1-".repeat(10_000), "(".repeat(20_000), "王".repeat(20_000), "A. ".repeat(7000), "@a.".repeat(7000)])
    for (const path of ["pii", "medical/read", "medical/timeline", "moderate"])
      expect((await call("POST", path, path === "moderate" ? { posts: [text] } : { text })).status, `${path} ${text.slice(0, 4)}`).toBe(200);
}, 60_000);
