// Models written as GGUF: mixtures, what is inside, the gate that nothing wrong passes.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LanguageModel } from "inkstone";
import { afterAll, describe, expect, it } from "vitest";
import { ggufPieces, ggufTypes, openGguf, openHubFolder, writeSafetensors } from "#formats";
import { mixtureOf, quantizeModel, typeOfTensor } from "#models";
import { text, tinyLlama, writeTinyLlama } from "../support/gguf-writer.ts";
import { writeHubLlama } from "../support/hub-llama.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-quantize-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

async function typesIn(path: string): Promise<Record<string, string>> {
  const file = await openGguf(path);
  file.close();
  return Object.fromEntries([...file.tensors.values()].map(({ name, type }) => [name, type.name]));
}

const nll = async (path: string) => {
  await using model = await LanguageModel.open(path, { precision: "exact", threads: 1 });
  return (await model.perplexity("Hello you the system is a user and to you, 你好。 the end", { window: 16 })).nllPerToken;
};

describe("a mixture", () => {
  const typeOf = (name: string, own: string, shape: readonly number[] = [256, 256], tied = false) =>
    typeOfTensor(mixtureOf(name), { own, shape, layers: 16, tied }).name;

  // The rules of llama.cpp's quantiser for 16 layers: eighths are 0-1 and 14-15, and every third between.
  it.each([
    ["q4_k_m", 0, "Q6_K"],
    ["q4_k_m", 2, "Q4_K"],
    ["q4_k_m", 4, "Q6_K"],
    ["q4_k_m", 14, "Q6_K"],
    ["q4_k_s", 1, "Q5_K"],
    ["q4_k_s", 5, "Q4_K"],
    ["q5_k_m", 7, "Q6_K"],
    ["q4_0", 0, "Q4_0"],
  ] as const)("%s gives the way down of layer %d %s", (name, layer, type) => {
    expect(typeOf(name, `layers.${layer}.mlp.down.weight`)).toBe(type);
  });

  it("gives the head, or the embedding that is one, six bits; vectors, norms and learned positions stay F32", () => {
    expect(typeOf("q4_0", "head.weight")).toBe("Q6_K");
    expect(typeOf("q4_k_m", "embedding.weight", [256, 256], true)).toBe("Q6_K");
    expect(typeOf("q4_k_m", "embedding.weight")).toBe("Q4_K");
    expect(typeOf("q8_0", "head.weight")).toBe("Q8_0");
    expect(typeOf("q4_k_m", "layers.3.attentionNorm.weight", [256])).toBe("F32");
    expect(typeOf("f16", "positions.weight")).toBe("F32");
  });

  it("falls back where rows are not whole blocks, as llama.cpp does", () => {
    expect(typeOf("q4_k_m", "layers.2.mlp.up.weight", [256, 96])).toBe("Q5_0");
    expect(typeOf("q5_k_m", "layers.2.mlp.up.weight", [256, 96])).toBe("Q5_1");
    expect(typeOf("q6_k", "layers.2.mlp.up.weight", [256, 96])).toBe("Q8_0");
    expect(typeOf("q4_0", "layers.2.mlp.up.weight", [256, 40])).toBe("F16");
  });

  it("is refused with the nearest name where there is none", () => {
    expect(() => mixtureOf("q4_m")).toThrow(expect.objectContaining({ code: "E_OPTION", message: expect.stringMatching(/q4_k_m|q4_0|q4_1/) }));
    expect(mixtureOf("Q4_K").name).toBe("q4_k_m");
  });
});

describe("a GGUF file written anew", () => {
  it("keeps every bit in f32, all metadata and the template, and says what it is", async () => {
    const from = writeTinyLlama(at("tiny.gguf"), { type: "F32", embeddingType: "F32", metadata: { "general.license": text("mit") } });
    const { types, parity } = await quantizeModel(from, at("again.gguf"), { type: "f32" });
    expect([parity.tensorError, parity.logitsError]).toEqual([0, 0]);
    expect(Object.keys(types)).toEqual(["F32"]);
    expect(await nll(at("again.gguf"))).toBe(await nll(from));
    const [before, after] = [await openGguf(from), await openGguf(at("again.gguf"))];
    expect(after.metadata.keys().filter((key) => !/file_type/.test(key))).toEqual(before.metadata.keys());
    expect(after.metadata.strings("tokenizer.ggml.tokens")).toEqual(before.metadata.strings("tokenizer.ggml.tokens"));
    expect(after.metadata.string("tokenizer.chat_template")).toBe(before.metadata.string("tokenizer.chat_template"));
    expect(after.metadata.number("general.file_type")).toBe(0);
    for (const file of [before, after]) file.close();
  });

  // Most error of the logits of this model of random weights, in parts of their size.
  it.each([
    ["f16", 0.01],
    ["bf16", 0.05],
    ["q8_0", 0.05],
    ["q6_k", 0.15],
    ["q5_k_m", 0.2],
    ["q5_0", 0.25],
    ["q5_1", 0.25],
    ["q4_k_m", 0.35],
    ["q4_k_s", 0.4],
    ["q4_0", 0.5],
    ["q4_1", 0.5],
  ])("in %s passes the gate, its logits within %d", async (type, most) => {
    const from = at("wide.gguf");
    if (!existsSync(from)) writeTinyLlama(from, { type: "F32", embeddingType: "F32", width: 256, heads: 8, keyValueHeads: 4, feedForward: 512 });
    const to = at(`wide-${type}.gguf`);
    const { bytes, bytesBefore, parity } = await quantizeModel(from, to, { type });
    expect(bytes).toBeLessThan(bytesBefore);
    expect(parity.logitsError).toBeLessThan(most);
    const kinds = await typesIn(to);
    expect(kinds["blk.0.attn_norm.weight"]).toBe("F32");
    expect(kinds["blk.0.attn_q.weight"]).toBe(mixtureOf(type).base.name);
  });

  it("says that what was quantised before stays coarse", async () => {
    const from = writeTinyLlama(at("coarse.gguf"));
    expect((await quantizeModel(from, at("coarse-q8.gguf"), { type: "q8_0" })).requantised).toBe(true);
    expect((await quantizeModel(from, at("coarse-f16.gguf"), { type: "f16" })).requantised).toBe(false);
  });
});

describe("a folder of the hub written as GGUF", () => {
  it.each([
    ["llama", {}],
    [
      "llama with another rope",
      { rope_scaling: { rope_type: "llama3", factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 64 } },
    ],
    ["llama, linear", { rope_scaling: { type: "linear", factor: 2 } }],
    ["mistral", { model_type: "mistral", architectures: ["MistralForCausalLM"], sliding_window: 12 }],
  ])("%s has the same logits, ids and answers", async (label, config) => {
    const from = await writeHubLlama(at(`hub-${label.replace(/\W+/g, "-")}`), { config });
    const to = `${from}.gguf`;
    const { parity } = await quantizeModel(from, to, { type: "f32" });
    expect(parity.tensorError).toBe(0);
    expect(parity.logitsError).toBeLessThan(1e-5);
    const answers: unknown[] = [];
    for (const path of [from, to]) {
      await using model = await LanguageModel.open(path, { precision: "exact", threads: 1 });
      const { tokenIds } = await model.generate("hello the hello", { maxTokens: 12 });
      answers.push([tokenIds, await model.tokenize("hello the\n stone 砚"), (await model.render([{ role: "user", content: "hi" }])).ids]);
    }
    expect(answers[1]).toEqual(answers[0]);
  });

  it("writes special ids, and tokens for ids beyond the vocabulary", async () => {
    const from = await writeHubLlama(at("hub-more"), { config: { vocab_size: 300 } });
    await quantizeModel(from, `${from}.gguf`, { type: "f16" });
    const { metadata, close } = await openGguf(`${from}.gguf`);
    const tokens = metadata.strings("tokenizer.ggml.tokens");
    expect([tokens.length, tokens[299]]).toEqual([300, "[PAD299]"]);
    expect(["bos", "eos", "eot"].map((use) => metadata.number(`tokenizer.ggml.${use}_token_id`))).toEqual([0, 2, 0]);
    expect(metadata.string("general.architecture")).toBe("llama");
    close();
  });

  it("refuses a family without a form, a tensor that is not known, and values that are not finite, and leaves nothing behind", async () => {
    const bloom = await writeHubLlama(at("bloom"), { config: { model_type: "bloom" } });
    await expect(quantizeModel(bloom, at("bloom.gguf"), { type: "f16" })).rejects.toMatchObject({ code: "E_MODEL_ARCHITECTURE" });
    const odd = await writeHubLlama(at("odd"));
    const { tensors } = await openHubFolder(odd);
    const values = (name: string) => {
      const entry = tensors.get(name)!;
      const bytes = new Uint8Array(entry.bytes);
      entry.read(0, bytes);
      return new Float32Array(bytes.buffer);
    };
    const all = [...tensors.values()].map(({ name, shape }) => ({ name, shape, values: values(name) }));
    all[0].values[7] = Number.NaN;
    await writeSafetensors(join(odd, "model.safetensors"), all);
    await expect(quantizeModel(odd, at("odd.gguf"), { type: "q8_0" })).rejects.toMatchObject({
      code: "E_KERNEL",
      parameters: { why: "numeric", value: 7 },
    });
    expect(readdirSync(folder).filter((name) => /^(bloom|odd)\.gguf/.test(name))).toEqual([]);
  });
});

describe("the writer", () => {
  it("writes what the test suite's own writer writes", async () => {
    const from = at("own.gguf");
    writeFileSync(from, tinyLlama());
    const file = await openGguf(from);
    const tensors = [...file.tensors.values()].map((tensor) => ({
      ...tensor,
      data: () => {
        const bytes = new Uint8Array(tensor.bytes);
        file.read(tensor, 0, bytes);
        return [bytes];
      },
    }));
    const pieces: Uint8Array[] = [];
    for await (const piece of ggufPieces({ metadata: new Map([["general.architecture", { type: "string", value: "llama" }]]), tensors }))
      pieces.push(piece);
    const data = readFileSync(from).subarray(Math.min(...tensors.map(({ offset }) => offset)));
    const written = Buffer.concat(pieces);
    expect(written.subarray(written.length - data.length).equals(data)).toBe(true);
    file.close();
  });

  it("refuses a tensor whose data is longer or shorter than its shape", async () => {
    for (const bytes of [60, 200]) {
      const content = { metadata: new Map(), tensors: [{ name: "x", shape: [32], type: ggufTypes.get(0)!, data: () => [new Uint8Array(bytes)] }] };
      const all = async () => {
        for await (const _ of ggufPieces(content));
      };
      await expect(all()).rejects.toMatchObject({ code: "E_FORMAT_RANGE" });
    }
  });
});
