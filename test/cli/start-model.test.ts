// With which model npm start begins: by locale, by what is there, by what is answered, by what can be had.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { noise, testHub } from "../hub/hub-server.ts";

const { modelFor } = (await import(new URL("../../tools/start-model.mjs", import.meta.url).href)) as {
  modelFor: (around: object) => Promise<string>;
};

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "inkstone-start-"));
  vi.stubEnv("INKSTONE_HOME", home);
  vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:9");
  vi.stubEnv("MODELSCOPE_DOMAIN", "http://127.0.0.1:9");
  for (const name of ["INKSTONE_OFFLINE", "HF_HUB_OFFLINE", "HF_TOKEN"]) vi.stubEnv(name, "");
  for (const name of Object.keys(process.env)) if (/^(https?|all|no)_proxy$/i.test(name)) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

async function started(LANG: string, answer?: string): Promise<[model: string, told: string]> {
  const input = Object.assign(new PassThrough(), { isTTY: answer !== undefined });
  if (answer !== undefined) input.write(`${answer}\n`);
  const output = new PassThrough();
  const model = await modelFor({ input, output, env: { LANG } });
  return [model, String(output.read() ?? "")];
}

it("is the small English one, without a word, outside Chinese locales", async () => {
  expect(await started("en_US.UTF-8", "y")).toEqual(["smollm2:135m", ""]);
});

it("without a terminal is the small one under a Chinese locale, with one line that names the other and its size", async () => {
  const [model, told] = await started("zh_CN.UTF-8");
  expect(model).toBe("smollm2:135m");
  expect(told).toMatch(/^[^\n]*qwen2\.5:0\.5b（约 491 MB）[^\n]*\n$/);
});

it("offers the one that speaks Chinese with its size, and takes it when it comes", async () => {
  await using hub = await testHub({ "Qwen/Qwen2.5-0.5B-Instruct-GGUF/qwen2.5-0.5b-instruct-q4_k_m.gguf": noise(5000) });
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  const [model, told] = await started("zh_CN.UTF-8", "");
  expect([model, told]).toEqual(["qwen2.5:0.5b", expect.stringContaining("约 491 MB")]);
  expect(await started("zh_CN.UTF-8")).toEqual(["qwen2.5:0.5b", ""]); // it is there now
});

it("falls back with one clear line when it is declined, or cannot be had", async () => {
  expect(await started("zh_CN.UTF-8", "n")).toEqual(["smollm2:135m", expect.stringMatching(/改用较小的英文模型 smollm2:135m。\n$/)]);
  const [model, told] = await started("zh_CN.UTF-8", "y");
  expect([model, told]).toEqual(["smollm2:135m", expect.stringMatching(/\n无法下载 qwen2\.5:0\.5b（[^\n]*），改用较小的英文模型 smollm2:135m。\n$/)]);
});
