// The store as a list, models leaving it, and models of the catalogue whose digest the hub declares.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { catalogue, listModels, localPath, pullModel, removeModel } from "#hub";
import { noise, sha256, type TestHub, testHub } from "./hub-server.ts";

const timeouts = { reach: 2000, stall: 2000 };
const repository = "Qwen/Qwen3-0.6B-GGUF";
const model = noise(5000, 3);
let home: string;
let hub: TestHub;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "inkstone-stored-"));
  hub = await testHub({
    [`${repository}/Qwen3-0.6B-Q8_0.gguf`]: model,
    "owner/name/m.Q4_0.gguf": noise(300, 1),
    "owner/name/m.Q8_0.gguf": noise(400, 2),
  });
  vi.stubEnv("INKSTONE_HOME", join(home, "store"));
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  vi.stubEnv("MODELSCOPE_DOMAIN", `${hub.endpoint}/nowhere`);
  for (const name of ["INKSTONE_OFFLINE", "HF_HUB_OFFLINE", "HF_TOKEN"]) vi.stubEnv(name, "");
  for (const name of Object.keys(process.env)) if (/^(https?|all|no)_proxy$/i.test(name)) vi.stubEnv(name, undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

describe("a model whose digest the hub declares", () => {
  it("is held to it, pinned in the manifest, and there without the network afterwards", async () => {
    const { path, fetched } = await pullModel("qwen3:0.6b", { timeouts });
    expect(fetched).toBe(true);
    expect(readFileSync(path).equals(model)).toBe(true);
    const [{ files }] = await listModels();
    expect(files).toMatchObject([{ file: "Qwen3-0.6B-Q8_0.gguf", sha256: sha256(model), bytes: model.length }]);
    vi.stubEnv("INKSTONE_OFFLINE", "1");
    expect(await pullModel("qwen3:0.6b")).toMatchObject({ path, fetched: false });
  });

  it("is not kept when what comes is another file", async () => {
    hub.misbehave = (request, response) => {
      if (!request.url?.includes("/resolve/")) return undefined;
      const wrong = noise(model.length, 9);
      response.writeHead(200, { "content-length": wrong.length }).end(wrong);
      return true;
    };
    await expect(pullModel("qwen3:0.6b", { timeouts })).rejects.toMatchObject({ code: "E_MODEL_SOURCES" });
    expect(await listModels()).toEqual([]);
  });

  it("comes from ModelScope by its digest where the hub is out of reach", async () => {
    hub.misbehave = (request, response) => {
      const url = request.url ?? "";
      if (url.startsWith("/scope/api/v1/models/")) {
        response.end(JSON.stringify({ Data: { Files: [{ Path: "Qwen3-0.6B-Q8_0.gguf", Size: model.length, Sha256: sha256(model) }] } }));
      } else if (url === `/scope/models/${repository}/resolve/master/Qwen3-0.6B-Q8_0.gguf`) {
        response.writeHead(200, { "content-length": model.length }).end(model);
      } else response.writeHead(503).end();
      return true;
    };
    vi.stubEnv("MODELSCOPE_DOMAIN", `${hub.endpoint}/scope`);
    const { path } = await pullModel("qwen3:0.6b", { timeouts });
    expect(readFileSync(path).equals(model)).toBe(true);
  });

  it("stands in the catalogue with the languages that the issue names", () => {
    const languages = Object.fromEntries(catalogue.map((entry) => [entry.name, entry.languages.join()]));
    expect(languages).toMatchObject({
      "qwen2.5:0.5b": "zh,en",
      "qwen2.5:1.5b": "zh,en",
      "qwen3:0.6b": "zh,en",
      "smollm2:360m": "en",
      "smollm2:1.7b": "en",
    });
  });
});

describe("the store", () => {
  it("lists what is there whole, and forgets a model or one of its files", async () => {
    await pullModel("owner/name:Q4_0", { timeouts });
    await pullModel("owner/name:Q8_0", { timeouts });
    expect((await listModels()).map(({ name, bytes, files }) => [name, bytes, files.length])).toEqual([["owner/name", 700, 2]]);
    expect(await removeModel("owner/name:Q4_0")).toEqual({ name: "owner/name", bytes: 300, files: ["m.Q4_0.gguf"] });
    expect(await localPath("owner/name:Q8_0")).toBeDefined();
    await removeModel("owner/name");
    expect(await listModels()).toEqual([]);
    expect(readdirSync(join(home, "store", "models"))).toEqual([]);
  });

  it("does not list a file that is gone, and lets its model be removed", async () => {
    const { path } = await pullModel("owner/name:Q4_0", { timeouts });
    rmSync(path);
    expect(await listModels()).toEqual([]);
    await expect(removeModel("owner/name:Q4_0")).rejects.toMatchObject({ code: "E_MODEL_CHOICE" });
  });

  it.each(["qwen3:0.6b", "owner/other", "nobody/nothing:Q8_0"])("says that %s is not there", async (name) => {
    await expect(removeModel(name)).rejects.toMatchObject({ code: "E_MODEL_NOT_STORED", parameters: { name } });
  });

  it.each(["/etc", "../x", "a.gguf", ""])("removes no path: %s", async (name) => {
    await expect(removeModel(name)).rejects.toMatchObject({ code: expect.stringMatching(/^E_MODEL_(NAME|UNKNOWN)$/) });
  });
});
