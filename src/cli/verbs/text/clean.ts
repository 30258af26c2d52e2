// inkstone clean IN OUT --steps …: the texts of a file, cleaned, into another file.
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Command } from "commander";
import { counted, InkstoneError, jsonErrorPlace, jsonTooDeep } from "../../../core/index.ts";
import type { TextForm } from "../../../data/index.ts";
import { writeFileDurably } from "../../../formats/index.ts";
import { type Cleaning, type CleanReport, clean, namedStep, namedSteps } from "../../../text/index.ts";
import { withField } from "../../json-field.ts";
import { fileLines, type Line } from "../../lines.ts";
import { jsonOption, type Say } from "../../options.ts";
import { addTableOptions, formLine, type TableFlags, tableForm } from "../../tables.ts";
import { ProgressLine, type Surroundings, visible } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

/** A smaller file is done before a progress line is read. */
const worthProgress = 16 << 20;

type Format = "lines" | "jsonl" | "csv" | "tsv";

interface Flags extends TableFlags {
  readonly steps: string;
  readonly field?: string;
  readonly format?: Format;
  readonly report?: boolean;
  readonly json?: boolean;
  readonly force?: boolean;
  readonly skipBad?: boolean;
}

/** The verb `clean`. Errors: E_OPTION, E_INPUT_MISSING, E_INPUT_ENCODING, E_INPUT_SIZE, E_DATA_ROW, E_PACKAGE_MISSING, and those of durable writes. */
export const verb: Verb = {
  name: "clean",
  define(command, say, around) {
    addTableOptions(described(command, say), say).action((input: string, output: string, flags: Flags) => run(input, output, flags, around));
  },
};

function described(command: Command, say: Say): Command {
  return command
    .summary(say({ en: "clean the texts of a file", zh: "清洗文件中的文本" }))
    .description(
      say({
        en: "Cleans a text a line, one field of each row of JSON Lines, or one column of a CSV or TSV file. The steps run in the order given. OUT appears when it is whole, or not at all.",
        zh: "清洗每行一条的文本、JSON Lines 每行的一个字段，或 CSV、TSV 的一列。步骤按给定顺序执行。输出文件要么完整，要么不出现。",
      }),
    )
    .argument("<in>", say({ en: "a text file, .jsonl, .csv or .tsv", zh: "文本文件、.jsonl、.csv 或 .tsv" }))
    .argument("<out>", say({ en: "the file to write", zh: "要写出的文件" }))
    .requiredOption("--steps <list>", say({ en: "steps, separated by commas (below)", zh: "步骤，以逗号分隔（见下）" }))
    .option(
      "--field <name>",
      say({
        en: "the field or column with the text (default: text; of a table, the one that looks like it)",
        zh: "存放文本的字段或列（默认：text；表格则自动判断）",
      }),
    )
    .option(
      "--format <f>",
      say({ en: "lines, jsonl, csv or tsv (default: by the name of IN)", zh: "lines、jsonl、csv 或 tsv（默认按输入文件名判断）" }),
    )
    .option("--report", say({ en: "print what each step changed, with examples", zh: "输出每步的改动及示例" }))
    .addOption(jsonOption(say))
    .option("--force", say({ en: "replace OUT if it is there", zh: "若输出文件已存在则替换" }))
    .option("--skip-bad", say({ en: "leave broken rows out and count them", zh: "跳过损坏的行并计数" }))
    .addHelpText("after", () => `\n${say({ en: "Steps:", zh: "步骤：" })}\n${listed(say)}`);
}

function listed(say: Say): string {
  return Object.entries(namedSteps)
    .map(([name, { argument, summary }]) => `  ${(name + (argument === undefined ? "" : `[:${argument}]`)).padEnd(30)}${say(summary)}\n`)
    .join("");
}

async function run(input: string, output: string, flags: Flags, around: Surroundings): Promise<void> {
  const format = formatOf(input, flags);
  const cleaning = clean(flags.steps.split(",").map((name) => namedStep(name.trim())));
  const size = await checked(input, output, flags.force === true);
  const skipped = { count: 0 };
  const onBad = (error: InkstoneError): void => {
    if (!flags.skipBad) throw error;
    skipped.count++;
  };
  const progress = new ProgressLine(around.errors);
  const label = around.say({ en: "Cleaning", zh: "正在清洗" });
  try {
    const one = await cleaning.open();
    if (format === "csv" || format === "tsv") {
      const form = { ...tableForm(flags), kind: format, outputKind: format, column: flags.field, signal: around.signals.signal };
      const onProgress = (done: number, all: number) => size >= worthProgress && progress.update(label, done, all, "bytes");
      const onForm = (found: TextForm) => void around.errors.write(formLine(found, around.say));
      const { cleanedTable } = await import("../../../data/index.ts");
      await writeFileDurably(output, cleanedTable(input, one, { ...form, onProgress, onForm, ...(flags.skipBad ? { onBadRow: onBad } : {}) }));
      progress.end();
      return told(cleaning, skipped.count, flags, around);
    }
    const changed = format === "jsonl" ? ofRows(one, basename(input), flags.field ?? "text", onBad) : ofLines(one);
    const seen = (line: Line): void => {
      around.signals.signal.throwIfAborted();
      if (size >= worthProgress) progress.update(label, line.read, size, "bytes");
    };
    await writeFileDurably(output, joined(fileLines(input, onBad), changed, seen));
  } finally {
    progress.end();
  }
  told(cleaning, skipped.count, flags, around);
}

function formatOf(input: string, { format, field }: Flags): Format {
  if (format !== undefined && !["lines", "jsonl", "csv", "tsv"].includes(format))
    throw new InkstoneError("E_OPTION", { option: "--format", value: format, allowed: ["lines", "jsonl", "csv", "tsv"] });
  const known = (
    [
      [/\.(jsonl|ndjson)$/i, "jsonl"],
      [/\.csv(\.gz|\.zip)?$/i, "csv"],
      [/\.(tsv|tab)(\.gz|\.zip)?$/i, "tsv"],
    ] as const
  ).find(([ending]) => ending.test(input));
  // What is neither lines nor a table would be torn by steps that take it for lines.
  if (format === undefined && known === undefined && /\.(json|parquet|gz|zip|pdf|docx|xlsx?|html?)$/i.test(input))
    throw new InkstoneError("E_DATA_KIND", { file: basename(input), supported: ".txt, .jsonl, .csv, .tsv" });
  const found = format ?? known?.[1] ?? "lines";
  if (found === "lines" && field !== undefined)
    throw new InkstoneError("E_USAGE", {
      why: { en: "--field is for JSON Lines and tables: lines of text have no fields.", zh: "--field 仅用于 JSON Lines 与表格：文本行没有字段。" },
    });
  return found;
}

async function checked(input: string, output: string, force: boolean): Promise<number> {
  // What it writes is packed by nothing.
  if (/\.(gz|zip)$/i.test(output)) throw new InkstoneError("E_DATA_KIND", { file: basename(output), supported: ".txt, .jsonl, .csv, .tsv" });
  const found = await stat(input).catch((cause: unknown) => {
    throw new InkstoneError("E_INPUT_MISSING", { path: input }, { cause });
  });
  if (!found.isFile()) throw new InkstoneError("E_INPUT_MISSING", { path: input });
  const { refuseExisting } = await import("../../outputs.ts");
  await refuseExisting([output], force);
  return found.size;
}

type CleanOne = (text: string) => string | undefined;

// A cleaned text stays on its line.
const ofLines =
  (one: CleanOne) =>
  ({ text }: Line): string | undefined =>
    one(text)?.replace(/[\r\n\u2028\u2029]+/g, " ");

const deepest = 64;

function ofRows(one: CleanOne, file: string, field: string, onBad: (error: InkstoneError) => void): (line: Line) => string | undefined {
  return ({ text: line, number }) => {
    if (line.trim() === "") return undefined;
    const value = fieldOf(line, field);
    if (typeof value !== "string") {
      onBad(new InkstoneError("E_DATA_ROW", { file, line: number, ...value }));
      return undefined;
    }
    const cleaned = one(value);
    return cleaned === undefined || cleaned === value ? cleaned && line : withField(line, field, cleaned);
  };
}

function fieldOf(line: string, field: string): string | { column: number; why: { en: string; zh: string } } {
  const columnOf = (place: string): number => Number(place.split(":")[1]);
  const deep = jsonTooDeep(line, deepest);
  if (deep !== undefined) return { column: columnOf(deep), why: { en: `it nests deeper than ${deepest}`, zh: `嵌套超过 ${deepest} 层` } };
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    return { column: columnOf(jsonErrorPlace(line)), why: { en: "this is not JSON", zh: "不是有效的 JSON" } };
  }
  const value = typeof row === "object" && row !== null && Object.hasOwn(row, field) ? (row as Record<string, unknown>)[field] : undefined;
  return typeof value === "string" ? value : { column: 1, why: { en: `it has no text in "${field}"`, zh: `“${field}”中没有文本` } };
}

async function* joined(
  lines: AsyncIterable<Line>,
  changed: (line: Line) => string | undefined,
  seen: (line: Line) => void,
): AsyncGenerator<Uint8Array> {
  let ready = "";
  for await (const line of lines) {
    seen(line);
    const result = changed(line);
    if (result === undefined) continue;
    ready += `${result}\n`;
    if (ready.length < 1 << 17) continue;
    yield Buffer.from(ready);
    ready = "";
  }
  yield Buffer.from(ready);
}

function told(cleaning: Cleaning, skipped: number, { report: full, json }: Flags, { output, say }: Surroundings): void {
  const report = cleaning.report();
  if (json) output.write(`${JSON.stringify({ ...report, skipped })}\n`);
  else {
    const count = (n: number): string => n.toLocaleString("en");
    const broken = skipped === 0 ? "" : say({ en: `, ${counted(skipped, "broken row")} skipped`, zh: `，跳过损坏的行 ${count(skipped)} 行` });
    output.write(
      `${say({ en: `${counted(report.texts, "text", count(report.texts))}, ${count(report.kept)} kept, ${count(report.dropped)} dropped`, zh: `共 ${count(report.texts)} 条，保留 ${count(report.kept)} 条，丢弃 ${count(report.dropped)} 条` })}${broken}\n`,
    );
    if (full) output.write(table(report, say));
  }
}

function table({ steps }: CleanReport, say: Say): string {
  const width = Math.max(...steps.map(({ name }) => name.length));
  return steps
    .map(({ name, changed, changes, dropped, examples }) => {
      const figures = say({
        en: `${counted(changed, "text")} changed, ${counted(changes, "change")}, ${dropped} dropped`,
        zh: `改动 ${changed} 条，共 ${changes} 处，丢弃 ${dropped} 条`,
      });
      const shown = examples.map(
        ({ index, before, after }) =>
          `    ${index + 1}: ${quoted(before)} -> ${after === undefined ? say({ en: "dropped", zh: "丢弃" }) : quoted(after)}\n`,
      );
      return `  ${visible(name).padEnd(width)}  ${figures}\n${shown.join("")}`;
    })
    .join("");
}

const quoted = (text: string): string => visible(JSON.stringify(text));
