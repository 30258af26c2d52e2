// Wikitext as plain text: what a reader of the page would read, near enough to learn from. Knows no dumps.

const opening: Readonly<Record<string, string>> = { "{{": "}}", "{|": "|}", "[[": "]]" };
const media = /^\s*:?(?:file|image|media|category|文件|檔案|图像|圖像|分类|分類)\s*:/i;

/**
 * Plain text of wikitext: templates, tables, references, pictures, categories, tags and comments left out; links by their words; headings and list items as
 * lines of their own.
 *
 * One walk with a stack; what is never closed stays as it is. Source: www.mediawiki.org/wiki/Help:Formatting.
 *
 * @example
 * wikiPlainText("== Use ==\n* '''Ink''' is [[black|dark]]{{cite|[[x]]}}<ref>y</ref>."); // "Use\nInk is dark."
 */
export function wikiPlainText(wikitext: string): string {
  const bare = withoutElements(withoutComments(wikitext).replace(/<ref\b[^<>]*\/>/gi, "")).replace(/<[^<>]*>/g, "");
  return withoutAddresses(withoutBrackets(bare))
    .replace(/'{2,}/g, "")
    .replace(/__[A-Z]+__/g, "")
    .split("\n")
    .map((line) =>
      withoutHeading(line)
        .replace(/^[*#:;]+\s*/, "")
        .trim(),
    )
    .filter((line) => line !== "")
    .join("\n");
}

function withoutComments(text: string): string {
  const parts: string[] = [];
  let from = 0;
  for (let start = text.indexOf("<!--"); start >= 0; start = text.indexOf("<!--", from)) {
    const end = text.indexOf("-->", start + 4);
    if (end < 0) break;
    parts.push(text.slice(from, start));
    from = end + 3;
  }
  parts.push(text.slice(from));
  return parts.join("");
}

// Elements whose content is nothing to read. The ends of each name are found once, and passed once.
function withoutElements(text: string): string {
  const ends = new Map<string, { readonly at: number; readonly end: number }[]>();
  for (const { 0: tag, 1: name, index } of text.matchAll(/<\/(ref|math|gallery|nowiki|pre|source|syntaxhighlight|timeline)\s*>/gi)) {
    const known = ends.get(name.toLowerCase()) ?? [];
    ends.set(name.toLowerCase(), known);
    known.push({ at: index, end: index + tag.length });
  }
  const passed = new Map<string, number>();
  const parts: string[] = [];
  let from = 0;
  for (const { 0: tag, 1: name, index } of text.matchAll(/<(ref|math|gallery|nowiki|pre|source|syntaxhighlight|timeline)\b[^<>]*>/gi)) {
    if (index < from) continue;
    const known = ends.get(name.toLowerCase()) ?? [];
    let next = passed.get(name.toLowerCase()) ?? 0;
    while (next < known.length && known[next].at < index + tag.length) next++;
    passed.set(name.toLowerCase(), next);
    if (next === known.length) continue;
    parts.push(text.slice(from, index));
    from = known[next].end;
  }
  parts.push(text.slice(from));
  return parts.join("");
}

/** Characters of an external link with its words; a longer one is none. */
const LONGEST_LINK = 2000;

// [http://address words] by its words.
function withoutAddresses(text: string): string {
  const parts: string[] = [];
  let from = 0;
  let close = -1;
  for (const { 0: start, index } of text.matchAll(/\[(?:https?:|ftp:|mailto:|\/\/)/g)) {
    if (index < from) continue;
    if (close < index) close = text.indexOf("]", index);
    if (close < 0) break;
    if (close - index > LONGEST_LINK) continue;
    const [, words] = /^\S*\s*([\s\S]*)$/.exec(text.slice(index + start.length, close)) ?? [];
    if (words === undefined || words.includes("\n")) continue;
    parts.push(text.slice(from, index), words);
    from = close + 1;
  }
  parts.push(text.slice(from));
  return parts.join("");
}

// "== Use ==" by its words.
function withoutHeading(line: string): string {
  const whole = line.trimEnd();
  if (whole.length < 2 || !whole.startsWith("=") || !whole.endsWith("=")) return line;
  let start = 0;
  while (start < whole.length - 1 && whole[start] === "=") start++;
  let end = whole.length;
  while (end > start && whole[end - 1] === "=") end--;
  return whole.slice(start, end).trim();
}

/** Characters at the beginning of a link that tell whether it is a picture or a category. */
const HEAD = 64;

/** A bracket that is open. Texts only grow at their end and are never cut: what they are made of is put together once, at the very end. */
interface Frame {
  readonly open: string;
  /** All of it, and what comes after its last bar: the words of a link. */
  text: string;
  tail: string;
  /** The first characters of both. */
  head: string;
  tailHead: string;
}

const frame = (open: string): Frame => ({ open, text: "", tail: "", head: "", tailHead: "" });

function add(to: Frame, piece: string, begins: string = piece.slice(0, HEAD)): void {
  to.text += piece;
  to.tail += piece;
  if (to.head.length < HEAD) to.head = (to.head + begins).slice(0, HEAD);
  if (to.tailHead.length < HEAD) to.tailHead = (to.tailHead + begins).slice(0, HEAD);
}

function withoutBrackets(text: string): string {
  const stack = [frame("")];
  let last = 0;
  for (const { 0: mark, index } of text.matchAll(/\{\{|\}\}|\{\||\|\}(?!\})|\[\[|\]\]|\|/g)) {
    const top = stack[stack.length - 1];
    add(top, text.slice(last, index));
    last = index + mark.length;
    if (mark in opening) stack.push(frame(mark));
    else if (opening[top.open] !== mark) {
      add(top, mark);
      if (mark === "|") [top.tail, top.tailHead] = ["", ""];
    } else {
      stack.pop();
      if (mark === "]]" && !media.test(top.head)) add(stack[stack.length - 1], top.tail, top.tailHead);
    }
  }
  add(stack[stack.length - 1], text.slice(last));
  return stack.map(({ open, text }) => open + text).join("");
}
