// inkstone list: the models of the store.
import { listModels } from "../../../hub/index.ts";
import { jsonOption } from "../../options.ts";
import { sizeOf, tableOf } from "../../table.ts";
import { shown } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

/** The verb `list`. */
export const verb: Verb = {
  name: "list",
  define(command, say, { output, errors }) {
    command
      .summary(say({ en: "what is in the store", zh: "列出本地模型" }))
      .description(say({ en: "Lists the models that were fetched, with their sizes and licences.", zh: "列出已下载的模型及其大小与许可证。" }))
      .addOption(jsonOption(say))
      .action(async ({ json }: { json?: boolean }) => {
        const models = await listModels();
        if (json) output.write(`${JSON.stringify({ models })}\n`);
        else if (models.length === 0) {
          errors.write(
            `${say({ en: "The store is empty: `inkstone pull MODEL` fetches one.", zh: "本地存储为空：可用 `inkstone pull 模型名` 下载。" })}\n`,
          );
        } else {
          const head = [
            say({ en: "NAME", zh: "名称" }),
            say({ en: "SIZE", zh: "大小" }),
            say({ en: "LANGUAGES", zh: "语言" }),
            say({ en: "LICENCE", zh: "许可证" }),
            say({ en: "FROM", zh: "来源" }),
          ];
          const rows = models.map(({ name, bytes, languages = [], license = "", files }) => [
            shown(name, output),
            sizeOf(bytes),
            languages.join(", "),
            license,
            shown([...new Set(files.map(({ source }) => source))].join(", "), output),
          ]);
          output.write(tableOf([head, ...rows]));
        }
      });
  },
};
