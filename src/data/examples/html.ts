// The text of an HTML page, block by block as a reader sees it. Parsed by htmlparser2. Knows no files but the one it is given.
import { Parser } from "htmlparser2";
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
  const lines: string[] = [];
  let line = "";
  let title = "";
  // How deep we are in elements that show nothing, in the title, and in text that keeps its white space.
  let [hidden, titled, kept] = [0, 0, 0];
  const end = (): void => {
    const text = kept > 0 ? line.trimEnd() : line.trim();
    if (text !== "") lines.push(text);
    line = "";
  };
  const parser = new Parser({
    onopentag(name) {
      if (silent.has(name)) hidden++;
      else if (name === "title") titled++;
      if (blocks.has(name)) end();
      if (name === "pre") kept++;
    },
    onclosetag(name) {
      if (blocks.has(name)) end();
      if (silent.has(name)) hidden = Math.max(0, hidden - 1);
      else if (name === "title") titled = Math.max(0, titled - 1);
      if (name === "pre") kept = Math.max(0, kept - 1);
    },
    ontext(text) {
      if (titled > 0) title += text;
      else if (hidden === 0 && kept > 0) line += text;
      else if (hidden === 0) line += line === "" || line.endsWith(" ") ? text.replace(/\s+/g, " ").trimStart() : text.replace(/\s+/g, " ");
    },
  });
  parser.end(html);
  end();
  return { title: title.replace(/\s+/g, " ").trim(), text: lines.join("\n") };
}

/**
 * The title and the text of an HTML file.
 *
 * Errors: E_DATA_ENCODING for what is not UTF-8, E_DATA_SIZE beyond 64 MiB, those of opening a file.
 *
 * @example
 * await writeFileDurably("page.html", "<h1>Ink</h1><p>Black.");
 * (await readHtml("page.html")).text; // "Ink\nBlack."
 */
export async function readHtml(path: string, options?: DocumentOptions): Promise<HtmlDocument> {
  return htmlText(await wholeText(path, options));
}
