// QH1: requests made from /openapi.json, right ones and bent ones, by the thousand: never an unintended 5xx, every refusal in its family's shape, nothing of the inside told.
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { policyModeration } from "#server";
import { openStore } from "#store";
import { FakeGenerator } from "./fake-generator.ts";
import { bodies, type Schema } from "./from-schema.ts";
import { type Serving, serving } from "./serving.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-generated-"));
const agent = new Agent({ keepAlive: true, maxSockets: 4 });
afterAll(() => {
  agent.destroy();
  rmSync(folder, { recursive: true, force: true });
});
const wanted = process.env.INKSTONE_TEST_LARGE === "1" ? 24_000 : 800;

interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}
interface Request {
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly body: string | undefined;
}
interface Reply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const param = fc.oneof(
  fc.constantFrom("smollm2:135m", "a", "job_none", "..", "%2e%2e", "x".repeat(300)),
  fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
);
const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  {
    weight: 1,
    arbitrary: fc
      .dictionary(fc.constantFrom("limit", "after", "order", "purpose", "since", "x", "key", "language"), fc.string({ maxLength: 10 }), {
        maxKeys: 3,
      })
      .map((all) => `?${new URLSearchParams(all)}`),
  },
);

function requests(path: string, method: string, { requestBody }: Operation): fc.Arbitrary<Request> {
  const schema = requestBody?.content["application/json"]?.schema;
  const names = path.match(/\{[^}]+\}/g) ?? [];
  const places = fc.tuple(...names.map(() => param)).map((values) => values.reduce((made, value, i) => made.replace(names[i], safe(value)), path));
  const form = fc
    .string({ unit: "binary", maxLength: 200 })
    .map((text) => `--abcdefghijklmnopqrstuvwxyzABCDEF\r\n${text}\r\n--abcdefghijklmnopqrstuvwxyzABCDEF--`);
  const plain: fc.Arbitrary<string | undefined> =
    schema === undefined
      ? method === "post"
        ? fc.option(form, { nil: undefined })
        : fc.constant(undefined)
      : bodies(schema).map((body) => JSON.stringify(body) ?? "");
  const type = schema === undefined ? "multipart/form-data; boundary=abcdefghijklmnopqrstuvwxyzABCDEF" : "application/json";
  return fc.record({
    method: fc.constant(method.toUpperCase()),
    path: fc.tuple(places, query).map(([a, b]) => a + b),
    type: fc.constant(type),
    body: plain,
  });
}

// What a client can send at all: half a character is no address.
const safe = (value: string): string => (value.startsWith("%") ? value : encodeURIComponent(Buffer.from(value, "utf8").toString("utf8")));

function send({ port }: Serving, { method, path, type, body }: Request): Promise<Reply> {
  return new Promise((done, fail) => {
    const headers = body === undefined ? {} : { "content-type": type, "content-length": Buffer.byteLength(body) };
    const sent = request({ host: "127.0.0.1", port, method, path, headers, agent }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on("data", (piece: Buffer) => pieces.push(piece));
      answer.on("error", fail);
      answer.on("end", () =>
        done({ status: answer.statusCode ?? 0, type: answer.headers["content-type"] ?? "", text: Buffer.concat(pieces).toString("utf8") }),
      );
    });
    sent.on("error", fail);
    sent.end(body);
  });
}

/** What a server may say on purpose: nothing of the kind is served; it has no room. */
const meant = new Set([501, 503, 507]);
const inside = /\bat (?:async )?[\w.<>]+ \(|\/work\/|node_modules|0x[0-9a-f]{6,}|TypeError|RangeError|SyntaxError/;

function judge({ status, type, text }: Reply): void {
  if (status >= 500) expect(meant, text).toContain(status);
  if (status < 400) return;
  expect(type).toContain("application/json");
  const { error } = JSON.parse(text) as { error: string | { message: string; code?: string } };
  expect(typeof error === "string" ? error : error.message, text).toMatch(/\S/);
  expect(text).not.toMatch(inside);
}

it("QH1: requests made from the description are answered or refused, never failed", { timeout: 1_200_000 }, async () => {
  await using store = await openStore({ file: join(folder, "store.db") });
  const open = async () => new FakeGenerator();
  const chatting = { kind: "chat", name: "smollm2:135m", open, tune: { reference: join(folder, "none.gguf"), open } } as const;
  const tuning = { folder: join(folder, "tuned") };
  await using s = await serving(undefined, { store, tuning, served: [chatting, policyModeration()], limits: { files: 100_000 } });
  const { paths } = JSON.parse((await send(s, { method: "GET", path: "/openapi.json", type: "", body: undefined })).text) as {
    paths: Record<string, Record<string, Operation>>;
  };
  // A pull fetches files; everything else stays on this machine.
  const operations = Object.entries(paths)
    .flatMap(([path, all]) => Object.entries(all).map(([method, one]) => ({ path, method, one })))
    .filter(({ path }) => path !== "/api/pull");
  expect(operations.length).toBeGreaterThan(90);
  const weights = operations.map(({ one }) => (one.requestBody === undefined ? 1 : 4));
  const each = wanted / weights.reduce((sum, weight) => sum + weight, 0);
  const counts = new Map<number, number>();
  for (const [i, { path, method, one }] of operations.entries()) {
    const numRuns = Math.ceil(each * weights[i]);
    await fc.assert(
      fc.asyncProperty(requests(path, method, one), async (made) => {
        const reply = await send(s, made);
        counts.set(reply.status, (counts.get(reply.status) ?? 0) + 1);
        judge(reply);
      }),
      { numRuns, endOnFailure: false },
    );
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  expect(total).toBeGreaterThanOrEqual(wanted);
  expect(counts.get(200)).toBeGreaterThan(wanted / 20); // the generator reaches the work itself
  if (process.env.INKSTONE_TEST_LARGE === "1") process.stdout.write(`${total} requests: ${JSON.stringify(Object.fromEntries(counts))}\n`);
});
