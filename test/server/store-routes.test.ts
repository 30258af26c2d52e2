// The store over HTTP: what is known and what is here; a pull that is refused, that fails in words, and that serves what it brought.
import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catalogue } from "#hub";
import type { ServedEntry } from "#server";
import { FakeGenerator } from "./fake-generator.ts";
import { ask, serving } from "./serving.ts";

const json = { "content-type": "application/json" };
const pull = (port: number, body: object) => ask(port, "POST", "/api/pull", { headers: json, body: JSON.stringify(body) });

let folder: string;
const before = { home: process.env.INKSTONE_HOME, offline: process.env.INKSTONE_OFFLINE };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inkstone-store-"));
  process.env.INKSTONE_HOME = folder;
  process.env.INKSTONE_OFFLINE = "1";
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  for (const [name, value] of [
    ["INKSTONE_HOME", before.home],
    ["INKSTONE_OFFLINE", before.offline],
  ] as const)
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
});

describe("the store over HTTP", () => {
  it("names every model of the catalogue, what it is for, and whether it is here and served", async () => {
    await using s = await serving(new FakeGenerator());
    const { status, json: answer } = await ask(s.port, "GET", "/v1/store");
    expect(status).toBe(200);
    const named = Object.fromEntries(answer.models.map((one: { name: string }) => [one.name, one]));
    expect(named["smollm2:135m"]).toMatchObject({ use: "chat", license: "Apache-2.0", languages: ["en"], stored: false, served: true });
    expect([named["whisper:tiny.en"].use, named["bergamot:en-pt"].use]).toEqual(["transcribe", "translate"]);
    expect(named["lac"]).toMatchObject({ use: "words", stored: false, served: false });
    expect(named["minilm"].use).toBe("embed");
  });

  it("pulls nothing but what it knows by digest, and tells why a pull failed, whole or in lines", async () => {
    await using s = await serving(new FakeGenerator());
    const refused = await pull(s.port, { model: "someone/something" });
    expect([refused.status, refused.json.error]).toEqual([400, expect.stringContaining("smollm2:135m")]);
    const whole = await pull(s.port, { model: "minilm", stream: false });
    expect(whole.status).toBeGreaterThanOrEqual(400);
    expect(whole.json.error).toContain("minilm");
    const lines = await pull(s.port, { model: "minilm" });
    expect(lines.json?.error ?? JSON.parse(lines.text.trim().split("\n").at(-1) ?? "{}").error).toContain("minilm");
    expect((await pull(s.port, { model: "minilm", insecure: true })).status).toBe(400);
  });

  it("serves a model from the moment it is here, and says so in lines or whole", async () => {
    const { name, bytes, sha256 } = catalogue.find((entry) => entry.name === "smollm2:135m")!;
    const place = join(folder, "models", "smollm2-135m");
    await mkdir(place, { recursive: true });
    await writeFile(join(place, `${sha256}.gguf`), "");
    await truncate(join(place, `${sha256}.gguf`), bytes); // holes only: nothing is read
    await writeFile(join(place, "model.json"), JSON.stringify({ files: [{ file: "model.gguf", sha256, bytes, source: "test" }] }));
    const pulled = (model: string): ServedEntry => ({ kind: "chat", name: model, open: async () => new FakeGenerator() }) as unknown as ServedEntry;
    await using s = await serving(undefined, { pulled });
    const served = async () => (await ask(s.port, "GET", "/v1/models")).json.data.map(({ id }: { id: string }) => id);
    expect(await served()).toEqual([]);
    const { text } = await pull(s.port, { model: `${name}:latest` });
    expect(JSON.parse(text.trim().split("\n").at(-1) ?? "")).toEqual({ status: "success" });
    expect(await served()).toEqual([name]);
    expect((await pull(s.port, { model: name, stream: false })).json).toEqual({ status: "success" }); // once more changes nothing
    expect(await served()).toEqual([name]);
    await rm(place, { recursive: true });
  });
});
