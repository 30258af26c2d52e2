// inkstone write TEMPLATE DATA --output DIR|FILE: a text for each row of a table, every value with the cell that it came from.
import { mkdir } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { type Command, Option } from "commander";
import type { WritingRow } from "../../../apps/index.ts";
import { counted, InkstoneError } from "../../../core/index.ts";
import { writeFileDurably } from "../../../formats/index.ts";
import { readTextFile } from "../../input.ts";
import { jsonOption, numberOption, seedOption } from "../../options.ts";
import type { Surroundings } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

interface Flags {
  readonly output: string;
  readonly language?: "en" | "zh";
  readonly variants: number;
  readonly seed: number;
  readonly trace?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** The verb `write`. Errors: E_OPTION, E_RULES_FILE, E_WRITING_ROW, E_INPUT_MISSING, E_IO_CREATE, those of reading tables. */
export const verb: Verb = {
  name: "write",
  define(command: Command, say, around) {
    command
      .summary(say({ en: "write a text for each row of a table", zh: "为表格的每一行写出文本" }))
      .description(
        say({
          en: "Data to text by a template of your own or a shipped one (weather, match, results, product, news, restaurant). No model; every number and name comes from a cell.",
          zh: "用自己的模板或内置模板（weather、match、results、product、news、restaurant）把数据写成文章。不用模型；每个数字与名称都来自单元格。",
        }),
      )
      .argument("<template>", say({ en: "a file, or the name of a shipped template", zh: "模板文件，或内置模板名" }))
      .argument("<data>", say({ en: "CSV, TSV, JSONL, JSON or Parquet", zh: "CSV、TSV、JSONL、JSON 或 Parquet 文件" }))
      .requiredOption(
        "--output <place>",
        say({
          en: "a file (.txt, .md, .jsonl) for all texts, or a folder for a file each",
          zh: "存放全部文本的文件（.txt、.md、.jsonl），或每条一文件的文件夹",
        }),
      )
      .addOption(new Option("--language <l>", say({ en: "language of a shipped template", zh: "内置模板的语言" })).choices(["en", "zh"]))
      .addOption(numberOption("--variants <n>", say({ en: "texts a row", zh: "每行写几种" }), { least: 1, most: 100, whole: true }).default(1))
      .addOption(seedOption(say, { en: "seed of the choice of words", zh: "措辞选择的随机种子" }))
      .option("--trace", say({ en: "also say which cell each value came from", zh: "同时写出每个值来自哪个单元格" }))
      .option("--force", say({ en: "replace files that are there", zh: "覆盖已有文件" }))
      .addOption(jsonOption(say))
      .action((template: string, data: string, flags: Flags) => run(template, data, flags, around));
  },
};

interface Piece {
  readonly row: number;
  readonly variant: number;
  readonly text: string;
  readonly trace?: readonly object[];
}

async function run(template: string, data: string, flags: Flags, { output: terminal, signals, say }: Surroundings): Promise<void> {
  const { refuseExisting } = await import("../../outputs.ts");
  const { shippedTemplate, shippedTemplates, Template } = await import("../../../apps/index.ts");
  const { openRows } = await import("../../../data/index.ts");
  const shipped = shippedTemplates.includes(template) || extname(template) === "";
  const read = shipped
    ? shippedTemplate(template, flags.language)
    : Template.parse(await readTextFile(template, 1 << 20), {
        name: basename(template),
        ...(flags.language === undefined ? {} : { language: flags.language }),
      });
  const pieces: Piece[] = [];
  let rows = 0;
  for await (const { value } of openRows(data, { signal: signals.signal })) {
    for (let variant = 0; variant < flags.variants; variant++) {
      const { text, trace } = read.write(value as WritingRow, { index: rows * flags.variants + variant, seed: flags.seed });
      pieces.push({ row: rows + 1, variant: variant + 1, text, ...(flags.trace ? { trace } : {}) });
    }
    rows++;
  }
  if (rows === 0) throw new InkstoneError("E_INPUT_EMPTY", { what: [data] });
  const files = filesOf(pieces, flags, extname(flags.output));
  await refuseExisting([...files.keys()], flags.force ?? false);
  if (extname(flags.output) === "") await mkdir(flags.output, { recursive: true });
  for (const [file, content] of files) await writeFileDurably(file, content);
  terminal.write(
    flags.json
      ? `${JSON.stringify({ output: flags.output, rows, texts: pieces.length })}\n`
      : say({
          en: `${counted(pieces.length, "text")} of ${counted(rows, "row")} written to ${flags.output}.\n`,
          zh: `已将 ${rows} 行数据的 ${pieces.length} 篇文本写入 ${flags.output}。\n`,
        }),
  );
}

function filesOf(pieces: readonly Piece[], { output, variants, trace }: Flags, ending: string): Map<string, string> {
  if (ending === ".jsonl") return new Map([[output, `${pieces.map((piece) => JSON.stringify(piece)).join("\n")}\n`]]);
  if (ending !== "") {
    const traced = trace ? [[`${output}.trace.jsonl`, `${pieces.map((piece) => JSON.stringify(piece)).join("\n")}\n`] as const] : [];
    return new Map([[output, `${pieces.map(({ text }) => text).join("\n\n")}\n`], ...traced]);
  }
  const name = ({ row, variant }: Piece): string => `${String(row).padStart(6, "0")}${variants > 1 ? `-${variant}` : ""}`;
  return new Map(
    pieces.flatMap((piece) => [
      [join(output, `${name(piece)}.txt`), `${piece.text}\n`] as const,
      ...(trace ? [[join(output, `${name(piece)}.trace.json`), `${JSON.stringify(piece.trace)}\n`] as const] : []),
    ]),
  );
}
