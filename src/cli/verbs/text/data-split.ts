// inkstone data split FILE…: rows into a file for each part; repeats of a text stay in one part.
import { join } from "node:path";
import { counted, InkstoneError } from "../../../core/index.ts";
import type { DataRow, OpenOptions, TextForm } from "../../../data/index.ts";
import { formLine, type TableFlags, tableForm } from "../../tables.ts";
import { type Surroundings, shown } from "../../terminal.ts";

/** What `data split` is given. */
export interface SplitFlags extends TableFlags {
  readonly text?: string;
  readonly label?: string;
  readonly skipBad?: boolean;
  readonly output?: string;
  readonly shares?: string;
  readonly seed?: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

const usage = (en: string, zh: string) => new InkstoneError("E_USAGE", { why: { en, zh } });

/** Names of two and of three parts whose shares alone are given. */
const usualNames: Readonly<Record<number, readonly string[]>> = { 2: ["train", "test"], 3: ["train", "validation", "test"] };

/** "0.8,0.1,0.1", or "train=0.9,test=0.1". Errors: E_USAGE. */
function sharesOf(given: string): Record<string, number> {
  const parts = given.split(",").map((part) => part.split("=").map((side) => side.trim()));
  const named = parts.every(({ length }) => length === 2);
  const names = named ? parts.map(([name]) => name) : usualNames[parts.length];
  const shares = parts.map((part) => Number(part.at(-1) || Number.NaN));
  const isGood =
    names !== undefined &&
    (named || parts.every(({ length }) => length === 1)) &&
    new Set(names).size === names.length &&
    names.every((name) => /^[\p{L}\p{N}_-]+$/u.test(name)) &&
    shares.every((share) => share > 0) &&
    Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-9;
  if (isGood) return Object.fromEntries(names.map((name, i) => [name, shares[i]]));
  throw usage(
    `--shares ${given}: two or three shares that sum to 1 (0.8,0.1,0.1), or names with them (train=0.9,test=0.1).`,
    `--shares ${given}：应为两个或三个总和为 1 的比例（0.8,0.1,0.1），或带名称的比例（train=0.9,test=0.1）。`,
  );
}

/** Does it. Errors: E_USAGE, E_IO_EXISTS, E_DATA_COLUMN, those of `openRows` and `splitToFiles`. */
export async function split(files: readonly string[], flags: SplitFlags, around: Surroundings): Promise<void> {
  const { output, errors, signals, say } = around;
  const { output: folder, label, seed = 0, skipBad, json } = flags;
  if (folder === undefined) throw usage("name the folder of the parts: --output FOLDER.", "请指定各部分写入的文件夹：--output 文件夹。");
  const shares = sharesOf(flags.shares ?? "0.8,0.1,0.1");
  const { refuseExisting } = await import("../../outputs.ts");
  const paths = Object.keys(shares).map((name) => join(folder, `${name}.jsonl`));
  await refuseExisting(paths, flags.force ?? false, files);
  const { splitToFiles } = await import("../../../data/index.ts");
  let skipped = 0;
  const { signal } = signals;
  const bad = skipBad ? { onBadRow: () => void skipped++ } : {};
  const onForm = (file: string) => (form: TextForm) => void errors.write(`${file}: ${formLine(form, say)}`);
  const rows = () => rowsOf(files, (file) => ({ ...tableForm(flags), signal, ...bad, onForm: onForm(file) }));
  const quiet = () => rowsOf(files, () => ({ ...tableForm(flags), signal, ...(skipBad ? { onBadRow: () => undefined } : {}) }));
  const reading = { files, text: flags.text, shares, seed, rows: quiet };
  const partOf = label === undefined ? await byText(reading) : await byLabel(reading, label);
  const found = await splitToFiles(rows(), partOf, folder, { signal });
  const parts = Object.fromEntries(Object.keys(shares).map((name) => [name, found[name] ?? 0]));
  if (json) {
    output.write(`${JSON.stringify({ output: folder, parts, skipped })}\n`);
    return;
  }
  const lines = Object.entries(parts).map(([name, count]) => say({ en: `${name} ${counted(count, "row")}`, zh: `${name} ${count} 行` }));
  const left = skipped === 0 ? "" : say({ en: `; ${counted(skipped, "broken row")} left out`, zh: `；跳过 ${skipped} 条损坏的行` });
  output.write(shown(`${folder}: ${lines.join(", ")}${left}\n`, output));
}

async function* rowsOf(files: readonly string[], how: (file: string) => OpenOptions): AsyncGenerator<DataRow> {
  const { openRows } = await import("../../../data/index.ts");
  for (const file of files) for await (const { value } of openRows(file, how(file))) yield value;
}

type PartOf = (row: DataRow, index: number) => string;

interface Reading {
  readonly files: readonly string[];
  /** The column of the text, where it was named. */
  readonly text: string | undefined;
  readonly shares: Readonly<Record<string, number>>;
  readonly seed: number;
  readonly rows: () => AsyncGenerator<DataRow>;
}

/** Rows that are looked at before the column of the text is guessed. */
const LOOKED_AT = 200;

// By a hash of the text: the same text is in the same part also when other rows come or go.
async function byText(reading: Reading): Promise<PartOf> {
  const { shares, seed } = reading;
  const { hashSplit } = await import("../../../data/index.ts");
  const textOf = await textReader(reading);
  const partOf = hashSplit(shares, seed === 0 ? "" : String(seed));
  return (row) => partOf(textOf(row));
}

// Each label in every part in proportion; which rows is drawn by the seed.
async function byLabel(reading: Reading, label: string): Promise<PartOf> {
  const { shares, seed, rows } = reading;
  const { cellText, normalText, stratifiedSplit } = await import("../../../data/index.ts");
  const textOf = await textReader(reading);
  const units = new Map<string, number>();
  const labels: string[] = [];
  const unitOf: number[] = [];
  for await (const row of rows()) {
    const text = normalText(textOf(row));
    let unit = units.get(text);
    if (unit === undefined) {
      unit = labels.push(cellText(required(reading, row, label))) - 1;
      units.set(text, unit);
    }
    unitOf.push(unit);
  }
  const part: string[] = [];
  for (const [name, own] of Object.entries(stratifiedSplit(labels, { shares, seed }))) for (const unit of own) part[unit] = name;
  return (_, index) => part[unitOf[index]];
}

async function textReader(reading: Reading): Promise<(row: DataRow) => string> {
  const { text, rows } = reading;
  const { cellText, columnsOf, guessTextColumn } = await import("../../../data/index.ts");
  const first: DataRow[] = [];
  for await (const row of rows()) if (first.push(row) === LOOKED_AT) break;
  if (first.length === 0) throw new InkstoneError("E_DATA_EMPTY", { what: { en: "the files", zh: "这些文件" } });
  const column = text ?? guessTextColumn(first, columnsOf(first));
  return (row) => cellText(required(reading, row, column));
}

function required({ files }: Reading, row: DataRow, column: string): DataRow[string] {
  if (Object.hasOwn(row, column)) return row[column];
  throw new InkstoneError("E_DATA_COLUMN", { file: files.join(", "), column, found: Object.keys(row).join(", ") });
}
