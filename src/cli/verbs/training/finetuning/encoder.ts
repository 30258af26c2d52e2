// What `finetune` does with an encoder: classes, pairs, tags, answers, likeness or hidden words, from a file of rows to a folder.
import { type Command, Option } from "commander";
import { counted, InkstoneError } from "../../../../core/index.ts";
import type { EncoderTask, FinetunedEncoder, FinetuneEncoderOptions } from "../../../../pipelines/index.ts";
import { numberOption, type Say } from "../../../options.ts";
import { tuningProgress } from "../../../progress/tuning.ts";
import { ProgressLine, type Surroundings, shown } from "../../../terminal.ts";

/** Flags that an encoder takes. */
export interface EncoderFlags {
  readonly task?: EncoderTask | "several";
  readonly method?: string;
  readonly output: string;
  readonly text?: string;
  readonly second?: string;
  readonly label?: string;
  readonly classWeights?: "balanced";
  readonly hardNegatives?: number;
  readonly dropout?: number;
  readonly warmup?: number;
  readonly validationData?: string;
  readonly maxLength?: number;
  readonly epochs?: number;
  readonly batch?: number;
  readonly learningRate?: number;
  readonly patience?: number;
  readonly precision?: "f32" | "bf16";
  readonly seed?: number;
  readonly json?: boolean;
}

const tasks = ["classify", "pair", "tag", "qa", "similarity", "words", "several"] as const;

const own = ["task", "text", "second", "label", "classWeights", "hardNegatives"];
const shared = [
  "output",
  "method",
  "dropout",
  "warmup",
  "json",
  "validationData",
  "maxLength",
  "epochs",
  "batch",
  "learningRate",
  "patience",
  "precision",
  "seed",
];

const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Nothing is ignored: options of the other kind of model are refused by name. Errors: E_USAGE. */
export function refuseForeign(flags: { readonly method?: string }, isEncoder: boolean): void {
  refuseMethod(flags.method, isEncoder);
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  const foreign = given.find(([name]) => (isEncoder ? !own.includes(name) && !shared.includes(name) : own.includes(name)));
  if (foreign === undefined) return;
  const flag = flagOf(foreign[0]);
  const [en, zh] = isEncoder
    ? ["language models, not of encoders", "语言模型，不适用于编码器"]
    : ["encoders, not of language models", "编码器，不适用于语言模型"];
  throw new InkstoneError("E_USAGE", { why: { en: `${flag} is an option of ${en}.`, zh: `${flag} 仅用于${zh}。` } });
}

const encoderMethods: readonly (string | undefined)[] = ["full", "setfit"] satisfies FinetuneEncoderOptions["method"][];
const isEncoderMethod = (method: string | undefined): method is FinetuneEncoderOptions["method"] =>
  method === undefined || encoderMethods.includes(method);

function refuseMethod(method: string | undefined, isEncoder: boolean): void {
  if (isEncoder ? isEncoderMethod(method) : method !== "setfit") return;
  const why = isEncoder
    ? { en: `An encoder is tuned with --method full or setfit, not ${method}.`, zh: `编码器的 --method 为 full 或 setfit，不支持 ${method}。` }
    : { en: "--method setfit is for encoders.", zh: "--method setfit 仅用于编码器。" };
  throw new InkstoneError("E_USAGE", { why });
}

/** Adds the options that only an encoder takes. */
export function addEncoderOptions(command: Command, say: Say): void {
  command
    .addOption(
      new Option(
        "--task <task>",
        say({
          en: "of an encoder: what it is tuned for; several: DATA is JSON, {name: {task, data, text, label}}, and each has a folder in DIR",
          zh: "编码器的微调任务；several：数据为 JSON，{名称: {task, data, text, label}}，每个任务在输出文件夹中各占一个子文件夹",
        }),
      ).choices(tasks),
    )
    .option(
      "--text <column>",
      say({
        en: "of an encoder: the column of the text (default: text, else the one that looks like it; of pairs first)",
        zh: "编码器：文本列（默认 text，没有则自动判断；成对文本为 first）",
      }),
    )
    .option("--second <column>", say({ en: "of an encoder: the column of the second text", zh: "编码器：第二文本列" }))
    .option("--label <column>", say({ en: "of an encoder: the column of the label, tags or score", zh: "编码器：标签、词标签或分数所在列" }))
    .addOption(
      new Option(
        "--class-weights <how>",
        say({ en: "of an encoder: rare labels weigh as much as frequent ones", zh: "编码器：让少见标签与常见标签同等权重" }),
      ).choices(["balanced"]),
    )
    .addOption(
      numberOption(
        "--hard-negatives <n>",
        say({
          en: "of an encoder, for similarity: texts a row that only look as if they belonged to it, found by the encoder",
          zh: "编码器 similarity 任务：每行由编码器找出的易混淆负例数",
        }),
        { least: 1, most: 16, whole: true },
      ),
    );
}

// Columns that were not named and are not called so: told, since they were guessed.
function columnsLine({ columns }: FinetunedEncoder, say: Say): string {
  if (columns === undefined || (columns.text === "text" && columns.label === "label")) return "";
  const { text, label } = columns;
  return say({ en: `Texts in column ${text}, labels in ${label}.\n`, zh: `文本列：${text}；标签列：${label}。\n` });
}

/** Tunes an encoder. Errors: `E_USAGE` without a task; those of `finetuneEncoder`. */
export async function tuneEncoder(reference: string, data: string, flags: EncoderFlags, around: Surroundings): Promise<void> {
  const { output, errors, signals, say } = around;
  const { method, hardNegatives, dropout, warmup: warmUp } = flags;
  const {
    task,
    text,
    second,
    label,
    classWeights,
    validationData: validation,
    maxLength,
    epochs,
    batch,
    learningRate,
    patience,
    precision,
    seed,
  } = flags;
  if (task === undefined)
    throw new InkstoneError("E_USAGE", {
      why: { en: `An encoder is tuned for a task: give --task ${tasks.join("|")}.`, zh: `编码器需指定任务：请给出 --task ${tasks.join("|")}。` },
    });
  if (task === "several") return tuneSeveral(reference, data, flags, around);
  const { refuseExisting } = await import("../../../outputs.ts");
  await refuseExisting([flags.output], false, [data]);
  const { finetuneEncoder } = await import("../../../../pipelines/index.ts");
  const bar = new ProgressLine(errors);
  const onStep = tuningProgress(bar, around);
  try {
    const columns = { text, second, label, validation, maxLength };
    const how = {
      method: isEncoderMethod(method) ? method : undefined,
      epochs,
      batchSize: batch,
      learningRate,
      patience,
      precision,
      seed,
      classWeights,
      hardNegatives,
      dropout,
      warmUp,
    };
    const given = Object.fromEntries(Object.entries({ ...columns, ...how }).filter(([, value]) => value !== undefined));
    const tuned = await finetuneEncoder(reference, data, { ...given, task, output: flags.output, signal: signals.signal, onStep });
    bar.end();
    errors.write(shown(columnsLine(tuned, say), errors));
    if (flags.json) return void output.write(`${JSON.stringify(tuned)}\n`);
    output.write(shown(tunedLines(tuned, say), output));
  } finally {
    bar.end();
  }
}

function tunedLines(tuned: FinetunedEncoder, say: Say): string {
  const lines = tuned.looks.map(({ epoch, loss, metrics }) => {
    const named = Object.entries(metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`);
    const kept = epoch === tuned.best?.epoch ? "*" : " ";
    return `${kept} ${say({ en: "epoch", zh: "轮次" })} ${epoch + 1}  ${say({ en: "loss", zh: "损失" })} ${loss.toFixed(4)}  ${named.join("  ")}\n`;
  });
  const en = `Saved to ${tuned.output}: ${counted(tuned.examples, "example")}, ${tuned.examplesPerSecond.toFixed(1)} a second${tuned.cut > 0 ? `; ${counted(tuned.cut, "text")} cut` : ""}.\n`;
  const zh = `已保存到 ${tuned.output}：${tuned.examples} 条样本，每秒 ${tuned.examplesPerSecond.toFixed(1)} 条${tuned.cut > 0 ? `；截断 ${tuned.cut} 条文本` : ""}。\n`;
  const pairs = { en: "Learned by pairs of rows (setfit): labels have few.\n", zh: "每个标签的样本较少：已按成对样本学习（setfit）。\n" };
  return `${lines.join("")}${tuned.method === "setfit" ? say(pairs) : ""}${say({ en, zh })}`;
}

// What the list of tasks says of each is not said again beside it.
const ofEachTask: readonly (keyof EncoderFlags)[] = ["method", "text", "second", "label", "validationData", "hardNegatives", "patience"];

async function tuneSeveral(reference: string, data: string, flags: EncoderFlags, around: Surroundings): Promise<void> {
  const { output, errors, signals, say } = around;
  const foreign = ofEachTask.find((name) => flags[name] !== undefined);
  if (foreign !== undefined)
    throw new InkstoneError("E_USAGE", {
      why: { en: `${flagOf(foreign)} does not go with --task several.`, zh: `${flagOf(foreign)} 不能与 --task several 同用。` },
    });
  const { refuseExisting } = await import("../../../outputs.ts");
  await refuseExisting([flags.output], false, [data]);
  const { finetuneTogether, readSharedTasks } = await import("../../../../pipelines/index.ts");
  const bar = new ProgressLine(errors);
  const { maxLength, epochs, batch: batchSize, learningRate, precision, seed, classWeights, dropout, warmup: warmUp } = flags;
  const how = Object.fromEntries(
    Object.entries({ maxLength, epochs, batchSize, learningRate, precision, seed, classWeights, dropout, warmUp }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  try {
    const onStep = tuningProgress(bar, around);
    const tuned = await finetuneTogether(reference, await readSharedTasks(data), { ...how, output: flags.output, signal: signals.signal, onStep });
    bar.end();
    if (flags.json) output.write(`${JSON.stringify(tuned)}\n`);
    else for (const [name, each] of Object.entries(tuned)) output.write(shown(`${name}\n${tunedLines(each, say)}`, output));
  } finally {
    bar.end();
  }
}
