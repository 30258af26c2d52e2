// inkstone classify MODEL [TEXT | -] and classify MODEL --input TABLE --output TABLE: the answers of a text classifier. What `classify train` does stands beside it.
import { Option } from "commander";
import { counted, InkstoneError } from "../../../core/index.ts";
import type { BecauseMethod, Classification, Classifier } from "../../../generate/index.ts";
import { readAll } from "../../input.ts";
import { numberOption, type Say } from "../../options.ts";
import { addTableOptions, formLine, type TableFlags, tableForm } from "../../tables.ts";
import { isTerminal, ProgressLine, type Surroundings, shown } from "../../terminal.ts";
import type { Verb } from "../verb.ts";
import { addTraining } from "./classify-train.ts";

interface AskFlags extends TableFlags {
  readonly because: number;
  readonly by?: BecauseMethod;
  readonly input?: string;
  readonly output?: string;
  readonly text?: string;
  readonly skipBad?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** The verb `classify`. Errors: E_USAGE, E_INPUT_EMPTY, E_INPUT_SIZE, E_IO_CREATE, those of `trainFromTable`, `classifyTable` and `TextClassifier.load`. */
export const verb: Verb = {
  name: "classify",
  define(command, say, around) {
    command
      .summary(say({ en: "train a text classifier, or ask one", zh: "训练文本分类器，或用它分类" }))
      .description(
        say({
          en: "The label of a text, with confidence and the words that decided; or a whole table, with `label` and `confidence` added. `classify train` makes the classifier from examples.",
          zh: "给出文本的标签、置信度和起决定作用的词；也可为整张表格添加 label 与 confidence 两列。`classify train` 从样本训练分类器。",
        }),
      )
      .argument(
        "<model>",
        say({ en: "what `classify train` or `finetune` wrote: a file or folder", zh: "由 `classify train` 或 `finetune` 写出的文件或文件夹" }),
      )
      .argument("[text]", say({ en: "the text; - or none reads standard input, a text a line", zh: "文本；- 或省略时从标准输入读取，每行一条" }))
      .option(
        "--input <table>",
        say({ en: "classify the rows of a table: CSV, TSV, JSONL, JSON or Parquet", zh: "为表格逐行分类：CSV、TSV、JSONL、JSON 或 Parquet" }),
      )
      .option(
        "--output <table>",
        say({ en: "where that table goes with its answers: .csv, .tsv or .jsonl", zh: "带结果的表格写入何处：.csv、.tsv 或 .jsonl" }),
      )
      .option("--text <column>", say({ en: "its column with the text (default: the one that looks like it)", zh: "文本所在列（默认：自动判断）" }))
      .addOption(
        numberOption("--because <n>", say({ en: "words that decided, at most so many", zh: "最多列出几个关键词" }), {
          least: 0,
          most: 100,
          whole: true,
        }).default(5),
      )
      .addOption(
        new Option(
          "--by <method>",
          say({
            en: "how these words are weighed (default: integrated-gradients of a tuned encoder, else leaving-out)",
            zh: "关键词权重的求法（默认：微调编码器用 integrated-gradients，其余用 leaving-out）",
          }),
        ).choices(["leaving-out", "gradient-x-input", "integrated-gradients"]),
      )
      .option("--skip-bad", say({ en: "leave broken rows out and count them", zh: "跳过并统计损坏的行" }))
      .option("--force", say({ en: "replace the output if it is there", zh: "若输出文件已存在则覆盖" }))
      .addOption(new Option("--json", say({ en: "print one JSON object a text", zh: "每条文本输出一个 JSON 对象" })));
    addTableOptions(command, say).action((model: string, text: string | undefined, flags: AskFlags) => ask(model, text, flags, around));
    addTraining(command, say, around);
  },
};

const usage = (en: string, zh: string) => new InkstoneError("E_USAGE", { why: { en, zh } });

async function ask(path: string, given: string | undefined, flags: AskFlags, around: Surroundings): Promise<void> {
  const { input, output } = flags;
  if ((input === undefined) !== (output === undefined)) throw usage("--input and --output go together.", "--input 与 --output 须同时给出。");
  if (input !== undefined && given !== undefined) throw usage("Give a text or --input, not both.", "文本与 --input 只能给出一个。");
  const { TextClassifier } = await import("../../../pipelines/index.ts");
  if (input === undefined && given !== undefined) await refuseTable(given);
  const classifier = await TextClassifier.load(path);
  try {
    if (input !== undefined && output !== undefined) await table(classifier, input, output, flags, around);
    else await askTexts(classifier, given, flags, around);
  } finally {
    await classifier.close();
  }
}

async function askTexts(classifier: Classifier, given: string | undefined, { because, by, json }: AskFlags, around: Surroundings): Promise<void> {
  const texts = given === undefined || given === "-" ? linesOf(await readAll(around.input)) : [given];
  if (texts.every((text) => text.trim() === "")) throw new InkstoneError("E_INPUT_EMPTY", { what: { en: "the text", zh: "文本" } });
  for (const text of texts) {
    // An empty line has an empty answer: line n of the answers is that of line n.
    const answer = text.trim() === "" ? undefined : await classifier.classify(text, { because, by });
    if (json) around.output.write(`${JSON.stringify({ text, ...(answer ?? { label: null, confidence: null }) })}\n`);
    else around.output.write(answer === undefined ? "\n" : shown(line(answer, around.say), around.output));
  }
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

// A file of data is hardly ever meant as the text itself.
async function refuseTable(given: string): Promise<void> {
  if (!/\.(csv|tsv|tab|jsonl|ndjson|json|parquet|txt)(\.gz|\.zip)?$/i.test(given)) return;
  const { stat } = await import("node:fs/promises");
  const isFile = await stat(given).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) return;
  throw usage(
    `"${given}" is a file: classify its rows with --input ${given} --output TABLE.`,
    `“${given}”是文件：请用 --input ${given} --output 表格 为其逐行分类。`,
  );
}

async function table(classifier: Classifier, input: string, output: string, flags: AskFlags, around: Surroundings): Promise<void> {
  const { output: terminal, errors, signals, say } = around;
  const { refuseExisting } = await import("../../outputs.ts");
  await refuseExisting([output], flags.force ?? false, [input]);
  const { classifyTable } = await import("../../../pipelines/index.ts");
  const bar = new ProgressLine(errors);
  const onProgress = (done: number) => isTerminal(errors) && bar.update(say({ en: counted(done, "row"), zh: `${done} 行` }), done, done);
  const { text, skipBad } = flags;
  try {
    const done = await classifyTable(classifier, input, output, { ...tableForm(flags), text, skipBad, signal: signals.signal, onProgress });
    bar.end();
    errors.write(formLine(done.form, say));
    const skipped = done.skipped.length;
    if (flags.json) {
      const { rows, empty, text, added } = done;
      terminal.write(`${JSON.stringify({ output, rows, empty, skipped, text, added, ...done.form })}\n`);
      return;
    }
    const left = [
      ...(done.empty > 0 ? [say({ en: `${done.empty} without a text`, zh: `${done.empty} 行没有文本` })] : []),
      ...(skipped > 0 ? [say({ en: `${counted(skipped, "broken row")} left out`, zh: `跳过 ${skipped} 条损坏的行` })] : []),
    ];
    const more = left.length === 0 ? "" : say({ en: ` (${left.join(", ")})`, zh: `（${left.join("，")}）` });
    const en = `${counted(done.rows, "row")} by ${done.rows === 1 ? "its" : "their"} column "${done.text}", written to ${output} with ${done.added.join(" and ")}${more}.\n`;
    const zh = `已按“${done.text}”列分类 ${done.rows} 行，连同 ${done.added.join("、")} 写入 ${output}${more}。\n`;
    terminal.write(shown(say({ en, zh }), terminal));
  } finally {
    bar.end();
  }
}

function line({ label, confidence, because = [], unknown }: Classification, say: Say): string {
  const words = because.map(({ text, weight }) => `${text} ${weight > 0 ? "+" : "−"}${Math.abs(weight).toFixed(2)}`);
  const reason = unknown
    ? say({ en: "  (nothing in it is known)", zh: "（其中没有学过的内容）" })
    : words.length > 0
      ? say({ en: `  (because of: ${words.join(", ")})`, zh: `（依据：${words.join("，")}）` })
      : "";
  return `${label}  ${(confidence * 100).toFixed(1)} %${reason}\n`;
}
