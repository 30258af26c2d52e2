// inkstone embed MODEL [TEXT... | -]: vectors of texts.
import { InkstoneError } from "../../../core/index.ts";
import type { Precision } from "../../../native/index.ts";
import { openWithProgress, warnOfCapitals } from "../../encoder.ts";
import { readAll } from "../../input.ts";
import { jsonOption, precisionOption, threadsOption } from "../../options.ts";
import type { Verb } from "../verb.ts";

interface Options {
  readonly json?: boolean;
  readonly precision?: Precision;
  readonly threads?: number;
  readonly lowercase?: boolean;
}

/** The verb `embed`. Errors: E_USAGE, E_INPUT_SIZE, those of `EmbeddingModel.open`. */
export const verb: Verb = {
  name: "embed",
  define(command, say, around) {
    command
      .summary(say({ en: "vectors of texts", zh: "文本转为向量" }))
      .description(say({ en: "Turns texts into vectors: like meanings point the same way.", zh: "将文本转为向量：含义相近者方向相近。" }))
      .argument("<model>", say({ en: "minilm, bge-small-zh, bge-small-en, or a folder", zh: "minilm、bge-small-zh、bge-small-en 或模型文件夹" }))
      .argument("[texts...]", say({ en: "texts; - or none reads standard input, a text a line", zh: "文本；- 或省略则读取标准输入，每行一条" }))
      .option("--lowercase", say({ en: "lower-case the texts first", zh: "先将文本转为小写" }))
      .addOption(precisionOption(say))
      .addOption(threadsOption(say))
      .addOption(jsonOption(say))
      .action(async (reference: string, given: readonly string[], { json, ...options }: Options) => {
        const { input, output, signals } = around;
        const fromInput = given.length === 0 || (given.length === 1 && given[0] === "-");
        if (given.length === 0 && input.isTTY) throw new InkstoneError("E_USAGE", { why: { en: "a text is missing.", zh: "缺少文本。" } });
        const texts = fromInput ? linesOf(await readAll(input)) : given;
        const { EmbeddingModel } = await import("../../../generate/index.ts");
        const model = await openWithProgress(around, (more) => EmbeddingModel.open(reference, { ...options, ...more }));
        try {
          warnOfCapitals(model.information, texts, around);
          const { vectors, tokens } = await model.embed(texts, { signal: signals.signal });
          const embeddings = vectors.map((vector) => Array.from(vector));
          output.write(
            json
              ? `${JSON.stringify({ model: model.information.name, embeddings, tokens })}\n`
              : embeddings.map((vector) => `${vector.map((value) => value.toFixed(6)).join(" ")}\n`).join(""),
          );
        } finally {
          await model.close();
        }
      });
  },
};

function linesOf(text: string): string[] {
  return text.replace(/\r?\n$/, "").split(/\r?\n/);
}
