// quantize and export as processes: what comes out runs, what is wrong is refused.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { writeTinyLlama } from "../support/gguf-writer.ts";
import { writeHubLlama } from "../support/hub-llama.ts";
import { inkstone } from "./inkstone.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-export-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);
const once = (make: () => Promise<void>) => {
  let made: Promise<void> | undefined;
  return () => {
    made ??= make();
    return made;
  };
};

describe("quantize", () => {
  it("writes a file that runs, tells what it did, and does not write over one unless told", async () => {
    const from = writeTinyLlama(at("tiny.gguf"), { type: "F32", embeddingType: "F32" });
    const first = await inkstone(["quantize", from, at("q8.gguf"), "--type", "q8_0", "--json"]);
    expect([first.code, JSON.parse(first.out)], first.err).toMatchObject([0, { type: "q8_0", requantised: false, types: { Q8_0: 15, F32: 5 } }]);
    const run = await inkstone(["run", at("q8.gguf"), "Hello", "--max-tokens", "3", "--json"]);
    expect([run.code, JSON.parse(run.out).promptTokens > 0]).toEqual([0, true]);
    const again = await inkstone(["quantize", from, at("q8.gguf"), "--type", "q4_0"]);
    expect([again.code, again.err]).toEqual([73, expect.stringContaining("--force")]);
    expect((await inkstone(["quantize", from, at("q8.gguf"), "--type", "q4_0", "--force"])).out).toMatch(
      /opened again: farthest tensor .* logits off by/,
    );
  });

  it.each([
    [["tiny.gguf", "x.gguf", "--type", "q4_kk"], 64, /did you mean q4_0/],
    [["tiny.gguf", "tiny.gguf", "--type", "q8_0", "--force"], 64, /E_USAGE/],
    [["tiny.gguf", "none/x.gguf", "--type", "q8_0", "--threads", "0"], 64, /threads/],
    [["none.gguf", "x.gguf", "--type", "q8_0"], 66, /E_MODEL_FILE_MISSING/],
    [["tiny.gguf", "x.gguf"], 64, /--type/],
  ] as const)("refuses %j", async (args, code, words) => {
    writeTinyLlama(at("tiny.gguf"));
    const given = args.map((arg) => (/gguf$/.test(arg) ? at(arg) : arg));
    const found = await inkstone(["quantize", ...given]);
    expect([found.code, found.err]).toEqual([code, expect.stringMatching(words)]);
  });
});

// One run for all.
const trained = once(async () => {
  writeFileSync(at("words.txt"), "the ink is on the stone\n".repeat(60));
  writeFileSync(
    at("recipe.toml"),
    `[data]\nfiles = "${at("words.txt")}"\n[model]\ndepth = 1\nwidth = 32\nheads = 2\ncontextLength = 32\n[budget]\nsteps = 20\n`,
  );
  const made = await inkstone(["train", at("recipe.toml"), "--output", at("run")]);
  expect(made.code, made.err).toBe(0);
});

describe("export", () => {
  it("makes a folder of the hub and a GGUF file of a run, and both say the same", async () => {
    await trained();
    const hf = await inkstone(["export", at("run"), "--format", "hf", "--json"]);
    expect([hf.code, JSON.parse(hf.out)], hf.err).toEqual([0, { path: at("run-hub"), format: "hf" }]);
    const gguf = await inkstone(["export", at("run"), "--format", "gguf", "--type", "f32", "--json"]);
    expect([gguf.code, JSON.parse(gguf.out)], gguf.err).toMatchObject([0, { path: at("run-f32.gguf"), parity: { tensorError: 0 } }]);
    expect(existsSync(`${at("run-f32.gguf")}.hub`)).toBe(false);
    const texts = await Promise.all(
      [at("run-hub"), at("run-f32.gguf")].map((path) =>
        inkstone(["run", path, "the ink", "--raw", "--precision", "exact", "--max-tokens", "12", "--json"]),
      ),
    );
    expect(texts.map(({ err }) => err)).toEqual(["", ""]);
    expect(JSON.parse(texts[1].out).text).toBe(JSON.parse(texts[0].out).text);
  });

  it("takes no export: the folder of a run is a model wherever one is asked for", async () => {
    await trained();
    const said = await inkstone(["run", at("run"), "the ink", "--raw", "--max-tokens", "12", "--json"]);
    expect([said.code, JSON.parse(said.out).completionTokens], said.err).toEqual([0, 12]);
    const scored = await inkstone(["perplexity", at("run"), at("words.txt"), "--json"]);
    expect([scored.code, JSON.parse(scored.out).bitsPerByte > 0], scored.err).toEqual([0, true]);
    writeFileSync(at("other.txt"), "QQQ the ink\n".repeat(20));
    const partly = await inkstone(["perplexity", at("run"), at("other.txt"), "--json"]);
    expect([JSON.parse(partly.out).bitsPerByte, partly.err]).toEqual([undefined, expect.stringContaining("25.0 %")]);
    expect((await inkstone(["quantize", at("run"), at("own.gguf"), "--type", "q8_0"])).code).toBe(0);
    expect((await inkstone(["runs", "plot", at("run"), "--output", at("loss.png")])).code).toBe(0);
    for (const file of [at("loss.png"), join(at("run"), "rate.png")]) expect(readFileSync(file).toString("latin1", 1, 4)).toBe("PNG");
    expect((await inkstone(["runs", "plot", at("run"), "--output", at("loss.jpg")])).err).toContain("E_USAGE");
  });

  it("takes a folder of the hub, and refuses what is neither or asks for nonsense", async () => {
    const hub = await writeHubLlama(at("hub"));
    const gguf = await inkstone(["export", hub, "--format", "gguf", "--output", at("out.gguf"), "--type", "q8_0"]);
    expect([gguf.code, gguf.out], gguf.err).toEqual([0, expect.stringContaining("Q8_0 × ")]);
    expect((await inkstone(["export", hub, "--format", "hf"])).code).toBe(64);
    expect((await inkstone(["export", at("nothing"), "--format", "gguf"])).err).toMatch(/E_MODEL_FILE_MISSING/);
    expect((await inkstone(["export", hub, "--format", "onnx"])).code).toBe(64);
  });
});
