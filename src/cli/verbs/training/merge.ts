// inkstone merge MODEL ADAPTER: an adapter put into its base.
import { InkstoneError } from "../../../core/index.ts";
import { jsonOption } from "../../options.ts";
import type { Verb } from "../verb.ts";

interface Flags {
  readonly output: string;
  readonly json?: boolean;
}

// A folder for what is a folder, a file for what is a file: of a GGUF base the output is one.
function ggufOf(output: string): string {
  if (output.toLowerCase().endsWith(".gguf")) return output;
  const why = {
    en: `For a .gguf model --output names a .gguf file, not "${output}".`,
    zh: `对 .gguf 模型，--output 应为 .gguf 文件，不是“${output}”。`,
  };
  throw new InkstoneError("E_USAGE", { why });
}

/** The verb `merge`. Errors: those of `mergeAdapter`, of the folder and of the adapter. */
export const verb: Verb = {
  name: "merge",
  define(command, say, around) {
    command
      .summary(say({ en: "put an adapter into its model", zh: "把适配器合并进模型" }))
      .description(
        say({
          en: "Writes the model with the adapter in its weights: of a folder of the hub a folder, each tensor in the type that it had; of a .gguf file a file, with the changed matrices as F16. All of it or nothing.",
          zh: "写出已并入适配器的模型：hub 文件夹写为文件夹，各张量类型不变；.gguf 文件写为文件，改动的矩阵存为 F16。要么全部写出，要么什么都不写。",
        }),
      )
      .argument(
        "<model>",
        say({ en: "a folder of the hub, a .gguf file, a catalogue or hub name", zh: "hub 文件夹、.gguf 文件、内置模型名或 hub 名" }),
      )
      .argument("<adapter>", say({ en: "the folder of the adapter", zh: "适配器文件夹" }))
      .requiredOption("--output <dir>", say({ en: "the folder that is written; of a .gguf model the file", zh: "写出的文件夹；.gguf 模型则为文件" }))
      .addOption(jsonOption(say))
      .action(async (model: string, adapter: string, { output, json }: Flags) => {
        const [{ openModelFile }, { resolveModel }, { mergeAdapter, mergeIntoGguf, readPeft }, { cpu }] = await Promise.all([
          import("../../../formats/index.ts"),
          import("../../../hub/index.ts"),
          import("../../../models/index.ts"),
          import("../../../tensor/index.ts"),
        ]);
        const read = await readPeft(adapter);
        const { signal } = around.signals;
        const { path: folder } = await resolveModel(model, { signal });
        const file = await openModelFile(folder);
        try {
          if ("metadata" in file) await mergeIntoGguf(cpu(), { file, adapter: read, output: ggufOf(output), signal });
          else await mergeAdapter(cpu(), { base: { folder, file }, adapter: read, output, signal });
        } finally {
          file.close();
        }
        const told = { path: output, matrices: read.matrices.size };
        const words = {
          en: `${output}: ${told.matrices === 1 ? "1 matrix" : `${told.matrices} matrices`} merged`,
          zh: `${output}：已合并 ${told.matrices} 个矩阵`,
        };
        around.output.write(json ? `${JSON.stringify(told)}\n` : `${say(words)}\n`);
      });
  },
};
