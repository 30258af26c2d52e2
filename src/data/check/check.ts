// Looks through files of data before anything learns from them: duplicates, leaks, labels, lengths, scripts, broken rows. Reads every file once; writes nothing.
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { InkstoneError, type OptionNames, refuseUnknown } from "../../core/index.ts";
import { fileLabel, requireFile, type TextForm } from "../../formats/index.ts";
import { normalText } from "../fingerprint.ts";
import { compareLabels } from "../labels.ts";
import { type DataRow, openRows } from "../open.ts";
import { Duplicates } from "./duplicates.ts";
import { measureText, Spread } from "./measure.ts";
import type { CheckOptions, CheckReport, FileReport } from "./types.ts";

const MOST_LABELS = 10_000;
const MOST_FILES = 1000;
const BROKEN_SHOWN = 20;

const checkNames: OptionNames<CheckOptions> = {
  kind: true,
  header: true,
  quotes: true,
  delimiter: true,
  encoding: true,
  signal: true,
  maxLineBytes: true,
  unpack: true,
  onForm: true,
  text: true,
  label: true,
  skipBad: true,
  nearDuplicates: true,
  mostTexts: true,
  onProgress: true,
};

/**
 * Looks through files that belong together, such as the parts of a split, in the order that is given: what repeats an earlier row counts in the later file.
 * Two texts are the same when `normalText` makes them so. Memory does not grow with the files: one piece, one row, and some 22 bytes a text up to 6 million texts.
 *
 * Errors: the first broken row when `skipBad` is not set (E_DATA_ROW and its kin, with file, line and column); E_DATA_COLUMN for a field that a file does
 * not have; E_DATA_EMPTY without a row; E_OPTION for no file; those of `openRows`; the signal's reason.
 *
 * @example
 * await writeFile("a.csv", "text,label\nInk is black.,1\nStone,0\n");
 * await writeFile("b.csv", "text,label\nINK is  black.,1\n");
 * const { duplicates } = await checkData(["a.csv", "b.csv"]);
 * duplicates.leaks; // [{ from: "a.csv", to: "b.csv", rows: 1 }]
 */
export async function checkData(paths: readonly string[], options: CheckOptions = {}): Promise<CheckReport> {
  refuseUnknown<CheckOptions>("checkData", options, checkNames);
  if (paths.length === 0 || paths.length > MOST_FILES)
    throw new InkstoneError("E_OPTION", {
      option: "files",
      value: paths.length,
      allowed: { en: `1 to ${MOST_FILES} files`, zh: `1 到 ${MOST_FILES} 个文件` },
    });
  for (const path of paths) await requireFile(path);
  const check = new Check(labelsOf(paths), options);
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let before = 0;
  for (const [i, path] of paths.entries()) {
    await check.file(path, i, (done) => options.onProgress?.(before + done, total));
    before += sizes[i];
  }
  return check.report();
}

// By their last part, or by the path where two have one name.
function labelsOf(paths: readonly string[]): string[] {
  const names = paths.map(fileLabel);
  const shared = new Set(names.filter((name, i) => names.indexOf(name) !== i));
  const labels = paths.map((path, i) => (shared.has(names[i]) ? path : names[i]));
  const same = paths.find((path, i) => paths.findIndex((other) => resolve(other) === resolve(path)) !== i);
  if (same === undefined) return labels;
  throw new InkstoneError("E_OPTION", { option: "files", value: fileLabel(same), allowed: { en: "every file once", zh: "每个文件只能出现一次" } });
}

class Check {
  readonly #names: readonly string[];
  readonly #options: CheckOptions;
  readonly #duplicates: Duplicates;
  readonly #files: FileReport[] = [];
  readonly #characters = new Spread();
  readonly #words = new Spread();
  readonly #scripts = new Map<string, number>();
  readonly #labelNumbers = new Map<string, number>();
  readonly #broken: { en: string; zh: string }[] = [];
  #brokenCount = 0;
  #firstBad: InkstoneError | undefined;
  #manyLabels = false;

  constructor(names: readonly string[], options: CheckOptions) {
    this.#names = names;
    this.#options = options;
    this.#duplicates = new Duplicates(options.mostTexts, options.nearDuplicates);
  }

  async file(path: string, number: number, onProgress: (done: number) => void): Promise<void> {
    const { text: field = "text", skipBad, kind, header, quotes, delimiter, encoding, signal, maxLineBytes, unpack } = this.#options;
    const onForm = (form: TextForm): void => this.#options.onForm?.(file, form);
    const file = this.#names[number];
    const brokenBefore = this.#brokenCount;
    const onBadRow = skipBad ? (error: InkstoneError) => this.#skip(error) : undefined;
    const labels = new Map<string, number>();
    let [rows, empty, unlabelled] = [0, 0, 0];
    let columns: string[] | undefined;
    const { label: labelField = "label" } = this.#options;
    for await (const { value, line } of openRows(path, {
      kind,
      header,
      quotes,
      delimiter,
      encoding,
      signal,
      maxLineBytes,
      unpack,
      file,
      onForm,
      onBadRow,
      onProgress,
    })) {
      if (rows++ === 0) {
        this.#requireFields(value, file);
        if (this.#options.label === undefined && !Object.hasOwn(value, labelField)) columns = Object.keys(value);
      } else if (columns !== undefined && Object.hasOwn(value, labelField)) columns = undefined;
      const text = textIn(value[field]);
      if (text === undefined || text.trim() === "") empty++;
      const label = labelIn(value[labelField]);
      if (label === undefined) unlabelled++;
      else this.#label(labels, label);
      this.#measure(text ?? "");
      if (text !== undefined) this.#duplicates.add({ text, file: number, line, label: label === undefined ? -1 : this.#numberOf(label) });
      if (this.#duplicates.isFull) await this.#duplicates.settle(signal);
    }
    await this.#duplicates.settle(signal);
    this.#files.push({
      file,
      rows,
      broken: this.#brokenCount - brokenBefore,
      empty,
      unlabelled: labels.size === 0 ? 0 : unlabelled,
      labels: sortedCounts(labels),
      ...(columns !== undefined && columns.length > 1 ? { columns } : {}),
    });
  }

  report(): CheckReport {
    const rows = this.#files.reduce((sum, file) => sum + file.rows, 0);
    if (rows === 0 && this.#firstBad !== undefined) throw this.#firstBad;
    if (rows === 0) throw new InkstoneError("E_DATA_EMPTY", { what: this.#names });
    const { exact, near, conflicting, compared } = this.#duplicates.report(this.#names);
    const counts = new Map<string, number>();
    for (const { labels } of this.#files) for (const [label, count] of Object.entries(labels)) counts.set(label, (counts.get(label) ?? 0) + count);
    return {
      formatVersion: 1,
      rows,
      files: this.#files,
      broken: { count: this.#brokenCount, examples: this.#broken },
      duplicates: { ...exact, conflicting, compared },
      ...(near === undefined ? {} : { nearDuplicates: near }),
      characters: this.#characters.facts(),
      words: this.#words.facts(),
      scripts: Object.fromEntries([...this.#scripts].sort(([a, x], [b, y]) => y - x || compareLabels(a, b))),
      ...(counts.size === 0 ? {} : { imbalance: spreadOf(counts.values()) }),
      manyLabels: this.#manyLabels,
      ...alikeLabels([...counts.keys()]),
    };
  }

  // The fields that were named are there at all.
  #requireFields(row: DataRow, file: string): void {
    const { text = "text", label } = this.#options;
    for (const column of label === undefined ? [text] : [text, label])
      if (!Object.hasOwn(row, column)) throw new InkstoneError("E_DATA_COLUMN", { file, column, found: Object.keys(row).join(", ") });
  }

  #skip(error: InkstoneError): void {
    this.#brokenCount++;
    this.#firstBad ??= error;
    if (this.#broken.length < BROKEN_SHOWN) this.#broken.push({ en: error.message, zh: error.describe("zh").message });
  }

  #measure(text: string): void {
    const { characters, words, script } = measureText(text);
    this.#characters.add(characters);
    this.#words.add(words);
    this.#scripts.set(script, (this.#scripts.get(script) ?? 0) + 1);
  }

  // A column of texts taken for labels must not fill the memory.
  #label(labels: Map<string, number>, label: string): void {
    if (labels.size < MOST_LABELS || labels.has(label)) labels.set(label, (labels.get(label) ?? 0) + 1);
    else this.#manyLabels = true;
  }

  #numberOf(label: string): number {
    const known = this.#labelNumbers.get(label);
    if (known !== undefined) return known;
    if (this.#labelNumbers.size >= MOST_LABELS) return MOST_LABELS;
    this.#labelNumbers.set(label, this.#labelNumbers.size);
    return this.#labelNumbers.size - 1;
  }
}

// Texts, and what a table or JSON holds instead of one. Null and what is not there is no text.
function textIn(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value);
}

// Trimmed, as training trims it. A blank label is none: nothing could learn from it.
function labelIn(value: unknown): string | undefined {
  const label = textIn(value)?.trim();
  return label === "" ? undefined : label;
}

// Labels that a person would take for one: of another case or width, or the same number written otherwise.
function alikeLabels(labels: readonly string[]): Pick<CheckReport, "alike"> {
  const groups = new Map<string, string[]>();
  for (const label of labels) {
    const plain = normalText(label);
    const number = plain === "" ? Number.NaN : Number(plain);
    const key = Number.isFinite(number) ? String(number) : plain;
    groups.set(key, [...(groups.get(key) ?? []), label]);
  }
  const alike = [...groups.values()].filter((group) => group.length > 1);
  return alike.length === 0 ? {} : { alike: alike.slice(0, 20) };
}

// How many times the most frequent label is as frequent as the rarest.
function spreadOf(counts: Iterable<number>): number {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const count of counts) [least, most] = [Math.min(least, count), Math.max(most, count)];
  return most / least;
}

const sortedCounts = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort(([a, x], [b, y]) => y - x || compareLabels(a, b)));
