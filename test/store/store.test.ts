// The store, the same tests on a file of SQLite and on a real PostgreSQL server: keys, jobs, records, audit; several processes at once; what survives.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Libsql from "libsql";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openStore, type Store, type StoreOptions } from "#store";
import { finish, root } from "../support/processes.ts";
import { postgresPrograms, startPostgres } from "./databases.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-store-"));
let server: { url: string; stop: () => void } | undefined;
beforeAll(() => {
  if (postgresPrograms !== undefined) server = startPostgres();
}, 60_000);
afterAll(() => {
  server?.stop();
  rmSync(folder, { recursive: true });
});

let files = 0;
const kinds: [string, boolean, () => StoreOptions][] = [
  ["SQLite", false, () => ({ file: join(folder, `${++files}.db`) })],
  ["PostgreSQL", postgresPrograms === undefined, () => ({ url: server?.url })],
];

// A program of its own that opens the same store.
const script = (options: StoreOptions, body: string) =>
  `import { openStore } from ${JSON.stringify(join(root, "dist/store/index.js"))}; const store = await openStore(${JSON.stringify(options)}); ${body} await store.close();`;
const elsewhere = (options: StoreOptions, body: string) => finish(process.execPath, ["--input-type=module", "-e", script(options, body)]);

describe.each(kinds)("the store on %s", (_, absent, place) => {
  let options: StoreOptions;
  let store: Store;
  beforeEach(async () => {
    if (absent) return;
    options = place();
    store = await openStore(options);
  });
  afterEach(() => store?.close());

  it.skipIf(absent)("knows a key by its secret, keeps only the digest, and refuses it everywhere once it is revoked", async () => {
    const { secret, key } = await store.keys.create("desk", { routes: ["/v1/chat"], tokensPerDay: 100 });
    const other = await openStore(options);
    expect(await other.keys.check(secret)).toMatchObject({ id: key.id, name: "desk", scope: { routes: ["/v1/chat"], tokensPerDay: 100 } });
    expect(await other.keys.check(`${secret}x`)).toBeUndefined();
    await store.keys.revoke(key.id);
    expect(await other.keys.check(secret)).toBeUndefined();
    expect((await other.keys.list()).find(({ id }) => id === key.id)?.revoked).toBeGreaterThan(0);
    await expect(store.keys.revoke("key_none")).rejects.toMatchObject({ code: "E_RECORD_UNKNOWN" });
    await other.close();
  });

  it.skipIf(absent)("sums what a key spends by day, from two connections at once", async () => {
    const { key } = await store.keys.create("desk");
    const other = await openStore(options);
    const day = Date.UTC(2026, 10, 30, 12);
    await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? store : other).keys.spend(key.id, 5, day)));
    expect(await store.keys.spent(key.id, day)).toEqual({ requests: 40, tokens: 200 });
    expect(await store.keys.spent(key.id, day + 86_400_000)).toEqual({ requests: 0, tokens: 0 });
    await other.close();
  });

  it.skipIf(absent)("gives each job to one of several processes, and none twice", async () => {
    const kind = `square ${files} ${Math.random()}`;
    for (let n = 0; n < 30; n++) await store.jobs.add(kind, { n });
    const body = (name: string) =>
      `for (let job; (job = await store.jobs.claim([${JSON.stringify(kind)}], "${name}")) !== undefined; ) { await store.jobs.finish(job.id, "${name}", job.input.n ** 2); console.log(job.input.n); }`;
    const runs = await Promise.all(["a", "b", "c"].map((name) => elsewhere(options, body(name))));
    expect(runs.map(({ stderr }) => stderr).join("")).toBe("");
    const done = runs.flatMap(({ stdout }) => stdout.trim().split("\n").filter(Boolean).map(Number));
    expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n));
    expect(
      (await store.jobs.list({ kind })).every(({ state, output, input }) => state === "done" && output === (input as { n: number }).n ** 2),
    ).toBe(true);
  });

  it.skipIf(absent)("goes on with a job whose worker was killed, where its kept parts end", async () => {
    const kind = `parts ${Math.random()}`;
    const { id } = await store.jobs.add(kind, null, { total: 3 });
    const body = `await store.jobs.claim([${JSON.stringify(kind)}], "first", 50); await store.jobs.keepPart("${id}", "first", 0, "zero", 50); process.kill(process.pid, "SIGKILL");`;
    expect((await elsewhere(options, body)).signal).toBe("SIGKILL");
    const later = Date.now() + 60_000;
    const again = await store.jobs.claim([kind], "second", 30_000, later);
    expect(again).toMatchObject({ id, attempts: 2, done: 1, total: 3 });
    expect(await store.jobs.parts(id)).toEqual([{ part: 0, body: "zero" }]);
    await store.jobs.keepPart(id, "second", 0, "again", 30_000, later);
    await store.jobs.keepPart(id, "second", 1, "one", 30_000, later);
    await expect(store.jobs.keepPart(id, "first", 2, "late")).rejects.toMatchObject({ code: "E_JOB_LOST" });
    expect((await store.jobs.parts(id)).map(({ body }) => body)).toEqual(["zero", "one"]);
    await store.jobs.cancel(id);
    await expect(store.jobs.renew(id, "second")).rejects.toMatchObject({ code: "E_JOB_LOST" });
    await store.jobs.remove(id);
    await expect(store.jobs.get(id)).rejects.toMatchObject({ code: "E_RECORD_UNKNOWN" });
  });

  it.skipIf(absent)("shows an owner its own jobs and records only", async () => {
    const mine = await store.jobs.add("mine", null, { owner: "ada" });
    await expect(store.jobs.get(mine.id, "bob")).rejects.toMatchObject({ code: "E_RECORD_UNKNOWN" });
    const notes = store.records<{ text: string }>(`note ${Math.random()}`);
    await notes.put("ada", "n", { text: "墨" });
    await notes.put("bob", "n", { text: "ink" });
    await notes.put("ada", "n", { text: "砚" });
    expect((await notes.get("ada", "n"))?.body).toEqual({ text: "砚" });
    await notes.put("ada", "m", { text: "later" });
    expect((await notes.list("ada")).map(({ id }) => id)).toEqual(["m", "n"]);
    expect((await notes.list("ada", { before: "m" })).map(({ id }) => id)).toEqual(["n"]);
    expect((await notes.list("bob")).map(({ body }) => body.text)).toEqual(["ink"]);
    await notes.put("ada", "gone", { text: "short" }, { expires: 1 });
    expect(await notes.get("ada", "gone")).toBeUndefined();
    expect(await notes.sweep()).toBe(1);
    expect(await notes.remove("bob", "n")).toBe(true);
    expect(await notes.remove("bob", "n")).toBe(false);
  });

  it.skipIf(absent)("takes hostile names as names", async () => {
    const records = store.records<number>("'; DROP TABLE records; --");
    const hostile = ["'", '" OR 1=1', "%", "?", "$1", "\u{1F600}", "a".repeat(10_000)];
    for (const [i, id] of hostile.entries()) await records.put("x", id, i);
    expect(await Promise.all(hostile.map(async (id) => (await records.get("x", id))?.body))).toEqual(hostile.map((_, i) => i));
    expect((await records.list("x' OR '1'='1")).length).toBe(0);
  });

  it.skipIf(absent)("lists the audit by subject and erases it", async () => {
    const subject = `patient ${Math.random()}`;
    await store.audit.add({ subject, action: "kb.ask", body: { sources: ["a.pdf"] } });
    await store.audit.add({ subject: "other", action: "kb.ask", body: {} });
    expect(await store.audit.list({ subject })).toMatchObject([{ subject, action: "kb.ask", body: { sources: ["a.pdf"] } }]);
    expect(await store.audit.erase(subject)).toBe(1);
    expect(await store.audit.list({ subject })).toEqual([]);
    expect((await store.audit.list({ subject: "other" })).length).toBeGreaterThan(0);
  });
});

describe("a store in a file", () => {
  it("is its owner's alone, and holds no byte of what was erased", async () => {
    const file = join(folder, "own", "s.db");
    const store = await openStore({ file });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "own")).mode & 0o777).toBe(0o700);
    const secret = "Marguerite-Yourcenar-0042";
    for (let i = 0; i < 50; i++) await store.audit.add({ subject: secret, action: "ask", body: { text: `${secret} ${i}`.repeat(20) } });
    await store.audit.erase(secret);
    const bytes = readdirSync(join(folder, "own")).map((name) => readFileSync(join(folder, "own", name)));
    expect(bytes.some((content) => content.includes(secret))).toBe(false);
    await store.close();
  });

  it("loses nothing that was answered as kept when its process is killed", async () => {
    const file = join(folder, "killed.db");
    const code = script({ file }, `const notes = store.records("n"); for (let i = 0; ; i++) { await notes.put("", String(i), i); console.log(i); }`);
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    for await (const piece of child.stdout) {
      said += String(piece);
      if (said.split("\n").length > 50) child.kill("SIGKILL");
    }
    const last = Number(said.trim().split("\n").at(-1));
    const store = await openStore({ file });
    const kept = (await store.records<number>("n").list("", { limit: 100_000 })).map(({ body }) => body).reverse();
    expect(kept.length).toBeGreaterThanOrEqual(last + 1);
    expect(kept).toEqual(kept.map((_, i) => i));
    await store.close();
  });

  it("refuses a file that is no database, and a store of a newer version", async () => {
    const broken = join(folder, "broken.db");
    writeFileSync(broken, "not a database, but long enough to be read as one\n".repeat(100));
    await expect(openStore({ file: broken })).rejects.toMatchObject({ code: "E_DATABASE" });
    const newer = join(folder, "newer.db");
    await (await openStore({ file: newer })).close();
    const plain = new Libsql(newer);
    plain.exec("UPDATE inkstone_store SET version = 99");
    plain.close();
    await expect(openStore({ file: newer })).rejects.toMatchObject({ code: "E_DATABASE_VERSION", parameters: { found: 99 } });
    await expect(openStore({ url: "postgres://nobody@127.0.0.1:1/none" })).rejects.toMatchObject({ code: "E_DATABASE_REACH" });
  });
});
