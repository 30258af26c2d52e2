// The tools of `inkstone mcp`: what each asks for and what does it. Models are opened when they are first used. Knows the protocol only by its server's interface.
import type { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { InkstoneError, lazily, type Phrase } from "../../core/index.ts";
import type { Classifier, EmbeddingModel, LanguageModel, LoadOptions, Reranker } from "../../generate/index.ts";

/** Which models do the work. */
export interface McpModels {
  readonly model: string;
  readonly embeddings: string;
  readonly rerank: string;
  /** A file that `classify train` wrote; undefined: texts are not classified. */
  readonly classifier?: string;
  readonly load: LoadOptions;
}

/** Opened models, and how they are closed. */
export interface McpTools {
  add(server: McpServer): void;
  close(): Promise<void>;
}

const texts = z.array(z.string().max(200_000)).min(1).max(2048);

type Done = { content: { type: "text"; text: string }[]; isError?: boolean };

/** Makes the tools. */
export function mcpTools({ model, embeddings, rerank, classifier, load }: McpModels): McpTools {
  const chat = lazily<LanguageModel>(async () => (await import("../../generate/index.ts")).LanguageModel.open(model, load));
  const vectors = lazily<EmbeddingModel>(async () => (await import("../../generate/index.ts")).EmbeddingModel.open(embeddings));
  const ranker = lazily<Reranker>(async () => (await import("../../generate/index.ts")).Reranker.open(rerank));
  const labels = lazily<Classifier>(async () => {
    const none: Phrase = { en: "no classifier was given (--classifier FILE)", zh: "未指定分类器（--classifier FILE）" };
    if (classifier === undefined) throw new InkstoneError("E_USAGE", { why: none });
    return (await import("../../pipelines/index.ts")).TextClassifier.load(classifier);
  });
  return {
    add(server) {
      const tool = <Schema extends z.ZodObject>(
        name: string,
        description: string,
        inputSchema: Schema,
        work: (input: z.output<Schema>, signal: AbortSignal) => Promise<unknown>,
      ) =>
        server.registerTool(name, { description, inputSchema: inputSchema as z.ZodObject }, async (input, context) =>
          told(() => work(input as z.output<Schema>, context.mcpReq.signal)),
        );
      tool(
        "generate",
        "Writes an answer to a prompt with a language model on this machine.",
        z.object({
          prompt: z.string().min(1),
          system: z.string().optional(),
          maxTokens: z.int().min(1).max(100_000).optional(),
          temperature: z.number().min(0).max(2).optional(),
          seed: z.int().min(0).optional(),
        }),
        async ({ prompt, system, ...options }, signal) => {
          const first = system === undefined ? [] : [{ role: "system" as const, content: system }];
          const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
          return (await (await chat.get()).generate([...first, { role: "user", content: prompt }], { ...given, signal })).text;
        },
      );
      tool("embed", "Turns texts into vectors: like meanings point the same way.", z.object({ texts }), async (input, signal) => {
        const { vectors: made } = await (await vectors.get()).embed(input.texts, { signal });
        return { embeddings: made.map((vector) => Array.from(vector)) };
      });
      tool(
        "rerank",
        "Ranks passages by how well they answer a query.",
        z.object({ query: z.string().min(1), passages: texts, top: z.int().min(1).optional() }),
        async ({ query, passages, top }, signal) => ({
          results: await (await ranker.get()).rank(query, passages, { signal, ...(top === undefined ? {} : { top }) }),
        }),
      );
      tool("classify", "Labels texts with the classifier that this server was started with.", z.object({ texts }), async (input, signal) => ({
        results: await (await labels.get()).classifyAll(input.texts, { signal }),
      }));
      tool("tokenize", "The token ids of a text, as the language model reads them.", z.object({ text: z.string() }), async ({ text }) =>
        (await chat.get()).tokenize(text),
      );
    },
    async close() {
      await Promise.all([chat.close(), vectors.close(), ranker.close(), labels.close()]);
    },
  };
}

// A failure is told to the one who called, in words that say what to do.
async function told(work: () => Promise<unknown>): Promise<Done> {
  try {
    const value = await work();
    return { content: [{ type: "text", text: typeof value === "string" ? value : JSON.stringify(value) }] };
  } catch (error) {
    if (!(error instanceof InkstoneError)) throw error;
    const { message, hint } = error.describe("en", "http");
    return { content: [{ type: "text", text: `${error.code}: ${message} ${hint}` }], isError: true };
  }
}
