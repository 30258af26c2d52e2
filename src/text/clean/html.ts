// HTML to text: tags out, entities decoded, scripts and styles dropped, blocks on lines of their own. Knows no layout and no CSS.
// The tokens are those of htmlparser2, which follows the HTML standard's tokenizer in one pass; elements are not matched with each other, so nothing nests deeply.
import { Tokenizer, type TokenizerCallbacks } from "htmlparser2";
import { type CleanStep, plainStep } from "./step.ts";

const dropped = new Set("script style template noscript iframe noembed noframes svg math head object".split(" "));
const blocks = new Set(
  "address article aside blockquote body br center dd details dialog dir div dl dt fieldset figcaption figure footer form header hr html li main menu nav ol option section summary table tbody tfoot thead tr ul".split(
    " ",
  ),
);
const paragraphs = new Set("p h1 h2 h3 h4 h5 h6 pre".split(" "));

/** What was found in a piece of HTML. */
interface Extracted {
  readonly text: string;
  /** Tags, comments, entities. */
  readonly marks: number;
}

/**
 * The text of a piece of HTML: white space as a browser shows it, a line for each block, an empty line around paragraphs and headings, a tab between table cells.
 *
 * Takes anything; what is not HTML comes out as it was, but for its white space. Linear in the input, and never longer.
 *
 * @example
 * htmlToText("<p>Tom &amp; <b>Li</b></p><script>x()</script><ul><li>a<li>b</ul>"); // "Tom & Li\n\na\nb"
 */
export function htmlToText(html: string): string {
  return extract(html).text;
}

/**
 * The step of `htmlToText`; a text without a tag or an entity is left alone, white space and all. One change for each tag, comment or entity.
 *
 * @example
 * cleanText("1 &lt; 2<br>yes", [html()]); // "1 < 2\nyes"
 */
export function html(): CleanStep {
  return plainStep("html", (text) => {
    if (!/[<&]/.test(text)) return { text, changes: 0 };
    const { text: plain, marks } = extract(text);
    return marks === 0 ? { text, changes: 0 } : { text: plain, changes: marks };
  });
}

// What stands between two pieces of text; of several side by side the widest counts.
const gaps = ["", " ", "\t", "\n", "\n\n"] as const;
const gap = { none: 0, space: 1, cell: 2, line: 3, paragraph: 4 } as const;

/** Gathers text and marks from the tokens. */
class Extraction implements TokenizerCallbacks {
  readonly #source: string;
  readonly #pieces: string[] = [];
  #gap: number = gap.none;
  marks = 0;
  /** The dropped element that is open, and how many of its name. */
  #hidden = "";
  #depth = 0;
  #preformatted = 0;
  #name = "";

  constructor(source: string) {
    this.#source = source;
  }

  get text(): string {
    return this.#pieces.join("");
  }

  ontext(start: number, end: number): void {
    this.#put(this.#source.slice(start, end));
  }

  ontextentity(codepoint: number): void {
    this.marks++;
    this.#put(String.fromCodePoint(codepoint));
  }

  oncdata(start: number, end: number, endOffset: number): void {
    this.marks++;
    this.#put(this.#source.slice(start, end - endOffset));
  }

  onopentagname(start: number, end: number): void {
    this.marks++;
    this.#name = nameAt(this.#source, start, end);
    if (this.#hidden === "head" && this.#name === "body") this.#show(); // the end tag of head may be left out
    if (this.#hidden === "" ? dropped.has(this.#name) : this.#name === this.#hidden) {
      this.#hidden = this.#name;
      this.#depth++;
    }
    if (this.#name === "pre") this.#preformatted++;
    this.#break(this.#name === "td" || this.#name === "th" ? gap.cell : gapOf(this.#name));
  }

  onselfclosingtag(): void {
    if (this.#name === this.#hidden && (this.#name === "svg" || this.#name === "math")) this.#close();
  }

  onclosetag(start: number, end: number): void {
    this.marks++;
    const name = nameAt(this.#source, start, end);
    if (this.#hidden !== "" && name === this.#hidden) this.#close();
    if (name === "pre") this.#preformatted = Math.max(0, this.#preformatted - 1);
    this.#break(gapOf(name));
  }

  oncomment(): void {
    this.marks++;
  }

  ondeclaration(): void {
    this.marks++;
  }

  onprocessinginstruction(): void {
    this.marks++;
  }

  onattribdata(): void {}
  onattribentity(): void {}
  onattribend(): void {}
  onattribname(): void {}
  onopentagend(): void {}
  onend(): void {}

  #close(): void {
    this.#depth--;
    if (this.#depth === 0) this.#hidden = "";
  }

  #show(): void {
    this.#depth = 0;
    this.#hidden = "";
  }

  #break(wanted: number): void {
    if (this.#hidden === "") this.#gap = Math.max(this.#gap, wanted);
  }

  #put(text: string): void {
    if (this.#hidden !== "") return;
    const collapsed = this.#preformatted > 0 ? text : text.replace(/[ \t\n\r\f]+/g, " ");
    const from = this.#preformatted === 0 && collapsed.startsWith(" ") ? 1 : 0;
    const to = this.#preformatted === 0 && collapsed.endsWith(" ") ? collapsed.length - 1 : collapsed.length;
    if (from === 1) this.#break(gap.space);
    if (from >= to) return;
    if (this.#pieces.length > 0) this.#pieces.push(gaps[this.#gap]);
    this.#pieces.push(collapsed.slice(from, to));
    this.#gap = to < collapsed.length ? gap.space : gap.none;
  }
}

// No element that matters has a longer name.
const nameAt = (source: string, start: number, end: number): string => source.slice(start, Math.min(end, start + 16)).toLowerCase();

const gapOf = (name: string): number => (paragraphs.has(name) ? gap.paragraph : blocks.has(name) ? gap.line : gap.none);

function extract(source: string): Extracted {
  const extraction = new Extraction(source);
  const tokenizer = new Tokenizer({ xmlMode: false, decodeEntities: true }, extraction);
  tokenizer.write(source);
  tokenizer.end();
  return { text: extraction.text, marks: extraction.marks };
}
