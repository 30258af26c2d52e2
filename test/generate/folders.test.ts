// Models that are more than one file: folders as the hub has them, GGUF in parts.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LanguageModel } from "inkstone";
import { afterAll, describe, expect, it } from "vitest";
import { openGguf } from "#formats";
import { type TensorSpec, tinyLlama, u32, type Value, writeGguf } from "../support/gguf-writer.ts";
import { writeHubLlama } from "../support/hub-llama.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-folders-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const exact = { precision: "exact", threads: 1 } as const;

describe("a folder as the hub has it", () => {
  it("opens, writes, renders its template and tells which ids end an answer", async () => {
    const path = await writeHubLlama(join(folder, "llama"));
    await using model = await LanguageModel.open(path, exact);
    expect(model.information).toMatchObject({ name: "llama", architecture: "llama", contextLength: 256 });
    expect(await model.tokenize("hello the")).toMatchObject({ tokens: ["hel", "lo", " the"] });
    expect((await model.render([{ role: "user", content: "hello" }])).text).toBe("<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n");
    expect((await model.generate("hello", { maxTokens: 8 })).completionTokens).toBeGreaterThan(0);
  });

  it("takes chat_template.jinja before tokenizer_config.json, and of several templates the default", async () => {
    const own = await writeHubLlama(join(folder, "jinja"), { files: { "chat_template.jinja": "J{{ messages[0].content }}" } });
    const several = JSON.stringify({
      chat_template: [
        { name: "tool_use", template: "T" },
        { name: "default", template: "D{{ messages[0].content }}" },
      ],
    });
    const many = await writeHubLlama(join(folder, "many"), { files: { "tokenizer_config.json": several } });
    for (const [path, text] of [
      [own, "Jhi"],
      [many, "Dhi"],
    ]) {
      await using model = await LanguageModel.open(path, exact);
      expect((await model.render([{ role: "user", content: "hi" }])).text).toBe(text);
    }
  });

  it("gives the logits of the same weights in f16 and bf16 within their rounding", async () => {
    const nll: number[] = [];
    for (const type of ["F32", "F16", "BF16"] as const) {
      await using model = await LanguageModel.open(await writeHubLlama(join(folder, type), { type }), exact);
      nll.push((await model.perplexity("hello the hello the stone", { window: 16 })).nllPerToken);
    }
    expect(nll[1]).toBeCloseTo(nll[0], 2);
    expect(nll[2]).toBeCloseTo(nll[0], 1);
  });

  it("is refused by name where its config, its tokenizer or its weights are missing", async () => {
    mkdirSync(join(folder, "empty"));
    await expect(LanguageModel.open(join(folder, "empty"))).rejects.toMatchObject({ code: "E_MODEL_NOT_A_FILE" });
    const bare = await writeHubLlama(join(folder, "bare"), { files: { "tokenizer.json": undefined } });
    await expect(LanguageModel.open(bare)).rejects.toMatchObject({ code: "E_FORMAT_NO_FILE", parameters: { file: join(bare, "tokenizer.json") } });
    const light = await writeHubLlama(join(folder, "light"));
    rmSync(join(light, "model.safetensors"));
    await expect(LanguageModel.open(light)).rejects.toMatchObject({ code: "E_FORMAT_NO_FILE" });
  });
});

describe("a GGUF model in parts", () => {
  // The first has metadata and norms, the second the rest.
  function parts(name: string, change: { readonly no?: number; readonly count?: number; readonly tensors?: number } = {}): string {
    const at = join(folder, name);
    let rest: TensorSpec[] = [];
    let all = 0;
    const split = (no: number): Record<string, Value> => ({
      "split.no": u32(no),
      "split.count": u32(change.count ?? 2),
      "split.tensors.count": { type: "int32", value: change.tensors ?? all },
    });
    tinyLlama({
      tensors: (tensors) => {
        all = tensors.length;
        return tensors;
      },
    });
    const first = tinyLlama({
      metadata: split(0),
      tensors: (tensors) => {
        rest = tensors.slice(4);
        return tensors.slice(0, 4);
      },
    });
    writeFileSync(`${at}-00001-of-00002.gguf`, first);
    writeFileSync(`${at}-00002-of-00002.gguf`, writeGguf({ metadata: Object.entries(split(change.no ?? 1)), tensors: rest }));
    return `${at}-00001-of-00002.gguf`;
  }

  it("opens by its first file as the whole one does", async () => {
    const whole = join(folder, "whole.gguf");
    writeFileSync(whole, tinyLlama());
    const answers: string[] = [];
    for (const path of [whole, parts("split")]) {
      await using model = await LanguageModel.open(path, exact);
      answers.push((await model.generate("Hello", { maxTokens: 6 })).tokenIds.join());
    }
    expect(answers[1]).toBe(answers[0]);
  });

  it.each([
    ["a later file", () => parts("later").replace("00001", "00002"), "split.no"],
    ["a second that is another part", () => parts("other", { no: 3 }), "split.no"],
    ["another number of files than its name says", () => parts("number", { count: 3 }), "split.count"],
    ["another number of tensors", () => parts("few", { tensors: 5 }), "split.tensors.count"],
  ])("refuses %s", async (_, make, field) => {
    await expect(openGguf(make())).rejects.toMatchObject({ code: "E_FORMAT_VALUE", parameters: { field } });
  });

  it("names the part that is missing, and refuses a renamed first", async () => {
    const path = parts("gone");
    rmSync(path.replace("00001", "00002"));
    await expect(openGguf(path)).rejects.toMatchObject({ code: "E_FORMAT_NO_FILE", parameters: { file: path.replace("00001", "00002") } });
    renameSync(path, join(folder, "renamed.gguf"));
    await expect(openGguf(join(folder, "renamed.gguf"))).rejects.toMatchObject({ code: "E_FORMAT_VALUE", parameters: { field: "split.count" } });
  });
});
