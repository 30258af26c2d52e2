// The pages of a Wikipedia dump (pages-articles.xml), as the file is read. The XML is parsed by htmlparser2: no entity of a DTD is ever expanded.
import { Parser } from "htmlparser2";
import { dataLimits, InkstoneError } from "../../core/index.ts";
import { dataPieces, fileLabel, LineReader, type PlacedRow, type RowOptions, type RowReader, readRows } from "../../formats/index.ts";
import type { ExampleOptions } from "./types.ts";

/** A page; `text` is its wikitext (`wikiPlainText` makes it plain). Articles have namespace 0. */
export interface WikiPage {
  readonly id: number;
  readonly title: string;
  readonly namespace: number;
  /** Title of the page that it leads to. */
  readonly redirect?: string;
  readonly text: string;
}

const fields: Readonly<Record<string, "title" | "ns" | "id" | "text">> = {
  "mediawiki/page/title": "title",
  "mediawiki/page/ns": "ns",
  "mediawiki/page/id": "id",
  "mediawiki/page/revision/text": "text",
};

/** Pages out of the bytes of a dump; see `readWikipedia`. */
class WikiPageReader implements RowReader<WikiPage> {
  readonly #lines: LineReader;
  readonly #file: string;
  readonly #parser: Parser;
  readonly #path: string[] = [];
  #line = 1;
  #began = 1;
  #page: Record<"title" | "ns" | "id" | "text" | "redirect", string> | undefined;
  #ready: PlacedRow<WikiPage>[] = [];
  #size = 0;
  #rooted = false;

  constructor(options: RowOptions) {
    this.#file = options.file ?? "data";
    this.#lines = new LineReader({ ...options, keepReturn: true });
    this.#parser = new Parser(
      {
        onopentag: (name, attributes) => this.#open(name, attributes),
        ontext: (text) => this.#text(text),
        onclosetag: (name) => this.#close(name),
      },
      { xmlMode: true, decodeEntities: true },
    );
  }

  *push(piece: Uint8Array): Generator<PlacedRow<WikiPage>> {
    for (const { value, line } of this.#lines.push(piece)) yield* this.#feed(`${value}\n`, line);
  }

  *end(): Generator<PlacedRow<WikiPage>> {
    for (const { value, line } of this.#lines.end()) yield* this.#feed(value, line);
    if (this.#path.length > 0)
      throw this.#broken(`<${this.#path[this.#path.length - 1]}> never ends`, `<${this.#path[this.#path.length - 1]}> 未结束`);
    this.#parser.end();
    if (!this.#rooted) throw this.#broken("this is no Wikipedia dump", "不是维基百科转储文件");
  }

  *#feed(text: string, line: number): Generator<PlacedRow<WikiPage>> {
    this.#line = line;
    this.#parser.write(text);
    yield* this.#ready;
    this.#ready = [];
  }

  #open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (this.#path.length === 0 && name !== "mediawiki") throw this.#broken("this is no Wikipedia dump", "不是维基百科转储文件");
    this.#rooted = true;
    if (this.#path.push(name) > dataLimits.jsonDepth) throw this.#broken("elements are nested too deeply", "元素嵌套过深");
    const path = this.#path.join("/");
    if (path === "mediawiki/page") {
      this.#page = { title: "", ns: "", id: "", text: "", redirect: "" };
      this.#began = this.#line;
      this.#size = 0;
    } else if (path === "mediawiki/page/revision/text" && this.#page) this.#page.text = "";
    else if (path === "mediawiki/page/redirect" && this.#page) this.#page.redirect = attributes.title ?? "";
  }

  #text(text: string): void {
    const field = this.#page && fields[this.#path.join("/")];
    if (field === undefined || this.#page === undefined) return;
    this.#size += text.length;
    if (this.#size > dataLimits.lineBytes)
      throw new InkstoneError("E_DATA_LINE_BYTES", { file: this.#file, line: this.#began, limit: dataLimits.lineBytes });
    this.#page[field] += text;
  }

  #close(name: string): void {
    if (this.#path.pop() !== name) throw this.#broken(`</${name}> closes nothing`, `</${name}> 没有对应的开始标签`);
    if (name !== "page" || this.#page === undefined || this.#path.length !== 1) return;
    const { id, title, ns, text, redirect } = this.#page;
    const value: WikiPage = { id: Number(id), title, namespace: Number(ns), ...(redirect === "" ? {} : { redirect }), text };
    if (title === "" || !Number.isSafeInteger(value.id) || !Number.isSafeInteger(value.namespace))
      throw this.#broken("a page without title or id", "页面缺少标题或编号");
    this.#ready.push({ value, line: this.#began });
    this.#page = undefined;
  }

  #broken(en: string, zh: string): InkstoneError {
    return new InkstoneError("E_DATA_ROW", { file: this.#file, line: this.#line, column: 1, why: { en, zh } });
  }
}

/**
 * The pages of a dump, one by one; of several revisions the last in the file counts. Plain or gzip; unpack a .bz2 first (`bunzip2`).
 *
 * Errors: E_DATA_ROW with the line for what is no dump, is cut short or wrongly nested; E_DATA_LINE_BYTES for a page of more than 16 MiB; those of
 * `LineReader` and of opening a file. Source: www.mediawiki.org/xml/export-0.11.
 *
 * @example
 * const page = "<page><title>Ink</title><ns>0</ns><id>7</id><revision><id>1</id><text>'''Ink''' is &lt;b&gt;.</text></revision></page>";
 * await writeFile("dump.xml", `<mediawiki>${page}</mediawiki>`);
 * const [ink] = await Dataset.from(readWikipedia("dump.xml")).toArray();
 * ink; // { id: 7, title: "Ink", namespace: 0, text: "'''Ink''' is <b>." }
 */
export async function* readWikipedia(path: string, options: ExampleOptions = {}): AsyncGenerator<WikiPage> {
  const reader = new WikiPageReader({ ...options, file: fileLabel(path) });
  for await (const { value } of readRows(dataPieces(path, options), reader)) yield value;
}
