// inkstone rm MODEL: takes a model out of the store.
import { removeModel } from "../../../hub/index.ts";
import { jsonOption } from "../../options.ts";
import { sizeOf } from "../../table.ts";
import { shown } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

/** The verb `rm`. Errors: those of `removeModel`. */
export const verb: Verb = {
  name: "rm",
  define(command, say, { output, signals }) {
    command
      .summary(say({ en: "remove a model from the store", zh: "删除本地模型" }))
      .description(
        say({
          en: "Removes a model that was fetched; `inkstone pull` brings it again. Files elsewhere are never touched.",
          zh: "删除已下载的模型；`inkstone pull` 可重新下载。其他位置的文件不会被触及。",
        }),
      )
      .argument(
        "<model>",
        say({
          en: "a name that `inkstone list` shows; of owner/name:FILE that file alone",
          zh: "`inkstone list` 所列名称；owner/name:文件 只删除该文件",
        }),
      )
      .addOption(jsonOption(say))
      .action(async (reference: string, { json }: { json?: boolean }) => {
        const { name, bytes, files } = await removeModel(reference, { signal: signals.signal });
        const line = say({ en: `${name} is gone, ${sizeOf(bytes)} are free again`, zh: `已删除 ${name}，释放 ${sizeOf(bytes)}` });
        output.write(json ? `${JSON.stringify({ name, bytes, files })}\n` : `${shown(line, output)}\n`);
      });
  },
};
