// list, rm and doctor as processes, on a store of their own; folders as the hub has them on the command line.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { testHub } from "../hub/hub-server.ts";
import { writeHubLlama } from "../support/hub-llama.ts";
import { inkstone } from "./inkstone.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-store-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const home = { INKSTONE_HOME: join(folder, "home") };

describe("list and rm", () => {
  it("say that the store is empty, what is in it, what went, and what is not there", async () => {
    const empty = await inkstone(["list"], { env: home });
    expect([empty.code, empty.out]).toEqual([0, ""]);
    expect(empty.err).toMatch(/inkstone pull/);
    await using hub = await testHub({ "owner/name/m.Q4_0.gguf": Buffer.alloc(3000, 7) });
    const env = { ...home, HF_ENDPOINT: hub.endpoint };
    expect((await inkstone(["pull", "owner/name"], { env })).code).toBe(0);
    expect((await inkstone(["list"], { env })).out).toMatch(/^NAME +SIZE .*\nowner\/name +3\.00 kB /);
    const { models } = JSON.parse((await inkstone(["list", "--json"], { env })).out) as { models: { name: string; bytes: number }[] };
    expect(models).toMatchObject([{ name: "owner/name", bytes: 3000 }]);
    const gone = await inkstone(["rm", "owner/name", "--json"], { env });
    expect(JSON.parse(gone.out)).toEqual({ name: "owner/name", bytes: 3000, files: ["m.Q4_0.gguf"] });
    const again = await inkstone(["rm", "owner/name"], { env });
    expect([again.code, again.err]).toEqual([66, expect.stringContaining("E_MODEL_NOT_STORED")]);
    expect((await inkstone(["list", "--json"], { env })).out).toBe('{"models":[]}\n');
  });
});

describe("doctor", () => {
  it("tells processor, tier, rates, store and advice, as JSON and in the language of the locale", async () => {
    const env = { ...home, INKSTONE_NATIVE: "off" };
    const { code, out } = await inkstone(["doctor", "--json"], { env });
    expect(code).toBe(0);
    const found = JSON.parse(out);
    expect(found).toMatchObject({ executor: "reference", native: { available: false }, cpu: { tier: "reference" }, store: { models: 0, bytes: 0 } });
    for (const rate of ["bandwidth", "f32", "bf16", "int8"]) expect(found.probe[rate]).toBeGreaterThan(0);
    expect(found.advice.join()).toMatch(/rustup\.rs/);
    expect((await inkstone(["doctor"], { env: { ...env, LANG: "zh_CN.UTF-8" } })).out).toMatch(/内核: 参考内核/);
  });
});

describe("a folder as the hub has it", () => {
  it("runs, is scored and is shown", async () => {
    const path = await writeHubLlama(join(folder, "llama"));
    const run = await inkstone(["run", path, "hello", "--max-tokens", "3", "--json"]);
    expect([run.code, JSON.parse(run.out).promptTokens > 0], run.err).toEqual([0, true]);
    const shown = JSON.parse((await inkstone(["show", path, "--json"])).out);
    expect(shown).toMatchObject({
      name: "llama",
      architecture: "llama",
      contextLength: 256,
      types: [{ type: "F32" }],
      specialTokens: { bos: 0, eos: 2 },
    });
    expect(shown.chatTemplate).toContain("im_start");
    const scored = JSON.parse((await inkstone(["perplexity", path, join(path, "config.json"), "--window", "64", "--json"])).out);
    expect(scored.perplexity).toBeGreaterThan(1);
  });
});
