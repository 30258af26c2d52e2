// Hostile requests on a real, tiny model: ids and biases beyond the vocabulary, schemas and tools that want to be too much, media, vectors; uploads; a key that wants every place.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LanguageModel } from "inkstone";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore, type Store } from "#store";
import { text } from "../support/gguf-writer.ts";
import { writeTinyLlama } from "../support/tiny-llama.ts";
import { FakeGenerator, gate } from "./fake-generator.ts";
import { type Answer, ask, type Serving, serving } from "./serving.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-cases-"));
const template = "{% for m in messages %}{{ m.role + ': ' + m.content + '\n' }}{% endfor %}";
const path = writeTinyLlama(join(folder, "tiny.gguf"), { contextLength: 1024, metadata: { "tokenizer.chat_template": text(template) } });
let model: LanguageModel;
let store: Store;
let s: Serving;
let control: string;
beforeAll(async () => {
  model = await LanguageModel.open(path, { threads: 1 });
  store = await openStore({ file: join(folder, "store.db") });
  s = await serving(model, { store, limits: { tableBytes: 100_000, files: 200 } });
  control = (await chat({})).json.choices[0].message.content;
});
afterAll(async () => {
  await s[Symbol.asyncDispose]();
  await store.close();
  await model.close();
  rmSync(folder, { recursive: true, force: true });
});

const post = (path: string, body: unknown): Promise<Answer> =>
  ask(s.port, "POST", path, { headers: { "content-type": "application/json" }, body: typeof body === "string" ? body : JSON.stringify(body) });
const chat = (more: object): Promise<Answer> =>
  post("/v1/chat/completions", { model: "tiny", messages: [{ role: "user", content: "Hello you" }], temperature: 0, max_tokens: 8, ...more });
async function refused(answer: Promise<Answer>, status = 400): Promise<{ message: string; code: string; param: string | null }> {
  const { status: got, json, text: body } = await answer;
  expect([got, typeof json?.error?.message], body).toEqual([status, "string"]);
  expect(body).not.toMatch(/0x[0-9a-f]{4}|\/work\/|\bat \w+ \(/);
  return json.error;
}
const unchanged = async () => expect((await chat({})).json.choices[0].message.content).toBe(control);
const schema = (value: unknown) => ({ response_format: { type: "json_schema", json_schema: { name: "a", schema: value } } });

describe("tokens", () => {
  it("H13: a bias of an id beyond the vocabulary is refused, and changes no other answer", async () => {
    expect((await refused(chat({ logit_bias: { 999999: 100 } }))).code).toBe("E_TOKEN_ID");
    await refused(chat({ logit_bias: { "-1": 1 } }));
    await unchanged();
  });

  it("H14: ids below 0 and beyond the vocabulary have no text", async () => {
    await refused(post("/detokenize", { model: "tiny", tokens: [-1] }));
    await refused(post("/detokenize", { model: "tiny", tokens: [1, 999_999] }));
    await refused(post("/detokenize", { model: "tiny", tokens: [1.5] }));
  });

  it("H11: a prompt and an answer that do not fit are told the three numbers", async () => {
    const { code, message } = await refused(chat({ max_tokens: 1020 }));
    expect(code).toBe("context_length_exceeded");
    expect(message).toMatch(/\d+ tokens; with 1020 new .* 1024/);
  });
});

describe("schemas are held to or refused, never ignored", () => {
  it.each([["(?<=x)*"], ["^+[a-z]$"], ["^{2}x$"], ["(a)\\1"]])("H15: the pattern %s", async (pattern) => {
    await refused(chat(schema({ type: "string", pattern })));
    await unchanged();
  });

  it("H16: parentheses, references, rules and values without end", async () => {
    await refused(chat(schema({ type: "string", pattern: `${"(".repeat(60_000)}a${")".repeat(60_000)}` })));
    await refused(chat(schema({ type: "string", pattern: "((a+)+)+$".repeat(200) })));
    await refused(chat(schema({ $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } }, $ref: "#/$defs/a" })));
    const chain = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`r${i}`, { $ref: `#/$defs/r${i + 1}` }]));
    await refused(chat(schema({ $defs: chain, $ref: "#/$defs/r0" })));
    await refused(chat(schema({ enum: Array.from({ length: 5000 }, (_, i) => `value number ${i}`) })));
    await unchanged();
  });

  it("H17: a pattern that would need states without end is refused as too complex, or answered", async () => {
    const { status, json } = await chat(schema({ type: "string", pattern: "^(a{1,900}b{1,900}){1,900}$" }));
    if (status === 200) expect(json.choices[0].message.content).toMatch(/^"[ab]*/);
    else expect([400, json.error.param]).toEqual([status, "response_format"]);
    await unchanged();
  });

  it("H18: hundreds of different schemas, one after another", { timeout: 120_000 }, async () => {
    for (let i = 0; i < 300; i++) {
      const { status, json } = await chat({ ...schema({ const: i }), max_tokens: 20 });
      expect([status, json.choices[0].message.content.trim()]).toEqual([200, String(i)]);
    }
  });

  it("H19: tools by the thousand, with names and parameters that are none", async () => {
    const one = (more: object) => ({ type: "function", function: { name: "a", parameters: { type: "object" }, ...more } });
    await refused(chat({ tools: Array.from({ length: 10_000 }, (_, i) => one({ name: `t${i}` })) }));
    await refused(chat({ tools: [one({ name: "a b/../c" })] }));
    await refused(chat({ tools: [one({ parameters: { type: "objekt" }, strict: true })] }));
    await refused(chat({ tools: [one({ parameters: { type: "object", properties: { x: { type: "string", pattern: "(?<=x)" } } }, strict: true })] }));
    await unchanged();
  });
});

it("H20, H21: images are refused for what they are, whatever their address; nothing is fetched or decoded", async () => {
  for (const url of ["http://169.254.169.254/", "http://[::1]/", "file:///etc/passwd", `data:image/png;base64,${"A".repeat(3 << 20)}`, "data:,%zz"]) {
    const { param } = await refused(chat({ messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }] }));
    expect(param).toBe("messages[0].content[0].type");
  }
  const big = JSON.stringify({
    model: "tiny",
    messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "A".repeat(6 << 20) } }] }],
  });
  await refused(post("/v1/chat/completions", big), 413);
});

it("H25: vectors of nothing, of too much, of too many are refused by their place", async () => {
  for (const input of [[], "", [""], ["a", ""], Array(100_000).fill("a"), "a".repeat(300_000)])
    expect((await refused(post("/v1/embeddings", { input }))).param).toMatch(/^input/);
});

describe("uploads", () => {
  const send = (name: string, bytes: string | Buffer, purpose = "batch") => {
    const head = `--abcdefghijklmnopqrstuvwxyz0123\r\ncontent-disposition: form-data; name="purpose"\r\n\r\n${purpose}\r\n--abcdefghijklmnopqrstuvwxyz0123\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\ncontent-type: text/plain\r\n\r\n`;
    const body = Buffer.concat([Buffer.from(head), Buffer.from(bytes), Buffer.from("\r\n--abcdefghijklmnopqrstuvwxyz0123--\r\n")]);
    return ask(s.port, "POST", "/v1/files", { headers: { "content-type": "multipart/form-data; boundary=abcdefghijklmnopqrstuvwxyz0123" }, body });
  };
  const count = async () => (await ask(s.port, "GET", "/v1/files?limit=1000")).json.data.length as number;

  it("U04: a name is only what a file is called; its id is ours", async () => {
    for (const name of ["../../etc/passwd", "x".repeat(5000), "\u202egnp.exe", "C:\\x", "a/b"]) {
      const { status, json } = await send(name, "{}");
      expect([status, json.id]).toEqual([200, expect.stringMatching(/^file-[0-9a-f]{24}$/)]);
      expect(json.filename.length).toBeLessThanOrEqual(200);
    }
    expect((await ask(s.port, "GET", "/v1/files/..%2f..%2fetc%2fpasswd")).status).toBe(404);
  });

  it("U05: one that is broken off leaves nothing", async () => {
    const before = await count();
    const left = new AbortController();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) =>
        controller.enqueue(Buffer.from('--abcdefghijklmnopqrstuvwxyz0123\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nhalf')),
    });
    const headers = { "content-type": "multipart/form-data; boundary=abcdefghijklmnopqrstuvwxyz0123" };
    const sent = fetch(`${s.address}/v1/files`, { method: "POST", headers, body, duplex: "half", signal: left.signal } as RequestInit);
    left.abort();
    await expect(sent).rejects.toThrow();
    expect(await count()).toBe(before);
  });

  it("U06: one over the limit of its route is told it in numbers", async () => {
    expect((await refused(send("a", "x".repeat(200_000)), 413)).message).toMatch(/100000 bytes/);
  });

  it("U08: fifty of one name at once are fifty whole files", async () => {
    const all = await Promise.all(Array.from({ length: 50 }, (_, i) => send("same.jsonl", `{"number":${i}}`)));
    expect(new Set(all.map(({ json }) => json.id)).size).toBe(50);
    for (const [i, { json }] of all.entries()) expect((await ask(s.port, "GET", `/v1/files/${json.id}/content`)).text).toBe(`{"number":${i}}`);
  });
});

it.each(["../../x", "a/../../b", "%2e%2e/", "C:\\x", "\\\\s\\x", "-rf", "sha256:abc", `sha256:${"0".repeat(64)}`])(
  "U01, U02: nothing is pulled by the name %j",
  async (name) => {
    const { status, json } = await post("/api/pull", { model: name, stream: false });
    expect([status, typeof json.error]).toEqual([400, "string"]);
  },
);

it("W06, W07: there are no web sockets: an upgrade is no way in", async () => {
  const headers = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" };
  for (const path of ["/", "/v1/chat/completions", "/ws"])
    for (const origin of ["https://evil.example", s.address])
      expect((await ask(s.port, "GET", path, { headers: { ...headers, origin } })).status).not.toBe(101);
});

describe("keys", () => {
  it("W08: a key has so many requests here, and no more; the next is told when to come again; another key finds room", async () => {
    const [ada, bob] = [await store.keys.create("ada"), await store.keys.create("bob")];
    const held = gate();
    const generator = new FakeGenerator({ before: async () => void (await held.opened) });
    await using other = await serving(generator, { store, keys: true, limits: { concurrent: 2, ofOneKey: 8 } });
    const call = (secret: string) =>
      ask(other.port, "POST", "/v1/chat/completions", {
        headers: { "content-type": "application/json", authorization: `Bearer ${secret}` },
        body: JSON.stringify({ model: "smollm2:135m", messages: [{ role: "user", content: "Hi" }] }),
      });
    const hers = Array.from({ length: 8 }, () => call(ada.secret));
    await expect.poll(async () => (await ask(other.port, "GET", "/health")).json.open, { timeout: 20_000 }).toBe(8);
    const ninth = await call(ada.secret);
    expect([ninth.status, ninth.json.error.code]).toEqual([429, "rate_limit_exceeded"]);
    expect(Number(ninth.headers["retry-after"])).toBeGreaterThan(0);
    const his = call(bob.secret);
    held.open();
    expect((await Promise.all([...hers, his])).map(({ status }) => status)).toEqual(Array(9).fill(200));
    expect((await call(ada.secret)).status).toBe(200);
  });

  it("A08: who says to come from elsewhere is counted where he is", async () => {
    await store.keys.create("desk");
    await using other = await serving(new FakeGenerator(), { store, keys: true });
    const statuses = new Set<number>();
    for (let i = 0; i < 130; i++) {
      const headers = {
        authorization: `Bearer ik-wrong-${i}`,
        "x-forwarded-for": `10.0.0.${i}`,
        forwarded: `for=10.0.1.${i}`,
        "x-real-ip": `10.0.2.${i}`,
      };
      statuses.add((await ask(other.port, "GET", "/v1/models", { headers })).status);
    }
    expect([...statuses].sort()).toEqual([401, 429]);
  });
});

it("QH9: each greedy answer is the same byte by byte among hundreds of others, of those that leave, and of those that are refused", {
  timeout: 600_000,
}, async () => {
  await using many = await serving(model, { limits: { concurrent: 4, waiting: 1000 } });
  const count = process.env.INKSTONE_TEST_LARGE === "1" ? 1000 : 200;
  const words = ["ink", "stone", "brush", "paper", "墨", "砚", "the sea", "Hello you", "1 2 3", "\n\n"];
  const body = (i: number) => ({
    model: "tiny",
    messages: [{ role: "user", content: `${words[i % 10]} ${words[Math.floor(i / 10) % 5]}` }],
    temperature: 0,
    max_tokens: 4 + (i % 3) * 6,
  });
  const send = (i: number, more: object = {}) =>
    ask(many.port, "POST", "/v1/chat/completions", {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...body(i), ...more }),
    });
  const alone = new Map<string, string>();
  const key = (i: number) => JSON.stringify(body(i));
  for (let i = 0; i < 150; i++) if (!alone.has(key(i))) alone.set(key(i), (await send(i)).json.choices[0].message.content);
  const leaving = Array.from({ length: count / 10 }, async (_, i) => {
    const left = new AbortController();
    const headers = { "content-type": "application/json" };
    const sent = fetch(`${many.address}/v1/chat/completions`, {
      method: "POST",
      headers,
      signal: left.signal,
      body: JSON.stringify({ ...body(i), stream: true, max_tokens: 200 }),
    });
    const answer = await sent;
    await answer.body?.getReader().read();
    left.abort();
  });
  const refusals = Array.from({ length: count / 10 }, (_, i) => send(i, { logit_bias: { 999999: 1 } }));
  const answers = await Promise.all(Array.from({ length: count }, (_, i) => send((i * 7) % 150)));
  const wrong = answers.filter(({ json }, i) => json?.choices?.[0].message.content !== alone.get(key((i * 7) % 150)));
  expect(wrong).toEqual([]);
  expect((await Promise.all(refusals)).every(({ status }) => status === 400)).toBe(true);
  await Promise.all(leaving);
});
