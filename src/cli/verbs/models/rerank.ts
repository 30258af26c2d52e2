// inkstone rerank MODEL QUERY [PASSAGES... | -]: passages by how well they answer.
import { InkstoneError } from "../../../core/index.ts";
import type { Precision } from "../../../native/index.ts";
import { openWithProgress } from "../../encoder.ts";
import { readAll } from "../../input.ts";
import { jsonOption, numberOption, precisionOption, threadsOption } from "../../options.ts";
import { visible } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

interface Options {
  readonly json?: boolean;
  readonly top?: number;
  readonly precision?: Precision;
  readonly threads?: number;
}

/** The verb `rerank`. Errors: E_USAGE, E_INPUT_EMPTY for an empty query and for no passages, E_INPUT_SIZE, those of `Reranker.open`. */
export const verb: Verb = {
  name: "rerank",
  define(command, say, around) {
    command
      .summary(say({ en: "passages by how well they answer a query", zh: "按与查询的相关程度排列段落" }))
      .description(say({ en: "Reads a query and each passage together and ranks the passages.", zh: "将查询与每个段落一起阅读并排序。" }))
      .argument("<model>", say({ en: "rerank-minilm, or a folder", zh: "rerank-minilm 或模型文件夹" }))
      .argument("<query>", say({ en: "the query", zh: "查询" }))
      .argument("[passages...]", say({ en: "passages; - or none reads standard input, one a line", zh: "段落；- 或省略则读取标准输入，每行一段" }))
      .addOption(numberOption("--top <n>", say({ en: "most results", zh: "最多结果数" }), { least: 1, most: 1_000_000, whole: true }))
      .addOption(precisionOption(say))
      .addOption(threadsOption(say))
      .addOption(jsonOption(say))
      .action(async (reference: string, query: string, given: readonly string[], { json, top, ...options }: Options) => {
        const { input, output, signals } = around;
        const fromInput = given.length === 0 || (given.length === 1 && given[0] === "-");
        if (given.length === 0 && input.isTTY) throw new InkstoneError("E_USAGE", { why: { en: "passages are missing.", zh: "缺少段落。" } });
        const passages = fromInput ? (await readAll(input)).split(/\r?\n/).filter((line) => line !== "") : given;
        const nothing = query.trim() === "" ? { en: "the query", zh: "查询" } : { en: "the passages", zh: "段落" };
        if (query.trim() === "" || passages.length === 0) throw new InkstoneError("E_INPUT_EMPTY", { what: nothing });
        const { Reranker } = await import("../../../generate/index.ts");
        const model = await openWithProgress(around, (more) => Reranker.open(reference, { ...options, ...more }));
        try {
          const results = await model.rank(query, passages, { signal: signals.signal, ...(top === undefined ? {} : { top }) });
          const shown = () => results.map(({ index, score, text }) => `${score.toFixed(4)}\t${index}\t${visible(text)}\n`).join("");
          output.write(json ? `${JSON.stringify({ results })}\n` : shown());
        } finally {
          await model.close();
        }
      });
  },
};
