// The text of an HTML page, block by block as a reader sees it. Parsed by htmlparser2. Knows no files but the one it is given.
// Its tokens alone: the stack of open elements is ours, counted by name, because theirs takes quadratic time where much is left open.
import { Tokenizer, type TokenizerCallbacks } from "htmlparser2";
import { longDocument } from "./long.ts";
import { type DocumentOptions, wholeText } from "./whole.ts";

/** A page. */
export interface HtmlDocument {
  readonly title: string;
  readonly text: string;
}

const silent = new Set([
  "script",
  "style",
  "template",
  "noscript",
  "iframe",
  "object",
  "svg",
  "math",
  "head",
  "select",
  "textarea",
  "audio",
  "video",
]);
const blocks = new Set(
  "address article aside blockquote body br caption dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split(
    " ",
  ),
);

/**
 * The title and the text of HTML: scripts, styles and forms left out, references resolved, white space as a browser shows it, one line a block.
 *
 * Errors: none; any text is some HTML. Source: html.spec.whatwg.org, as htmlparser2 reads it.
 *
 * @example
 * htmlText("<title>Ink</title><p>Black &amp;\n <b>wet</b><script>x()</script><p>墨"); // { title: "Ink", text: "Black & wet\n墨" }
 */
export function htmlText(html: string): HtmlDocument {
  const page = new Page(html);
  const tokenizer = new Tokenizer({ xmlMode: false, decodeEntities: true }, page);
  tokenizer.write(html);
  tokenizer.end();
  return page.finish();
}

const empty = new Set("area base basefont br col embed frame hr img input isindex keygen link meta param source track wbr".split(" "));
/** No element that matters has a longer name. */
const LONGEST_NAME = 16;

/** Gathers lines from the tokens of a page. Every token takes constant time, but for its own characters. */
class Page implements TokenizerCallbacks {
  readonly #source: string;
  readonly #lines: string[] = [];
  #line: string[] = [];
  /** Whether the line begins, or ends in a space: what follows needs none. */
  #spaced = true;
  readonly #title: string[] = [];
  readonly #open: string[] = [];
  readonly #counts = new Map<string, number>();
  // How deep we are in elements that show nothing, in the title, and in text that keeps its white space.
  #hidden = 0;
  #titled = 0;
  #kept = 0;
  #name = "";

  constructor(source: string) {
    this.#source = source;
  }

  finish(): HtmlDocument {
    this.#end();
    return { title: this.#title.join("").replace(/\s+/g, " ").trim(), text: this.#lines.join("\n") };
  }

  ontext(start: number, end: number): void {
    this.#put(this.#source.slice(start, end));
  }

  ontextentity(codepoint: number): void {
    this.#put(String.fromCodePoint(codepoint));
  }

  oncdata(start: number, end: number, endOffset: number): void {
    if (this.#isForeign()) this.#put(this.#source.slice(start, end - endOffset));
  }

  onopentagname(start: number, end: number): void {
    this.#name = this.#nameAt(start, end);
    if (this.#name === "body") this.#close("head"); // whose end tag may be left out
    if (blocks.has(this.#name)) this.#end();
    if (empty.has(this.#name)) return;
    this.#open.push(this.#name);
    this.#counts.set(this.#name, (this.#counts.get(this.#name) ?? 0) + 1);
    this.#enter(this.#name, 1);
  }

  onselfclosingtag(): void {
    if (this.#isForeign()) this.#close(this.#name);
  }

  onclosetag(start: number, end: number): void {
    const name = this.#nameAt(start, end);
    if (blocks.has(name)) this.#end();
    this.#close(name);
  }

  oncomment(): void {}
  ondeclaration(): void {}
  onprocessinginstruction(): void {}
  onattribdata(): void {}
  onattribentity(): void {}
  onattribend(): void {}
  onattribname(): void {}
  onopentagend(): void {}
  onend(): void {}

  #nameAt(start: number, end: number): string {
    return this.#source.slice(start, Math.min(end, start + LONGEST_NAME)).toLowerCase();
  }

  #isForeign(): boolean {
    return (this.#counts.get("svg") ?? 0) + (this.#counts.get("math") ?? 0) > 0;
  }

  // Closes an element and all that is open within it; each is closed once, so the whole is linear. One that is not open closes nothing.
  #close(name: string): void {
    if ((this.#counts.get(name) ?? 0) === 0) return;
    for (let last = this.#open.pop(); last !== undefined; last = this.#open.pop()) {
      this.#counts.set(last, (this.#counts.get(last) ?? 0) - 1);
      if (blocks.has(last)) this.#end();
      this.#enter(last, -1);
      if (last === name) return;
    }
  }

  #enter(name: string, step: 1 | -1): void {
    if (silent.has(name)) this.#hidden += step;
    else if (name === "title" && !this.#isForeign()) this.#titled = Math.max(0, this.#titled + step);
    if (name === "pre") this.#kept += step;
  }

  #put(text: string): void {
    if (this.#titled > 0) this.#title.push(text);
    else if (this.#hidden > 0) return;
    else if (this.#kept > 0) this.#add(text);
    else {
      const plain = text.replace(/\s+/g, " ");
      this.#add(this.#spaced ? plain.trimStart() : plain);
    }
  }

  #add(text: string): void {
    if (text === "") return;
    this.#line.push(text);
    this.#spaced = text.endsWith(" ");
  }

  #end(): void {
    if (this.#line.length > 0) {
      const line = this.#line.join("");
      const text = this.#kept > 0 ? line.trimEnd() : line.trim();
      if (text !== "") this.#lines.push(text);
      this.#line = [];
    }
    this.#spaced = true;
  }
}

/**
 * The title and the text of an HTML file.
 *
 * Errors: E_DATA_ENCODING for what is not UTF-8, E_DATA_SIZE beyond 64 MiB, those of opening a file.
 *
 * @example
 * await writeFile("page.html", "<h1>Ink</h1><p>Black.");
 * (await readHtml("page.html")).text; // "Ink\nBlack."
 */
export async function readHtml(path: string, options?: DocumentOptions): Promise<HtmlDocument> {
  return longDocument(path, "html", options, async () => htmlText(await wholeText(path, options)));
}
