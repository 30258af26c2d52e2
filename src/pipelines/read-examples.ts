// Labelled texts out of files of any kind that the data room opens. Knows no models.
import { InkstoneError } from "../core/index.ts";
import { openRows } from "../data/index.ts";
import { fileLabel } from "../formats/index.ts";
import type { TextExample } from "./train-text-classifier.ts";

/** Where the text and the label of a row are. */
export interface ReadExamplesOptions {
  /** Default "text". */
  readonly text?: string;
  /** Default "label". */
  readonly label?: string;
  /** Leave broken rows out and count them; without it the first is an error. */
  readonly skipBad?: boolean;
  /** What rows are called in errors; default the last part of the path. */
  readonly file?: string;
  readonly signal?: AbortSignal;
}

/** Examples, with what was left out. */
export interface ReadExamples {
  readonly examples: readonly TextExample[];
  /** Messages of the rows that were left out. */
  readonly skipped: readonly string[];
}

/**
 * Labelled texts of a file: CSV, TSV, JSONL, JSON, Parquet, packed or not. Labels are texts: 1 and "1" are the same.
 *
 * Errors: `E_DATA_COLUMN` for a field that is not there, `E_DATA_EMPTY`, `E_DATA_ROW` for a row without text or label (with file and line), and those of `openRows`.
 *
 * @example
 * await writeFileDurably("reviews.csv", "review,stars\ngood,5\nbad,1\n");
 * (await readExamples("reviews.csv", { text: "review", label: "stars" })).examples; // [{ text: "good", label: "5" }, { text: "bad", label: "1" }]
 */
export async function readExamples(path: string, options: ReadExamplesOptions = {}): Promise<ReadExamples> {
  const { text = "text", label = "label", skipBad = false, file = fileLabel(path), signal } = options;
  const examples: TextExample[] = [];
  const skipped: string[] = [];
  const onBadRow = (error: InkstoneError): void => {
    if (!skipBad) throw error;
    skipped.push(error.message);
  };
  for await (const { value, line } of openRows(path, { file, signal, ...(skipBad ? { onBadRow } : {}) })) {
    for (const column of [text, label])
      if (!Object.hasOwn(value, column)) throw new InkstoneError("E_DATA_COLUMN", { file, column, found: Object.keys(value).join(", ") });
    const [said, called] = [cell(value[text]), cell(value[label])];
    if (said !== "" && called !== "") examples.push({ text: said, label: called });
    else
      onBadRow(
        new InkstoneError("E_DATA_ROW", {
          file,
          line,
          column: 1,
          why: said === "" ? { en: `"${text}" is empty`, zh: `“${text}”为空` } : { en: `"${label}" is empty`, zh: `“${label}”为空` },
        }),
      );
  }
  if (examples.length === 0) throw new InkstoneError("E_DATA_EMPTY", { what: file });
  return { examples, skipped };
}

const cell = (value: unknown): string => (typeof value === "string" ? value.trim() : value === null || value === undefined ? "" : String(value));
