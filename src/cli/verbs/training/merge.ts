// inkstone merge MODEL ADAPTER: an adapter put into its base.
import { resolve } from "node:path";
import { jsonOption } from "../../options.ts";
import type { Verb } from "../verb.ts";

interface Flags {
  readonly output: string;
  readonly json?: boolean;
}

/** The verb `merge`. Errors: those of `mergeAdapter`, of the folder and of the adapter. */
export const verb: Verb = {
  name: "merge",
  define(command, say, around) {
    command
      .summary(say({ en: "put an adapter into its model", zh: "把适配器合并进模型" }))
      .description(
        say({
          en: "Writes a folder of the hub that holds the model with the adapter in its weights, each tensor in the type that it had: all of it or nothing. `inkstone export` makes a .gguf file of such a folder.",
          zh: "写出一个 hub 文件夹：适配器已并入权重，各张量类型不变；要么全部写出，要么什么都不写。`inkstone export` 可将其转为 .gguf 文件。",
        }),
      )
      .argument("<model>", say({ en: "a folder of the hub: config.json and model.safetensors", zh: "hub 文件夹：config.json 与 model.safetensors" }))
      .argument("<adapter>", say({ en: "the folder of the adapter", zh: "适配器文件夹" }))
      .requiredOption("--output <dir>", say({ en: "the folder that is written", zh: "写出的文件夹" }))
      .addOption(jsonOption(say))
      .action(async (model: string, adapter: string, { output, json }: Flags) => {
        const [{ openHubFolder }, { mergeAdapter, readPeft }, { cpu }] = await Promise.all([
          import("../../../formats/index.ts"),
          import("../../../models/index.ts"),
          import("../../../tensor/index.ts"),
        ]);
        const read = await readPeft(adapter);
        const folder = resolve(model);
        const file = await openHubFolder(folder);
        try {
          await mergeAdapter(cpu(), { base: { folder, file }, adapter: read, output, signal: around.signals.signal });
        } finally {
          file.close();
        }
        const told = { path: output, matrices: read.matrices.size };
        const words = { en: `${output}: ${told.matrices} matrices merged`, zh: `${output}：已合并 ${told.matrices} 个矩阵` };
        around.output.write(json ? `${JSON.stringify(told)}\n` : `${say(words)}\n`);
      });
  },
};
