// inkstone perplexity MODEL FILE: how well a model foresees a text.
import { counted, InkstoneError } from "../../../core/index.ts";
import type { TokenizingGenerator } from "../../../generate/index.ts";
import { readTextFile } from "../../input.ts";
import { openModel } from "../../model.ts";
import { type EngineFlags, jsonOption, numberOption, precisionOption, threadsOption } from "../../options.ts";
import { ProgressLine } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

const mostText = 64 << 20;

interface Flags extends EngineFlags {
  readonly window?: number;
  readonly json?: boolean;
}

/** The verb `perplexity`. Errors: E_INPUT_MISSING, E_INPUT_EMPTY, E_INPUT_SIZE, and those of `LanguageModel`. */
export const verb: Verb = {
  name: "perplexity",
  define(command, say, around) {
    command
      .summary(say({ en: "measure how well a model foresees a text", zh: "衡量模型对文本的预测能力" }))
      .description(
        say({
          en: "Perplexity of a text: windows side by side, no BOS; every token but the first of a window is scored.",
          zh: "文本的困惑度：窗口互不重叠，不加 BOS；除每个窗口的第一个词元外均计分。",
        }),
      )
      .argument(
        "<model>",
        say({
          en: "a catalogue name, a hub name, a .gguf file, a folder with config.json, or the folder of a run",
          zh: "内置模型名、hub 名、.gguf 文件、含 config.json 的文件夹，或训练运行的文件夹",
        }),
      )
      .argument("<file>", say({ en: "a text file, UTF-8", zh: "UTF-8 文本文件" }))
      .addOption(
        numberOption(
          "--window <n>",
          say({ en: "tokens in a window", zh: "窗口词元数" }),
          { least: 2, most: 1 << 20, whole: true },
          "INKSTONE_WINDOW",
        ).default(undefined, say({ en: "512, or the context where that is shorter", zh: "512；上下文更短时取上下文长度" })),
      )
      .addOption(precisionOption(say))
      .addOption(threadsOption(say))
      .addOption(jsonOption(say))
      .action(async (reference: string, path: string, { window, json, precision, threads }: Flags) => {
        const { output, errors, signals } = around;
        const text = await readTextFile(path, mostText);
        if (text === "") throw new InkstoneError("E_INPUT_EMPTY", { what: [path] });
        const model = await openModel(reference, { precision, threads, slots: 1, contextLength: undefined }, around);
        const line = new ProgressLine(errors);
        try {
          const label = say({ en: "Scoring", zh: "正在计分" });
          const { perplexity, nllPerToken, tokens } = await model.perplexity(text, {
            window: window ?? Math.min(512, model.information.contextLength),
            signal: signals.signal,
            onProgress: (done, total) => line.update(label, done, total),
          });
          line.end();
          const share = await lost(model, text);
          // Of characters that are left out there is no length of the text.
          const bitsPerByte = share > 0.001 ? undefined : (nllPerToken * tokens) / Math.LN2 / Buffer.byteLength(text);
          const bits = bitsPerByte === undefined ? "" : `, ${bitsPerByte.toFixed(4)} bits/byte`;
          output.write(
            json
              ? `${JSON.stringify({ perplexity, nllPerToken, tokens, bitsPerByte })}\n`
              : say({
                  en: `${perplexity.toFixed(4)}  (${nllPerToken.toFixed(5)} nats/token, ${counted(tokens, "token")}${bits})\n`,
                  zh: `${perplexity.toFixed(4)}（每词元 ${nllPerToken.toFixed(5)} 奈特，共 ${tokens} 个词元${bitsPerByte === undefined ? "" : `，每字节 ${bitsPerByte.toFixed(4)} 比特`}）\n`,
                }),
          );
          if (share > 0.001)
            errors.write(
              `${say({
                en: `About ${(100 * share).toFixed(1)} % of the text's characters have no token in this model and were left out.`,
                zh: `文本中约 ${(100 * share).toFixed(1)}% 的字符在该模型中没有词元，未计入。`,
              })}\n`,
            );
        } finally {
          line.end();
          await model.close();
        }
      });
  },
};

/** Characters of the text that are looked at. */
const LOOKED = 20_000;

// The share of the characters that do not come back from their tokens.
async function lost(model: TokenizingGenerator, text: string): Promise<number> {
  const looked = [...text.slice(0, LOOKED)];
  const { ids } = await model.tokenize(looked.join(""));
  const back = [...(await model.detokenize(ids))];
  return Math.max(0, looked.length - back.length) / looked.length;
}
