// The recipe that fits data at first sight: of texts a language model, of rows with a source and a target a translator. Knows no terminal.
import { basename } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { type DataRow, openRows, textFiles } from "../../data/index.ts";
import { recipeOf } from "./recipe.ts";
import type { Recipe } from "./types.ts";

/**
 * A recipe for data, with defaults. Of rows the column of the text is "text", or the one that is given, or the only one that holds text. Rows that have the columns "source" and "target", and no "text", make an encoder-decoder: shared subwords, dropout, label smoothing, inverse square root.
 *
 * Errors: E_FORMAT_NO_FILE, `E_DATA_FOLDER`; `E_DATA_COLUMN` where it is not plain which column the text is in; those of the rows.
 *
 * @example
 * await writeFile("pairs.tsv", "source\ttarget\nink\tTinte\n");
 * (await usualRecipe({ name: "en-de", files: "pairs.tsv", depth: 3 })).model.architecture; // "encoder-decoder"
 */
export async function usualRecipe({
  name,
  files,
  depth,
  column,
}: {
  readonly name: string;
  readonly files: string;
  readonly depth: number;
  readonly column?: string;
}): Promise<Recipe> {
  const [first] = await textFiles(files);
  const row = await firstRow(first);
  if (row === undefined || column !== undefined || "text" in row || !("source" in row && "target" in row))
    return recipeOf({ name, data: { files, column: row === undefined ? column : textColumn(row, first, column) }, model: { depth } });
  return recipeOf({
    name,
    data: { files, validation: 0.02 },
    tokenizer: { train: { kind: "byte-level", size: 8000 } },
    model: { architecture: "encoder-decoder", depth, width: 64 * depth, heads: 4, contextLength: 64, dropout: 0.1 },
    optimizer: {
      schedule: "inverse-square-root",
      learningRate: 2e-3,
      warmup: 400,
      beta2: 0.98,
      weightDecay: 0.01,
      labelSmoothing: 0.1,
      average: 0.995,
    },
    batch: { rows: 64 },
  });
}

// The first row of a table; undefined of plain text and of documents.
async function firstRow(file: string): Promise<DataRow | undefined> {
  if (!/\.(tsv|csv|jsonl|ndjson|parquet)(\.gz)?$/i.test(file)) return undefined;
  for await (const { value } of openRows(file)) return value;
  return undefined;
}

function textColumn(row: DataRow, file: string, column: string | undefined): string {
  if (column === undefined && "text" in row) return "text";
  const texts = Object.keys(row).filter((name) => typeof row[name] === "string" && !/^\s*[-+]?[\d.,]*\s*$/.test(row[name]));
  const found = column ?? (texts.length === 1 ? texts[0] : "text");
  if (!(found in row)) throw new InkstoneError("E_DATA_COLUMN", { file: basename(file), column: found, found: Object.keys(row).join(", ") });
  return found;
}
