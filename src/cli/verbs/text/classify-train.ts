// inkstone classify train DATA: a text classifier from examples, tried by cross-validation, with its report and its answers.
import type { Command } from "commander";
import { counted, InkstoneError } from "../../../core/index.ts";
import { writeFileDurably } from "../../../formats/index.ts";
import type { EncoderTrials, TextModelName, TriedName } from "../../../pipelines/index.ts";
import { classifierOption, embeddingsOption, foldsOption, jsonOption, numberOption, type Say, seedOption } from "../../options.ts";
import { tuningProgress } from "../../progress/tuning.ts";
import { addTableOptions, formLine, type TableFlags, tableForm } from "../../tables.ts";
import { isTerminal, ProgressLine, type Surroundings, shown } from "../../terminal.ts";

interface TrainFlags extends TableFlags {
  readonly text: string;
  readonly label: string;
  readonly model?: TextModelName | "auto" | "tuned";
  readonly embeddings?: string;
  readonly folds: number;
  readonly balance?: boolean;
  readonly minutes?: number;
  readonly seed: number;
  readonly output: string;
  readonly report?: string;
  readonly answers?: string;
  readonly skipBad?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Adds `classify train`. Errors: E_USAGE, E_IO_CREATE, those of `trainFromTable`, `answersFile` and durable writes. */
export function addTraining(command: Command, say: Say, around: Surroundings): void {
  const training = command
    .command("train")
    .description(say({ en: "Tries models by cross-validation, keeps the best and saves it.", zh: "以交叉验证比较模型，保留最好的并保存。" }))
    .argument("<data>", say({ en: "CSV, TSV, JSONL, JSON or Parquet", zh: "CSV、TSV、JSONL、JSON 或 Parquet 文件" }))
    .option("--text <column>", say({ en: "column of the text", zh: "文本列" }), "text")
    .option("--label <column>", say({ en: "column of the label", zh: "标签列" }), "label")
    .addOption(
      classifierOption(
        say({
          en: "which model; auto tries those that count words, vectors and a tuned encoder (default: the best that counts words)",
          zh: "模型；auto 会尝试词频模型、向量与微调编码器（默认：词频模型中最好的）",
        }),
      ),
    )
    .addOption(embeddingsOption(say))
    .addOption(foldsOption(say, 5))
    .option(
      "--balance",
      say({
        en: "decide for the macro F1: moves the scores of labels as far as unseen rows gain by it, so that rare labels are found more often",
        zh: "以宏平均 F1 为准决定标签：依据未见过的行调整各标签的得分，使少数标签更易被识别",
      }),
    )
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
    .addOption(seedOption(say))
    .option(
      "--output <file>",
      say({ en: "where the classifier goes; a tuned one is a folder", zh: "分类器写入的文件；tuned 写为文件夹" }),
      "classifier.json",
    )
    .option("--report <file>", say({ en: "also write the report: .html, .md or .json", zh: "同时写出报告：.html、.md 或 .json" }))
    .option(
      "--answers <table>",
      say({
        en: "also write every answer of the trial, the most doubtful labels first: .csv, .tsv or .jsonl",
        zh: "同时写出交叉验证中的每个答案，标签最可疑的在前：.csv、.tsv 或 .jsonl",
      }),
    )
    .option("--skip-bad", say({ en: "leave broken rows out and count them", zh: "跳过并统计损坏的行" }))
    .option("--force", say({ en: "replace files that are there", zh: "覆盖已有文件" }))
    .addOption(jsonOption(say));
  addTableOptions(training, say).action((data: string, flags: TrainFlags) => train(data, flags, around));
}

async function train(data: string, flags: TrainFlags, around: Surroundings): Promise<void> {
  const { output, errors, signals, say, language } = around;
  const { model: wanted, embeddings, folds, balance, seed, text, label, skipBad, report, answers } = flags;
  const model = wanted ?? "auto";
  if (model === "tuned" && balance)
    throw new InkstoneError("E_USAGE", {
      why: {
        en: "--balance is not for --model tuned: `moderate train --model tuned` balances.",
        zh: "--balance 不适用于 --model tuned：请用 `moderate train --model tuned`。",
      },
    });
  if (model === "tuned") return tune(data, flags, around);
  const { refuseExisting } = await import("../../outputs.ts");
  await refuseExisting(
    [flags.output, report, answers].filter((path) => path !== undefined),
    flags.force ?? false,
    [data],
  );
  const { writtenKind } = await import("../../../data/index.ts");
  const { answersPieces, refuseReportName, reportAsText, reportFor, trainFromTable } = await import("../../../evaluate/index.ts");
  const kind = answers === undefined ? undefined : writtenKind(answers);
  if (report !== undefined) refuseReportName(report);
  const bar = new ProgressLine(errors);
  const onProgress = (fraction: number, name: TriedName) =>
    isTerminal(errors) && bar.update(say({ en: `Trying ${name}`, zh: `正在尝试 ${name}` }), fraction, 1);
  try {
    const reading = { ...tableForm(flags), text, label, skipBad, signal: signals.signal };
    const encoders = wanted === "auto" ? await encoderTrials(data, flags, around) : undefined;
    const trained = await trainFromTable(data, { ...reading, model, embeddings, encoders, folds, balance, seed, onProgress });
    bar.end();
    errors.write(formLine(trained.form, say));
    const { classifier, untriedMinutes } = trained;
    const saved = classifier.modelName === "tuned" ? folderName(flags.output) : flags.output;
    await classifier.save(saved);
    await classifier.close();
    const { evaluation, examples, skipped } = trained;
    if (report !== undefined && evaluation !== undefined)
      await writeFileDurably(report, reportFor(report, evaluation, { language, card: trained.classifier.card }));
    if (answers !== undefined && kind !== undefined && trained.answers !== undefined)
      await writeFileDurably(answers, answersPieces(trained.answers, kind));
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
    en: `A tuned encoder was not tried: it would take about ${counted(most, "minute")} (--minutes ${most + 1}).\n`,
    zh: `未尝试微调编码器：约需 ${most} 分钟（--minutes ${most + 1}）。\n`,
  });
}

// An encoder tuned for the labels: a folder instead of a file.
async function tune(data: string, flags: TrainFlags, around: Surroundings): Promise<void> {
  const { output, errors, signals, say } = around;
  const { embeddings, seed, text, label, answers } = flags;
  if (answers !== undefined) {
    const why = { en: "--answers needs a trial by folds: tuned has none.", zh: "--answers 需要交叉验证：tuned 没有交叉验证。" };
    throw new InkstoneError("E_USAGE", { why });
  }
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
    en: `Saved to ${path}: learned from ${counted(examples, "example")}${skipped > 0 ? `, ${counted(skipped, "broken row")} left out` : ""}.\n`,
    zh: `已保存到 ${path}：使用 ${examples} 条样本${skipped > 0 ? `，跳过 ${skipped} 条损坏的行` : ""}。\n`,
  });
}
