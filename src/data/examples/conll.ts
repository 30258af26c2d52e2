// Sentences of tagged words, one word a line (CoNLL 2003 and its kin), and the entities that the tags mark.
import { InkstoneError } from "../../core/index.ts";
import { dataPieces, fileLabel, LineReader, readRows } from "../../formats/index.ts";
import type { ExampleOptions } from "./types.ts";

/** A sentence: a tag for each word. */
export interface TaggedSentence {
  readonly words: readonly string[];
  readonly tags: readonly string[];
  /** Line of its first word. */
  readonly line: number;
}

/** An entity: the words from `start` up to `end` (not included). */
export interface Entity {
  readonly start: number;
  readonly end: number;
  readonly label: string;
}

/**
 * Sentences of a file with one word a line: the word first and its tag last, tabs or spaces between; empty lines part sentences, "-DOCSTART-" and lines
 * that begin with "# " are passed over.
 *
 * Errors (thrown, or handed to `onBadRow` and the sentence left out): E_DATA_ROW for a word without a tag; those of `LineReader` and of opening a file.
 * Source: Tjong Kim Sang & De Meulder 2003, arXiv:cs/0306050.
 *
 * @example
 * await writeFile("ner.conll", "Ink B-THING\nis O\n\nStone\tB-THING\n");
 * (await Dataset.from(readConll("ner.conll")).toArray())[1]; // { words: ["Stone"], tags: ["B-THING"], line: 4 }
 */
export async function* readConll(path: string, options: ExampleOptions = {}): AsyncGenerator<TaggedSentence> {
  const file = fileLabel(path);
  let [words, tags, first, broken]: [string[], string[], number, boolean] = [[], [], 1, false];
  for await (const { value, line } of readRows(dataPieces(path, options), new LineReader({ ...options, file }))) {
    const cells = value.includes("\t") ? value.split("\t") : value.trim().split(/ +/);
    if (value.trim() === "") {
      if (words.length > 0 && !broken) yield { words, tags, line: first };
      [words, tags, broken] = [[], [], false];
      continue;
    }
    if (cells[0] === "-DOCSTART-" || (value.startsWith("# ") && words.length === 0)) continue;
    const tag = cells[cells.length - 1].trim();
    if (cells.length < 2 || tag === "") {
      const why = { en: "a word without a tag", zh: "词缺少标签" };
      const error = new InkstoneError("E_DATA_ROW", { file, line, column: value.length + 1, why });
      if (options.onBadRow === undefined) throw error;
      options.onBadRow(error);
      broken = true;
    }
    if (words.length === 0) first = line;
    words.push(cells[0]);
    tags.push(tag);
  }
  if (words.length > 0 && !broken) yield { words, tags, line: first };
}

/**
 * The entities of tags in any of the IOB forms (IOB1, IOB2, IOBES, BILOU): B, S and U begin one, I, E and L go on with one of their label and begin one
 * elsewhere; E, S, L and U end one.
 *
 * Source: Ramshaw & Marcus 1995, arXiv:cmp-lg/9505040; the counting of `conlleval`.
 *
 * @example
 * entitiesOf(["B-THING", "I-THING", "O", "I-PLACE"]); // [{ start: 0, end: 2, label: "THING" }, { start: 3, end: 4, label: "PLACE" }]
 */
export function entitiesOf(tags: readonly string[]): Entity[] {
  const entities: Entity[] = [];
  let open: { start: number; label: string } | undefined;
  const close = (end: number): void => {
    if (open !== undefined) entities.push({ ...open, end });
    open = undefined;
  };
  for (const [i, tag] of tags.entries()) {
    const [, mark, label] = /^([BIESLU])-(.*)$/s.exec(tag) ?? [];
    if (mark === undefined || "BSU".includes(mark) || open?.label !== label) close(i);
    if (mark === undefined) continue;
    open ??= { start: i, label };
    if ("ESLU".includes(mark)) close(i + 1);
  }
  close(tags.length);
  return entities.map(({ start, end, label }) => ({ start, end, label }));
}
