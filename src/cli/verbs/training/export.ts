// inkstone export RUN_OR_FOLDER --format hf|gguf: a trained model in the form that others open.
import { mkdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Option } from "commander";
import { InkstoneError } from "../../../core/index.ts";
import { readTextFile } from "../../../formats/index.ts";
import { jsonOption } from "../../options.ts";
import { refuseExisting } from "../../outputs.ts";
import { ProgressLine, type Surroundings, shown } from "../../terminal.ts";
import { told, written } from "../models/quantized.ts";
import type { Verb } from "../verb.ts";

interface Flags {
  readonly format: "hf" | "gguf";
  readonly type?: string;
  readonly chatTemplate?: string;
  readonly output?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

const MOST_TEMPLATE = 1 << 20;

/** The verb `export`. Errors: E_USAGE, E_MODEL_FILE_MISSING, those of `openRun`, `exportRun` and `quantizeModel`. */
export const verb: Verb = {
  name: "export",
  define(command, say, around) {
    command
      .summary(say({ en: "a run or a folder as a hub folder or a GGUF file", zh: "将训练结果导出为 hub 文件夹或 GGUF 文件" }))
      .description(
        say({
          en: "Writes the best weights of a run, or a folder with config.json: hf is a folder that transformers opens, gguf a file that llama.cpp runs. What was written is opened again and compared.",
          zh: "导出一次训练的最佳权重，或含 config.json 的文件夹：hf 为 transformers 可打开的文件夹，gguf 为 llama.cpp 可运行的文件。写出后会重新打开并核对。",
        }),
      )
      .argument("<from>", say({ en: "the folder of a run, or one with config.json", zh: "训练运行的文件夹，或含 config.json 的文件夹" }))
      .addOption(new Option("--format <f>", say({ en: "what to write", zh: "导出格式" })).choices(["hf", "gguf"]).makeOptionMandatory())
      .option("--type <t>", say({ en: "of gguf: f16 (default), q8_0, q4_k_m, …", zh: "gguf 的类型：f16（默认）、q8_0、q4_k_m 等" }))
      .option(
        "--chat-template <t>",
        say({
          en: "of a run: how chats are written: chatml (its tokenizer needs <|im_start|> and <|im_end|>), or a file with a template in Jinja",
          zh: "仅用于训练运行：对话的写法：chatml（分词器须有 <|im_start|> 和 <|im_end|>），或含 Jinja 模板的文件",
        }),
      )
      .option("--output <path>", say({ en: "where (default: FROM-hub, FROM-TYPE.gguf)", zh: "输出位置（默认：来源名-hub 或 来源名-类型.gguf）" }))
      .option("--force", say({ en: "replace what is there", zh: "覆盖已有内容" }))
      .addOption(jsonOption(say))
      .action(async (from: string, flags: Flags) => {
        const isRun = await isFile(join(from, "recipe.json"));
        if (!isRun && !(await isFile(join(from, "config.json")))) throw new InkstoneError("E_MODEL_FILE_MISSING", { path: `${from}/recipe.json` });
        if (flags.chatTemplate !== undefined && !isRun) {
          const why = {
            en: "--chat-template belongs to a run: write chat_template.jinja into the folder.",
            zh: "--chat-template 仅用于训练运行：请在该文件夹中写入 chat_template.jinja。",
          };
          throw new InkstoneError("E_USAGE", { why });
        }
        await (flags.format === "hf" ? toFolder(from, isRun, flags, around) : toFile(from, isRun, flags, around));
      });
  },
};

const isFile = (path: string) =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

async function toFolder(
  from: string,
  isRun: boolean,
  { type, chatTemplate, output, force = false, json }: Flags,
  around: Surroundings,
): Promise<void> {
  const refuse = (en: string, zh: string) => new InkstoneError("E_USAGE", { why: { en, zh } });
  if (type !== undefined) throw refuse("--type belongs to --format gguf.", "--type 仅用于 --format gguf。");
  if (!isRun) throw refuse("the folder is in that form already.", "该文件夹已是此格式。");
  const path = resolve(output ?? `${resolve(from)}-hub`);
  await refuseExisting([path], force, [from]);
  await hubFolderOf(from, path, chatTemplate);
  around.output.write(json ? `${JSON.stringify({ path, format: "hf" })}\n` : `${shown(path, around.output)}\n`);
}

// A run becomes a folder first, beside the file, and the folder the file.
async function toFile(
  from: string,
  isRun: boolean,
  { type: given = "f16", chatTemplate, output, force = false, json }: Flags,
  around: Surroundings,
): Promise<void> {
  const { mixtureOf } = await import("../../../models/index.ts");
  const type = mixtureOf(given).name;
  const to = resolve(output ?? `${resolve(from)}-${type}.gguf`);
  await refuseExisting([to], force, [from]);
  const line = new ProgressLine(around.errors);
  const between = join(`${to}.hub`, basename(resolve(from)));
  try {
    if (isRun) await hubFolderOf(from, between, chatTemplate);
    const result = await written(isRun ? between : resolve(from), to, { type }, line, around);
    line.end();
    around.output.write(json ? `${JSON.stringify({ ...result, format: "gguf" })}\n` : told(result, around));
  } finally {
    line.end();
    if (isRun) await rm(dirname(between), { recursive: true, force: true });
  }
}

async function hubFolderOf(run: string, to: string, template: string | undefined): Promise<void> {
  const { exportRun, openRun } = await import("../../../train/index.ts");
  const chatTemplate = template !== undefined && (await isFile(template)) ? await readTextFile(template, MOST_TEMPLATE) : template;
  const opened = await openRun(run);
  await mkdir(dirname(to), { recursive: true });
  await exportRun(opened, to, chatTemplate === undefined ? {} : { chatTemplate });
}
