// inkstone mcp: the models of this machine as tools of the Model Context Protocol, over standard input and output.
import { readFile } from "node:fs/promises";
import { optionalPackage } from "../../../formats/index.ts";
import type { Precision } from "../../../native/index.ts";
import { precisionOption, threadsOption } from "../../options.ts";
import { mcpTools } from "../../serving/mcp-tools.ts";
import type { Verb } from "../verb.ts";

interface Options {
  readonly model: string;
  readonly embeddings: string;
  readonly rerank: string;
  readonly classifier?: string;
  readonly precision?: Precision;
  readonly threads?: number;
}

/** The verb `mcp`. Errors: E_PACKAGE_MISSING; those of the models are told to the client. */
export const verb: Verb = {
  name: "mcp",
  define(command, say, around) {
    command
      .summary(say({ en: "models as tools for MCP clients", zh: "将模型作为 MCP 工具提供" }))
      .description(
        say({
          en: "Serves generate, embed, rerank, classify and tokenize to a client of the Model Context Protocol over standard input and output. Models are opened when they are first used.",
          zh: "通过标准输入输出向 MCP（模型上下文协议）客户端提供 generate、embed、rerank、classify 和 tokenize。模型在首次使用时打开。",
        }),
      )
      .option("--model <model>", say({ en: "the language model", zh: "语言模型" }), "smollm2:135m")
      .option("--embeddings <model>", say({ en: "the model for vectors", zh: "向量模型" }), "minilm")
      .option("--rerank <model>", say({ en: "the model for ranking", zh: "重排模型" }), "rerank-minilm")
      .option("--classifier <file>", say({ en: "a classifier that `classify train` wrote", zh: "由 `classify train` 写出的分类器" }))
      .addOption(precisionOption(say))
      .addOption(threadsOption(say))
      .action(async ({ precision, threads, ...models }: Options) => {
        const purpose = { en: "the Model Context Protocol", zh: "模型上下文协议（MCP）" };
        const name = "@modelcontextprotocol/server";
        const [{ McpServer }, { StdioServerTransport }] = await optionalPackage(name, purpose, () =>
          Promise.all([import("@modelcontextprotocol/server"), import("@modelcontextprotocol/server/stdio")]),
        );
        const { version } = JSON.parse(await readFile(new URL("../../../../package.json", import.meta.url), "utf8")) as { version: string };
        const load = { precision, threads };
        const tools = mcpTools({ ...models, load });
        const server = new McpServer({ name: "inkstone", version });
        tools.add(server);
        const ended = new Promise<void>((done) => {
          server.server.onclose = done;
          around.input.once("end", done);
          around.signals.signal.addEventListener("abort", () => done(), { once: true });
        });
        await server.connect(new StdioServerTransport());
        await ended;
        await server.close();
        await tools.close();
      });
  },
};
