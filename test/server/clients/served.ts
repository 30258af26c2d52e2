// A running server for the tests of clients: a tiny model on the real engine, and small things of the other kinds.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LanguageModel } from "inkstone";
import type { GenerateOptions, TextEmbedder, TextGenerator, TextReranker } from "#generate";
import { createServer } from "#server";
import { text } from "../../support/gguf-writer.ts";
import { writeTinyLlama } from "../../support/tiny-llama.ts";

/** A server and what answers in it. */
export interface Served extends AsyncDisposable {
  readonly model: LanguageModel;
  readonly address: string;
}

// Three numbers of a text: enough to tell texts apart.
const vectorOf = (text: string) => Float32Array.of(text.length, text.charCodeAt(0) / 2 ** 16, 0.5);

const embedder: TextEmbedder = {
  information: { name: "vectors", dimensions: 3 },
  embed: async (texts, { dimensions } = {}) => ({ vectors: texts.map((text) => vectorOf(text).slice(0, dimensions)), tokens: texts.join("").length }),
  close: async () => undefined,
};

const reranker: TextReranker = {
  information: { name: "ranks" },
  rerank: async (query, documents) => ({ scores: documents.map((document) => (document.includes(query) ? 1 : 0)), tokens: documents.length }),
  close: async () => undefined,
};

// A model that calls whenever it may: how clients read a call does not hang on what a tiny model takes into its head.
function callingAlways(model: LanguageModel): TextGenerator {
  const always = (options: GenerateOptions = {}): GenerateOptions =>
    options.tools === undefined ? options : { ...options, toolChoice: "required", parallelToolCalls: false };
  return {
    information: { ...model.information, name: "caller" },
    get state() {
      return model.state;
    },
    generate: (prompt, options) => model.generate(prompt, always(options)),
    stream: (prompt, options) => model.stream(prompt, always(options)),
    close: () => model.close(),
  };
}

/** Serves them on a free port. */
export async function served(): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), "inkstone-clients-"));
  const model = await LanguageModel.open(writeTinyLlama(join(folder, "tiny.gguf"), { tied: false }), { precision: "exact", threads: 1 });
  const template = `{% if tools %}{{ '<tool_call>' }}{% endif %}{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content }}{% for c in m.tool_calls or [] %}{{ c.function | tojson }}{% endfor %}{{ '<|im_end|>\n' }}{% endfor %}{{ '<|im_start|>assistant\n' }}`;
  const calling = writeTinyLlama(join(folder, "calling.gguf"), { contextLength: 2048, metadata: { "tokenizer.chat_template": text(template) } });
  const server = await createServer({
    generator: model,
    served: [
      { kind: "chat", name: "calling", open: () => LanguageModel.open(calling, { precision: "exact", threads: 1 }) },
      { kind: "chat", name: "caller", open: async () => callingAlways(await LanguageModel.open(calling, { precision: "exact", threads: 1 })) },
      { kind: "embeddings", name: "vectors", open: async () => embedder },
      { kind: "rerank", name: "ranks", open: async () => reranker },
    ],
    port: 0,
    page: "/nowhere",
  });
  const address = await server.listen();
  return {
    model,
    address,
    [Symbol.asyncDispose]: async () => {
      await server.stop({ now: true });
      await model.close();
      rmSync(folder, { recursive: true });
    },
  };
}
