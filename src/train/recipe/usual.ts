// The recipe that fits data at first sight: of texts a language model, of rows with a source and a target a translator. Knows no terminal.
import { openRows, textFiles } from "../../data/index.ts";
import { recipeOf } from "./recipe.ts";
import type { Recipe } from "./types.ts";

/**
 * A recipe for data, with defaults. Rows that have the columns "source" and "target", and no "text", make an encoder-decoder: shared subwords, dropout, label smoothing, inverse square root.
 *
 * Errors: E_FORMAT_NO_FILE, `E_DATA_EMPTY`, those of the rows.
 *
 * @example
 * await writeFile("pairs.tsv", "source\ttarget\nink\tTinte\n");
 * (await usualRecipe({ name: "en-de", files: "pairs.tsv", depth: 3 })).model.architecture; // "encoder-decoder"
 */
export async function usualRecipe({
  name,
  files,
  depth,
}: {
  readonly name: string;
  readonly files: string;
  readonly depth: number;
}): Promise<Recipe> {
  const [first] = await textFiles(files);
  if (!(await holdsPairs(first))) return recipeOf({ name, data: { files }, model: { depth } });
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

// Whether its first row has what is read and what is written.
async function holdsPairs(file: string): Promise<boolean> {
  if (!/\.(tsv|csv|jsonl|parquet)(\.gz)?$/i.test(file)) return false;
  for await (const { value } of openRows(file)) return "source" in value && "target" in value && !("text" in value);
  return false;
}
