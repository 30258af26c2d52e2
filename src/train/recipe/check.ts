// What is looked for in training texts before a run begins: texts that are there twice or nearly, and texts of tests and of validation among them. Knows no tokens.
import { createHash } from "node:crypto";
import { type TextPieceOptions, textFiles, textPieces } from "../../data/index.ts";
import { NearDuplicateIndex } from "../../text/index.ts";
import { Turns } from "../inputs/turns.ts";
import { type PartFiles, readingOf } from "./coder.ts";
import type { Recipe } from "./types.ts";

/** What was found. Texts are rows, or paragraphs of plain text, of at least 40 characters. */
export interface DataCheck {
  readonly formatVersion: 1;
  /** Texts that were looked at; beyond 200,000 the rest is not. */
  readonly texts: number;
  readonly all: boolean;
  readonly duplicates: number;
  /** Texts that share four fifths of their shingles with an earlier one. */
  readonly nearDuplicates: number;
  /** Texts of tests that stand in the training texts, the same or nearly. */
  readonly leaks: number;
  readonly testTexts: number;
  /** Texts of the validation share, by hash, that also stand in the training share. */
  readonly validationLeaks: number;
  /** The first few, shortened. */
  readonly examples: readonly { readonly kind: "near" | "leak"; readonly text: string; readonly like: string }[];
}

const MOST = 200_000;
const LEAST = 40;
const EXAMPLES = 5;

const digest = (text: string) => createHash("sha256").update(text.normalize("NFKC").replace(/\s+/g, " ").trim().toLowerCase()).digest("base64");
const short = (text: string) => text.replace(/\s+/g, " ").trim().slice(0, 120);

async function* paragraphs(files: readonly string[], options: TextPieceOptions): AsyncGenerator<string> {
  for await (const { text } of textPieces(files, options)) for (const one of text.split(/\n\s*\n/)) if (one.trim().length >= LEAST) yield one;
}

/** Looks through the texts of a recipe. Errors: those of `textPieces`. */
export async function checkTexts(recipe: Recipe, parts: readonly PartFiles[], signal?: AbortSignal): Promise<DataCheck> {
  const seen = new Map<string, boolean>();
  const index = new NearDuplicateIndex({ threshold: 0.8, permutations: 64, capacity: MOST });
  const kept: string[] = [];
  const turns = new Turns();
  const found = { texts: 0, duplicates: 0, nearDuplicates: 0, leaks: 0, testTexts: 0, validationLeaks: 0 };
  const examples: { kind: "near" | "leak"; text: string; like: string }[] = [];
  let all = true;
  const validates = (text: string) =>
    recipe.data.by === "hash" && createHash("sha256").update(text).digest().readUInt32LE(0) / 2 ** 32 < recipe.data.validation;
  const tell = (kind: "near" | "leak", text: string, like: string) => {
    if (examples.length < EXAMPLES) examples.push({ kind, text: short(text), like });
  };
  for (const { files, column } of parts)
    for await (const text of paragraphs(files, { ...readingOf(recipe), column, signal })) {
      if (found.texts >= MOST) {
        all = false;
        break;
      }
      found.texts++;
      const key = digest(text);
      const before = seen.get(key);
      const side = validates(text);
      if (before !== undefined) {
        found.duplicates++;
        if (before !== side) found.validationLeaks++;
      } else {
        seen.set(key, side);
        const near = index.add(text);
        kept.push(short(text));
        if (near !== undefined) {
          found.nearDuplicates++;
          tell("near", text, kept[near.of]);
        }
      }
      await turns.rest();
    }
  const tests = recipe.data.tests.length === 0 ? [] : await textFiles(recipe.data.tests);
  for await (const text of paragraphs(tests, { ...readingOf(recipe), column: recipe.data.column, signal })) {
    found.testTexts++;
    const near = seen.has(digest(text)) ? { of: -1 } : index.add(text);
    if (near === undefined || near.of >= kept.length) continue;
    found.leaks++;
    tell("leak", text, near.of < 0 ? short(text) : kept[near.of]);
    await turns.rest();
  }
  return { formatVersion: 1, all, ...found, examples };
}
