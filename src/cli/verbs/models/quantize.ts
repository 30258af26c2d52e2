// inkstone quantize IN OUT --type T: writes a model as a GGUF file in other types.
import { refuseOtherUse, resolveModel } from "../../../hub/index.ts";
import { ofRun, pullReporter } from "../../model.ts";
import { jsonOption, threadsOption } from "../../options.ts";
import { refuseExisting } from "../../outputs.ts";
import { ProgressLine } from "../../terminal.ts";
import type { Verb } from "../verb.ts";
import { told, written } from "./quantized.ts";

interface Flags {
  readonly type: string;
  readonly force?: boolean;
  readonly threads?: number;
  readonly json?: boolean;
}

/** The verb `quantize`. Errors: E_USAGE, those of `resolveModel` and `quantizeModel`. */
export const verb: Verb = {
  name: "quantize",
  define(command, say, around) {
    command
      .summary(say({ en: "write a model in fewer bits", zh: "将模型量化写出" }))
      .description(
        say({
          en: "Writes a GGUF file in the types of a mixture, tokenizer and chat template inside, from a GGUF file or a folder with config.json. It gets its name only when, opened again, tensors, tokenizer and logits agree with the model's.",
          zh: "按混合量化类型写出 GGUF 文件（含分词器与对话模板），输入为 GGUF 文件或含 config.json 的文件夹。写出后会重新打开并核对张量、分词器与 logits，一致才赋予文件名。",
        }),
      )
      .argument("<in>", say({ en: "a catalogue name, a hub name, a .gguf file or a folder", zh: "内置模型名、hub 名、.gguf 文件或文件夹" }))
      .argument("<out>", say({ en: "the .gguf file to write", zh: "要写出的 .gguf 文件" }))
      .requiredOption(
        "--type <t>",
        say({
          en: "f32, f16, bf16, q8_0, q4_0, q4_1, q5_0, q5_1, q4_k_s, q4_k_m, q5_k_s, q5_k_m, q6_k",
          zh: "f32、f16、bf16、q8_0、q4_0、q4_1、q5_0、q5_1、q4_k_s、q4_k_m、q5_k_s、q5_k_m 或 q6_k",
        }),
      )
      .option("--force", say({ en: "replace a file that is there", zh: "覆盖已有文件" }))
      .addOption(threadsOption(say))
      .addOption(jsonOption(say))
      .action(async (from: string, to: string, { type, force = false, threads, json }: Flags) => {
        const { mixtureOf } = await import("../../../models/index.ts");
        mixtureOf(type);
        refuseOtherUse(from, "chat");
        await refuseExisting([to], force, [from]);
        const line = new ProgressLine(around.errors);
        try {
          const { path } = await resolveModel(await ofRun(from), { signal: around.signals.signal, onProgress: pullReporter(line, around) });
          const result = await written(path, to, { type, threads }, line, around);
          line.end();
          around.output.write(json ? `${JSON.stringify(result)}\n` : told(result, around));
        } finally {
          line.end();
        }
      });
  },
};
