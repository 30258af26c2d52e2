// A DOCX as stretches of words and everything else: runs of one look are one stretch, the rest of the file stays as it is. Knows no models.
import { InkstoneError } from "../../core/index.ts";
import { readZip, zipBytes } from "../../formats/index.ts";
import { sentenceSpans } from "../../text/index.ts";

/** Most bytes of a DOCX, packed or unpacked. */
const mostBytes = 64 << 20;
const worded = /^word\/(?:document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml$/;

/** Texts of a DOCX: those of neighbouring runs that look the same, in their order. */
export class WordFile {
  readonly texts: readonly string[];
  readonly #files: ReadonlyMap<string, Uint8Array>;
  readonly #places: readonly { readonly file: string; readonly runs: readonly { readonly start: number; readonly end: number }[] }[];

  private constructor(files: ReadonlyMap<string, Uint8Array>, places: WordFile["places"], texts: readonly string[]) {
    this.#files = files;
    this.#places = places;
    this.texts = texts;
  }

  private get places(): readonly { readonly file: string; readonly runs: readonly { readonly start: number; readonly end: number }[] }[] {
    return this.#places;
  }

  /** Reads a file. Errors: those of opening one; E_ARCHIVE; E_INPUT_SIZE; E_DATA_DOCUMENT for what is no DOCX. */
  static async open(path: string): Promise<WordFile> {
    const name = path.replace(/^.*[\\/]/, "");
    const files = await readZip(path, { file: name, maxBytes: mostBytes });
    if (!files.has("word/document.xml"))
      throw new InkstoneError("E_DATA_DOCUMENT", { file: name, why: { en: "it is no DOCX", zh: "不是 DOCX 文件" } });
    const [places, texts]: [{ file: string; runs: { start: number; end: number }[] }[], string[]] = [[], []];
    for (const [file, data] of files)
      if (worded.test(file))
        for (const { runs, text } of groupsOf(Buffer.from(data).toString("utf8"))) {
          places.push({ file, runs });
          texts.push(text);
        }
    return new WordFile(files, places, texts);
  }

  /** The file with other texts in their places. */
  with(texts: readonly string[]): Uint8Array {
    const edits = new Map<string, { start: number; end: number; text: string }[]>();
    for (const [i, { file, runs }] of this.#places.entries())
      for (const [k, { start, end }] of runs.entries()) {
        const list = edits.get(file) ?? [];
        edits.set(file, list);
        list.push({ start, end, text: k === 0 ? texts[i] : "" });
      }
    const files = new Map<string, Uint8Array>();
    for (const [name, data] of this.#files) files.set(name, edited(data, edits.get(name) ?? []));
    return zipBytes(files);
  }
}

function edited(data: Uint8Array, edits: readonly { readonly start: number; readonly end: number; readonly text: string }[]): Uint8Array {
  if (edits.length === 0) return data;
  const xml = Buffer.from(data).toString("utf8");
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, text } of edits) {
    parts.push(xml.slice(at, start), escaped(text));
    at = end;
  }
  return Buffer.from([...parts, xml.slice(at)].join("").replace(/<w:t>(?=\s)|<w:t>(?=[^<]*\s<)/g, '<w:t xml:space="preserve">'));
}

interface Group {
  readonly runs: { start: number; end: number }[];
  text: string;
}

// Runs of a paragraph one after the other whose properties are the same; a tab, a break, a picture or a field between them parts them.
function groupsOf(xml: string): Group[] {
  const groups: Group[] = [];
  for (const { 0: paragraph, index } of xml.matchAll(/<w:p(?: [^>]*)?>[\s\S]*?<\/w:p>/g)) {
    let open: { group: Group; look: string; end: number } | undefined;
    for (const { 0: run, 1: inside, index: at } of paragraph.matchAll(/<w:r(?: [^>]*)?>([\s\S]*?)<\/w:r>/g)) {
      const look = /<w:rPr>[\s\S]*?<\/w:rPr>/.exec(inside)?.[0] ?? "";
      const rest = inside
        .replace(look, "")
        .replace(/<w:t(?: [^>]*)?>[^<]*<\/w:t>/g, "")
        .trim();
      const texts = [...run.matchAll(/(<w:t(?: [^>]*)?>)([^<]*)<\/w:t>/g)];
      if (
        rest !== "" ||
        open === undefined ||
        open.look !== look ||
        paragraph
          .slice(open.end, at)
          .replace(/<w:(?:proofErr|bookmark(?:Start|End)|lastRenderedPageBreak)[^>]*\/>/g, "")
          .trim() !== ""
      )
        open = undefined;
      for (const { 1: tag, 2: text, index: from } of texts) {
        const start = index + at + from + tag.length;
        const place = { start, end: start + text.length };
        if (open === undefined) {
          open = { group: { runs: [place], text: unescaped(text) }, look, end: 0 };
          groups.push(open.group);
        } else {
          open.group.runs.push(place);
          open.group.text += unescaped(text);
        }
      }
      if (open !== undefined) open.end = at + run.length;
      if (rest !== "") open = undefined;
    }
  }
  return groups;
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const unescaped = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex: string, decimal: string, name: string) => {
    const code = hex !== undefined ? Number.parseInt(hex, 16) : decimal !== undefined ? Number(decimal) : -1;
    if (code >= 0) return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    return entities[name] ?? whole;
  });
const escaped = (text: string): string =>
  // XML holds no control characters below the blank but these three.
  text.replace(/(?![\t\n\r\u007f-\u009f])\p{Cc}/gu, "").replace(/[&<>]/g, (one) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[one]!);

/** Sentences of a text with what stands between them: odd ones are sentences. */
export function withBetween(text: string): string[] {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, text: sentence } of sentenceSpans(text)) {
    parts.push(text.slice(at, start), sentence);
    at = end;
  }
  return [...parts, text.slice(at)];
}
