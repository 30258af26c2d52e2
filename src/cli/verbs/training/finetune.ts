// inkstone finetune MODEL DATA: a model made one's own. The door: what the model declares itself to be decides which of the files of finetuning/ does the work.
import { Option } from "commander";
import { jsonOption, numberOption, type Say } from "../../options.ts";
import { refuseRanks } from "../../ranks.ts";
import type { Verb } from "../verb.ts";
import { type DecoderFlags, finetuneDecoder } from "./finetuning/decoder.ts";
import { addEncoderOptions, type EncoderFlags, refuseForeign, tuneEncoder } from "./finetuning/encoder.ts";

type Command = Parameters<Verb["define"]>[0];

/** The verb `finetune`. Errors: those of `finetune`. Ctrl-C and SIGTERM save first: exit 130 and 143. */
export const verb: Verb = {
  name: "finetune",
  define(command, say, around) {
    command
      .summary(say({ en: "fine-tune a model on rows of your own", zh: "用自己的数据微调模型" }))
      .description(
        say({
          en: "Fine-tunes a language model on rows (JSONL, JSON, CSV, text): messages, prompt and completion, Alpaca, ShareGPT, plain text; for dpo and orpo chosen and rejected. The loss is on the answers alone. What comes of it lies in the folder: an adapter as peft reads it, or a whole model. An encoder (minilm, bge-small-zh, a folder) is tuned for a --task.",
          zh: "用数据行（JSONL、JSON、CSV、文本）微调语言模型：messages、prompt 与 completion、Alpaca、ShareGPT、纯文本；dpo 与 orpo 需 chosen 与 rejected。只在回答上计算损失。结果写入文件夹：peft 可读的适配器，或完整模型。编码器（minilm、bge-small-zh、文件夹）按 --task 微调。",
        }),
      )
      .argument(
        "<model>",
        say({ en: "a catalogue name, a hub name, a .gguf file or a folder of the hub", zh: "内置模型名、hub 名、.gguf 文件或 hub 文件夹" }),
      )
      .argument("<data>", say({ en: "the file of rows", zh: "数据文件" }))
      .requiredOption("--output <dir>", say({ en: "the folder of the run and of what comes of it", zh: "运行及结果的文件夹" }));
    addMethod(command, say);
    addTraining(command, say);
    addEncoderOptions(command, say);
    command
      .option("--resume", say({ en: "go on with a run that was stopped", zh: "继续中断的运行" }))
      .addOption(jsonOption(say))
      .action(async (model: string, data: string, flags: DecoderFlags & EncoderFlags) => {
        await refuseRanks("finetune");
        const { isEncoder } = await import("../../../generate/index.ts");
        const reads = await isEncoder(model);
        refuseForeign(flags, reads);
        return reads ? tuneEncoder(model, data, flags, around) : finetuneDecoder(model, data, flags, around);
      });
  },
};

const names = (text: string): string[] =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");

function addMethod(command: Command, say: Say): void {
  const whole = (flags: string, words: string, most: number) => numberOption(flags, words, { least: 1, most, whole: true });
  command
    .addOption(
      new Option(
        "--method <m>",
        say({
          en: "low-rank matrices (on packed blocks: qlora), every weight, or preferences; of an encoder every weight (full), or pairs of few examples (setfit)",
          zh: "低秩矩阵（量化块上为 qlora）、全部权重，或偏好；编码器为全部权重（full），或少量样本成对学习（setfit）",
        }),
      ).choices(["lora", "full", "qlora", "dpo", "orpo", "setfit"]),
    )
    .addOption(whole("--rank <r>", say({ en: "width of the low-rank matrices (default: 16)", zh: "低秩矩阵的秩（默认：16）" }), 1024))
    .addOption(
      numberOption("--alpha <a>", say({ en: "their weight (default: twice the rank)", zh: "缩放系数（默认：秩的两倍）" }), {
        least: 1e-6,
        most: 1e6,
      }),
    )
    .addOption(
      numberOption(
        "--dropout <p>",
        say({ en: "share of inputs that is dropped (default: 0; of an encoder 0.1)", zh: "输入丢弃比例（默认：0；编码器 0.1）" }),
        {
          least: 0,
          most: 0.99,
        },
      ),
    )
    .option(
      "--targets <names>",
      say({ en: "modules: q_proj,v_proj … (default: all of the blocks)", zh: "模块：q_proj,v_proj …（默认：各层全部）" }),
      names,
    )
    .option("--rslora", say({ en: "scale by alpha / sqrt(rank)", zh: "按 alpha / sqrt(rank) 缩放" }))
    .option("--dora", say({ en: "train sizes apart from directions", zh: "大小与方向分开训练（DoRA）" }))
    .addOption(
      numberOption("--beta <b>", say({ en: "of dpo and orpo (default: 0.1)", zh: "dpo 与 orpo 的系数（默认：0.1）" }), { least: 1e-6, most: 1e3 }),
    );
}

function addTraining(command: Command, say: Say): void {
  const whole = (flags: string, en: string, zh: string, least = 1) =>
    command.addOption(numberOption(flags, say({ en, zh }), { least, most: 1e9, whole: true }));
  const share = (flags: string, en: string, zh: string) => command.addOption(numberOption(flags, say({ en, zh }), { least: 0, most: 0.99 }));
  whole(
    "--epochs <n>",
    "passes over the rows (default: 3; of preferences 1; of an encoder 3 to 15, by its rows a label)",
    "训练轮数（默认：3；偏好为 1；编码器按每个标签的行数为 3 到 15）",
  );
  whole("--steps <n>", "most steps", "最多步数");
  command.addOption(numberOption("--minutes <n>", say({ en: "most minutes", zh: "最多分钟数" }), { least: 1e-3, most: 1e6 }));
  command.addOption(
    numberOption(
      "--learning-rate <r>",
      say({
        en: "default: 2e-4, of all weights 2e-5, of preferences 5e-5, of an encoder 1e-4",
        zh: "默认：2e-4；全部权重 2e-5；偏好 5e-5；编码器 1e-4",
      }),
      {
        least: 1e-12,
        most: 1,
      },
    ),
  );
  share(
    "--warmup <share>",
    "share of the steps in which the rate rises (default: 0.05; of an encoder 0.1)",
    "学习率上升阶段的比例（默认：0.05；编码器 0.1）",
  );
  command.addOption(new Option("--schedule <s>", say({ en: "how the rate falls", zh: "学习率下降方式" })).choices(["cosine", "linear", "constant"]));
  whole("--batch <n>", "windows of a step, or pairs (default: 4; texts of an encoder: 32)", "每步的窗口数或偏好对数（默认：4；编码器为 32 条文本）");
  whole("--accumulate <n>", "steps that make one update (default: 1)", "累积步数（默认：1）");
  whole(
    "--max-length <n>",
    "most tokens of a row and of a window (default: 1024; of an encoder 256, for questions 384)",
    "每行与每窗口的最多词元数（默认：1024；编码器 256，问答 384）",
    16,
  );
  command.addOption(new Option("--precision <p>", say({ en: "of products", zh: "乘积精度" })).choices(["f32", "bf16"]));
  share("--validation <share>", "share of the rows that is kept for validation (default: 0.1)", "留作验证的比例（默认：0.1）");
  command.option("--validation-data <file>", say({ en: "rows for validation in a file of their own", zh: "单独的验证数据文件" }));
  whole("--every <n>", "steps between looks at the validation rows (default: four a pass)", "两次验证之间的步数（默认：每轮四次）");
  whole(
    "--patience <n>",
    "looks without a better one until it stops; 0: never (default: 3; of an encoder 0)",
    "多少次验证无改进后停止；0 为不停（默认：3；编码器 0）",
    0,
  );
  command.option("--recompute", say({ en: "less memory for a third more time", zh: "以三分之一的时间换取更少内存" }));
  command.addOption(
    new Option("--template <t>", say({ en: "none: prompt and answer as plain text", zh: "none：提示词与回答作为纯文本" })).choices(["auto", "none"]),
  );
  whole("--seed <n>", "for the same run again", "用于复现", 0);
}
