// inkstone pull MODEL: fetches a model into the store.
import { pullModel } from "../../../hub/index.ts";
import { pullReporter } from "../../model.ts";
import { jsonOption } from "../../options.ts";
import { ProgressLine } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

/** The verb `pull`. Errors: those of `pullModel`. */
export const verb: Verb = {
  name: "pull",
  define(command, say, around) {
    command
      .summary(say({ en: "fetch a model", zh: "下载模型" }))
      .description(
        say({
          en: "Fetches a model into the store and verifies it; an interrupted pull goes on where it stopped.",
          zh: "将模型下载到本地存储并校验；中断后可续传。",
        }),
      )
      .argument(
        "<model>",
        say({
          en: "a catalogue name (smollm2:135m) or a hub name (owner/name[:file-or-quant])",
          zh: "内置模型名（smollm2:135m）或 hub 名（owner/name[:文件或量化名]）",
        }),
      )
      .addOption(jsonOption(say))
      .action(async (reference: string, { json }: { json?: boolean }) => {
        const { errors, output, signals } = around;
        const line = new ProgressLine(errors);
        try {
          const { path, name, fetched } = await pullModel(reference, { signal: signals.signal, onProgress: pullReporter(line, around) });
          line.end();
          const done = fetched ? say({ en: "is here and verified", zh: "已下载并校验" }) : say({ en: "is here already", zh: "已存在" });
          output.write(json ? `${JSON.stringify({ name, path, fetched })}\n` : `${name} ${done}: ${path}\n`);
        } finally {
          line.end();
        }
      });
  },
};
