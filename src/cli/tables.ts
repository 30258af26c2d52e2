// Options of verbs that read tables, and the line that says how one was read. Knows commander; opens nothing.
import type { Command } from "commander";
import type { TableFormOptions, TextForm } from "../data/index.ts";
import type { Say } from "./options.ts";

/** What the options give. */
export interface TableFlags {
  readonly header: boolean;
  readonly delimiter?: string;
  readonly encoding?: string;
  readonly quotes?: boolean;
}

/** Adds `--no-header`, `--delimiter`, `--encoding` and `--quotes`. */
export function addTableOptions(command: Command, say: Say): Command {
  return command
    .option(
      "--no-header",
      say({ en: "CSV and TSV without a first line of names: columns are called 1, 2, 3 …", zh: "CSV 与 TSV 无表头：列名为 1、2、3 …" }),
    )
    .option("--delimiter <c>", say({ en: "what stands between cells (default: as the first line tells)", zh: "单元格分隔符（默认：由首行判断）" }))
    .option(
      "--encoding <name>",
      say({ en: "gb18030, big5, utf-16le … (default: as the bytes tell)", zh: "gb18030、big5、utf-16le 等（默认：由内容判断）" }),
    )
    .option("--quotes", say({ en: 'TSV whose cells may stand in "…"', zh: 'TSV 的单元格可用“"”括起' }));
}

/** The same for readers. */
export function tableForm({ header, delimiter, encoding, quotes }: TableFlags): TableFormOptions {
  return { header, encoding, delimiter: delimiter === "\\t" ? "\t" : delimiter, ...(quotes ? { quotes } : {}) };
}

/** How a table was read, as a line for people; empty where there is nothing to say. */
export function formLine({ encoding, delimiter }: TextForm, say: Say): string {
  const parts = [
    ...(encoding === undefined ? [] : [say({ en: `as ${encoding}`, zh: `编码 ${encoding}` })]),
    ...(delimiter === undefined ? [] : [say({ en: `cells between ${JSON.stringify(delimiter)}`, zh: `分隔符 ${JSON.stringify(delimiter)}` })]),
  ];
  return parts.length === 0
    ? ""
    : `${say({ en: "Read ", zh: "读取方式：" })}${parts.join(say({ en: ", ", zh: "，" }))}${say({ en: ".", zh: "。" })}\n`;
}
