// Opening a model to look inside: a saved folder, or whatever the model store knows by its name. Knows no terminal.
import { open, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { readSavedFolder } from "../../formats/index.ts";
import { type PullOptions, refuseOtherUse, resolveModel } from "../../hub/index.ts";
import { cpu } from "../../tensor/index.ts";
import { loadTokenizer, type Tokenizer } from "../../text/index.ts";
import { inspectClassifier } from "./classifier.ts";
import { inspectGguf } from "./gguf.ts";
import type { Inspected } from "./inspected.ts";
import { inspectSequences, inspectSequential } from "./saved.ts";

/** How to open. */
export interface OpenInspectedOptions extends PullOptions {
  /** A file with the tokenizer of a saved `Sequential`. Default: tokenizer.json in its folder, or beside the folder. */
  readonly tokenizer?: string;
}

/**
 * Opens a model to look inside: a folder that `SequenceToSequence.save` or `Sequential.save` wrote, a file that `TextClassifier.save` wrote, a GGUF file, or a name of the catalogue or the hub.
 *
 * Errors: `E_MODEL_FOLDER`, `E_MODEL_USE`, `E_PIPELINE`, those of `loadModel`, `resolveModel`, `loadTokenizer` and of GGUF files.
 *
 * @example
 * await new Sequential([new Dense({ units: 2, inputDim: 3 })]).save("seen");
 * const seen = await openInspected("seen");
 * seen.facts.weights.map(({ name }) => name); // ["dense.kernel", "dense.bias"]
 * seen.facts.parameters; // 8
 * seen.dispose();
 */
export async function openInspected(reference: string, { tokenizer, ...options }: OpenInspectedOptions = {}): Promise<Inspected> {
  const isFolder = await stat(reference).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    refuseOtherUse(reference, "chat");
    const { path, name } = await resolveModel(reference, options);
    return (await beginsWithBrace(path)) ? inspectClassifier(path, basename(path)) : inspectGguf(path, name);
  }
  const path = resolve(reference);
  const type = await typeOf(path);
  return type === "sequence-to-sequence"
    ? inspectSequences(path, basename(path))
    : inspectSequential(path, basename(path), await tokenizerFor(path, tokenizer));
}

// A classifier's file is JSON; a GGUF file never is.
async function beginsWithBrace(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return buffer.toString("latin1", 0, bytesRead).trimStart().startsWith("{");
  } finally {
    await file.close();
  }
}

async function typeOf(path: string): Promise<unknown> {
  const refuse = (en: string, zh: string, cause?: unknown) =>
    new InkstoneError("E_MODEL_FOLDER", { file: basename(path), why: { en, zh } }, { cause });
  const text = await readSavedFolder(path, (folder) => folder.text("config.json")).catch((error) => {
    throw refuse("it has no config.json that can be read", "其中没有可读取的 config.json", error);
  });
  try {
    return (JSON.parse(text) as { type?: unknown } | null)?.type;
  } catch (error) {
    throw refuse("its config.json cannot be read as JSON", "其 config.json 无法读取为 JSON", error);
  }
}

async function tokenizerFor(folder: string, given: string | undefined): Promise<Tokenizer | undefined> {
  const usual = [join(folder, "tokenizer.json"), join(dirname(folder), "tokenizer.json")];
  for (const path of given === undefined ? usual : [given]) {
    const there = await stat(path).then(
      (found) => found.isFile(),
      () => false,
    );
    if (there || given !== undefined) return loadTokenizer(path, cpu().executor);
  }
  return undefined;
}
