// inkstone classify MODEL [TEXT | -], classify MODEL --input TABLE --output TABLE, and inkstone classify train DATA: a text classifier from examples, and its answers.
import { type Command, Option } from "commander";
import { counted, InkstoneError } from "../../../core/index.ts";
import { writeFileDurably } from "../../../formats/index.ts";
import type { BecauseMethod, Classification, Classifier } from "../../../generate/index.ts";
import type { EncoderTrials, TextModelName, TriedName } from "../../../pipelines/index.ts";
import { readAll } from "../../input.ts";
import { jsonOption, numberOption, type Say } from "../../options.ts";
import { tuningProgress } from "../../progress/tuning.ts";
import { addTableOptions, formLine, type TableFlags, tableForm } from "../../tables.ts";
import { isTerminal, ProgressLine, type Surroundings, shown } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

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

interface TrainFlags extends TableFlags {
  readonly text: string;
  readonly label: string;
  readonly model?: TextModelName | "auto" | "tuned";
  readonly embeddings?: string;
  readonly folds: number;
  readonly minutes?: number;
  readonly seed: number;
  readonly output: string;
  readonly report?: string;
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

function addTraining(command: Command, say: Say, around: Surroundings): void {
  const training = command
    .command("train")
    .description(say({ en: "Tries models by cross-validation, keeps the best and saves it.", zh: "以交叉验证比较模型，保留最好的并保存。" }))
    .argument("<data>", say({ en: "CSV, TSV, JSONL, JSON or Parquet", zh: "CSV、TSV、JSONL、JSON 或 Parquet 文件" }))
    .option("--text <column>", say({ en: "column of the text", zh: "文本列" }), "text")
    .option("--label <column>", say({ en: "column of the label", zh: "标签列" }), "label")
    .addOption(
      new Option(
        "--model <name>",
        say({
          en: "which model; auto tries those that count words, vectors and a tuned encoder (default: the best that counts words)",
          zh: "模型；auto 会尝试词频模型、向量与微调编码器（默认：词频模型中最好的）",
        }),
      ).choices(["auto", "naive-bayes", "logistic-regression", "linear-svm", "embeddings", "joined", "tuned"]),
    )
    .option(
      "--embeddings <model>",
      say({
        en: "the encoder of embeddings, joined and tuned (default: minilm, for Chinese bge-small-zh)",
        zh: "embeddings、joined 与 tuned 使用的编码器（默认：minilm，中文为 bge-small-zh）",
      }),
    )
    .addOption(numberOption("--folds <n>", say({ en: "folds of the trial", zh: "交叉验证折数" }), { least: 2, most: 100, whole: true }).default(5))
    .addOption(
      numberOption(
        "--minutes <n>",
        say({
          en: "of auto: most minutes that a tuned encoder may take (default: 10; 0: no encoder is tried)",
          zh: "auto 时微调编码器最多用时（分钟，默认：10；0 表示不尝试编码器）",
        }),
        { least: 0, most: 1e5 },
      ),
    )
    .addOption(
      numberOption("--seed <n>", say({ en: "seed of everything random", zh: "随机种子" }), {
        least: 0,
        most: Number.MAX_SAFE_INTEGER,
        whole: true,
      }).default(0),
    )
    .option(
      "--output <file>",
      say({ en: "where the classifier goes; a tuned one is a folder", zh: "分类器写入的文件；tuned 写为文件夹" }),
      "classifier.json",
    )
    .option("--report <file>", say({ en: "also write the report: .html, .md or .json", zh: "同时写出报告：.html、.md 或 .json" }))
    .option("--skip-bad", say({ en: "leave broken rows out and count them", zh: "跳过并统计损坏的行" }))
    .option("--force", say({ en: "replace files that are there", zh: "覆盖已有文件" }))
    .addOption(jsonOption(say));
  addTableOptions(training, say).action((data: string, flags: TrainFlags) => train(data, flags, around));
}

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
      ...(skipped > 0 ? [say({ en: `${skipped} broken ${skipped === 1 ? "row" : "rows"} left out`, zh: `跳过 ${skipped} 条损坏的行` })] : []),
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

async function train(data: string, flags: TrainFlags, around: Surroundings): Promise<void> {
  const { output, errors, signals, say, language } = around;
  const { model: wanted, embeddings, folds, seed, text, label, skipBad, report } = flags;
  const model = wanted ?? "auto";
  if (model === "tuned") return tune(data, flags, around);
  const { refuseExisting } = await import("../../outputs.ts");
  await refuseExisting([flags.output, ...(report === undefined ? [] : [report])], flags.force ?? false, [data]);
  const { refuseReportName, reportAsText, reportFor, trainFromTable } = await import("../../../evaluate/index.ts");
  if (report !== undefined) refuseReportName(report);
  const bar = new ProgressLine(errors);
  const onProgress = (fraction: number, name: TriedName) =>
    isTerminal(errors) && bar.update(say({ en: `Trying ${name}`, zh: `正在尝试 ${name}` }), fraction, 1);
  try {
    const reading = { ...tableForm(flags), text, label, skipBad, signal: signals.signal };
    const encoders = wanted === "auto" ? await encoderTrials(data, flags, around) : undefined;
    const trained = await trainFromTable(data, { ...reading, model, embeddings, encoders, folds, seed, onProgress });
    bar.end();
    errors.write(formLine(trained.form, say));
    const { classifier, untriedMinutes } = trained;
    const saved = classifier.modelName === "tuned" ? folderName(flags.output) : flags.output;
    await classifier.save(saved);
    await classifier.close();
    const { evaluation, examples, skipped } = trained;
    if (report !== undefined && evaluation !== undefined)
      await writeFileDurably(report, reportFor(report, evaluation, { language, card: trained.classifier.card }));
    const tried = trained.scores.map(({ model, accuracy, macroF1, seconds, folds }) => ({
      model,
      accuracy: accuracy.mean,
      macroF1: macroF1.mean,
      seconds,
      folds,
    }));
    const facts = {
      output: saved,
      examples,
      skipped: skipped.length,
      tried,
      report: evaluation?.report ?? null,
      ...(untriedMinutes === undefined ? {} : { untriedMinutes }),
      folds: trained.folds ?? null,
    };
    if (flags.json) output.write(`${JSON.stringify({ ...facts, ...trained.form })}\n`);
    else {
      const told = evaluation === undefined ? "" : `${triedTable(tried, say)}\n${reportAsText(evaluation, { language, worst: 3 })}\n`;
      const left = wanted === undefined ? wordsLine(say) : untriedMinutes === undefined ? "" : untriedLine(untriedMinutes, say);
      output.write(shown(`${told}${left}${trialLine(trained.folds, say)}${summary(saved, examples, skipped.length, say)}`, output));
    }
  } finally {
    bar.end();
  }
}

// A tuned encoder is a folder: it lies where it was wanted, whatever that is called.
const folderName = (output: string): string => (output === "classifier.json" ? "classifier" : output);

// What auto tries beside counted words: encoders that are on this machine. Nothing is fetched unasked.
async function encoderTrials(data: string, flags: TrainFlags, around: Surroundings): Promise<EncoderTrials | undefined> {
  const { output, say } = around;
  const { minutes = 10, embeddings, text, label, skipBad } = flags;
  if (minutes === 0) return undefined;
  const { languageOfTexts, readExamples, usualEmbeddings } = await import("../../../pipelines/index.ts");
  const { localPath } = await import("../../../hub/index.ts");
  const { examples } = await readExamples(data, { ...tableForm(flags), text, label, skipBad });
  const reference = embeddings ?? usualEmbeddings[languageOfTexts(examples.slice(0, 1000).map((row) => row.text))];
  const folder = folderName(flags.output);
  const { refuseExisting } = await import("../../outputs.ts");
  if (folder !== flags.output) await refuseExisting([folder], flags.force ?? false, [data]);
  if (embeddings !== undefined || (await localPath(reference)) !== undefined) return { folder, minutes };
  const en = `${reference} is not on this machine: after \`inkstone pull ${reference}\` auto tries it, too.\n`;
  const zh = `本机没有 ${reference}：执行 \`inkstone pull ${reference}\` 后，auto 也会尝试它。\n`;
  if (!flags.json) output.write(shown(say({ en, zh }), output));
  return undefined;
}

const wordsLine = (say: Say): string =>
  say({ en: "Encoders were not tried: --model auto tries them, too.\n", zh: "未尝试编码器：--model auto 也会尝试它们。\n" });

function untriedLine(minutes: number, say: Say): string {
  const most = Math.ceil(minutes);
  return say({
    en: `A tuned encoder was not tried: it would take about ${most} minutes (--minutes ${most + 1}).\n`,
    zh: `未尝试微调编码器：约需 ${most} 分钟（--minutes ${most + 1}）。\n`,
  });
}

// An encoder tuned for the labels: a folder instead of a file.
async function tune(data: string, flags: TrainFlags, around: Surroundings): Promise<void> {
  const { output, errors, signals, say } = around;
  const { embeddings, seed, text, label } = flags;
  const folder = folderName(flags.output);
  const { refuseExisting } = await import("../../outputs.ts");
  await refuseExisting([folder], flags.force ?? false, [data]);
  const { finetuneEncoder, languageOfTexts, readExamples, usualEmbeddings } = await import("../../../pipelines/index.ts");
  const language = languageOfTexts(
    (await readExamples(data, { ...tableForm(flags), text, label, skipBad: flags.skipBad })).examples.slice(0, 1000).map((row) => row.text),
  );
  const bar = new ProgressLine(errors);
  const onStep = tuningProgress(bar, around);
  try {
    const reference = embeddings ?? usualEmbeddings[language];
    const tuned = await finetuneEncoder(reference, data, { task: "classify", output: folder, seed, text, label, signal: signals.signal, onStep });
    bar.end();
    if (flags.json) output.write(`${JSON.stringify(tuned)}\n`);
    else {
      const seen =
        tuned.best === undefined
          ? ""
          : Object.entries(tuned.best.metrics)
              .map(([name, value]) => `${name} ${value.toFixed(4)}`)
              .join("  ");
      output.write(shown(`${seen === "" ? "" : `${seen}\n`}${summary(folder, tuned.examples, 0, say)}`, output));
    }
  } finally {
    bar.end();
  }
}

function trialLine(folds: { readonly repeats: number; readonly untested: readonly (string | number)[] } | undefined, say: Say): string {
  if (folds === undefined)
    return say({
      en: "Not tried: no label has two different texts. How good it is is not known.\n",
      zh: "未做交叉验证：没有任何标签拥有两条不同的文本。效果未知。\n",
    });
  const { repeats, untested } = folds;
  const names = untested.slice(0, 5).join(", ");
  return [
    repeats > 0
      ? say({
          en: `${counted(repeats, "text")} ${repeats === 1 ? "repeats another and was kept in its fold" : "repeat others and were kept in their folds"}.\n`,
          zh: `有 ${repeats} 条文本重复，已与相同文本放在同一折。\n`,
        })
      : "",
    untested.length > 0
      ? say({
          en: `Learned but not tested, having one text: ${names}${untested.length > 5 ? " …" : ""}\n`,
          zh: `只有一条文本、已学习但无法测试的标签：${names}${untested.length > 5 ? " …" : ""}\n`,
        })
      : "",
  ].join("");
}

interface TriedRow {
  readonly model: string;
  readonly accuracy: number;
  readonly macroF1: number;
  readonly seconds: number;
  readonly folds: number;
}

function triedTable(tried: readonly TriedRow[], say: Say): string {
  const most = Math.max(...tried.map(({ folds }) => folds));
  const rows = tried.map(({ model, accuracy, macroF1, seconds, folds }, i) => {
    const fewer = folds < most ? say({ en: `  (${folds} of ${most} folds)`, zh: `（${most} 折中的 ${folds} 折）` }) : "";
    const named = `${i === 0 ? "*" : " "} ${model.padEnd(20)}`;
    const en = `${named} accuracy ${accuracy.toFixed(4)}  macro F1 ${macroF1.toFixed(4)}  ${seconds.toFixed(1).padStart(7)} s${fewer}`;
    const zh = `${named} 准确率 ${accuracy.toFixed(4)}  宏平均 F1 ${macroF1.toFixed(4)}  ${seconds.toFixed(1).padStart(7)} 秒${fewer}`;
    return say({ en, zh });
  });
  return `${rows.join("\n")}\n`;
}

function summary(path: string, examples: number, skipped: number, say: Say): string {
  return say({
    en: `Saved to ${path}: learned from ${counted(examples, "example")}${skipped > 0 ? `, ${skipped} broken ${skipped === 1 ? "row" : "rows"} left out` : ""}.\n`,
    zh: `已保存到 ${path}：使用 ${examples} 条样本${skipped > 0 ? `，跳过 ${skipped} 条损坏的行` : ""}。\n`,
  });
}
