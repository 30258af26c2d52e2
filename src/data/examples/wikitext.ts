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
  const bare = wikitext
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/<ref\b[^<>]*\/>/gi, "")
    .replace(/<(ref|math|gallery|nowiki|pre|source|syntaxhighlight|timeline)\b[^<>]*>[\s\S]*?<\/\1\s*>/gi, "")
    .replace(/<[^<>]*>/g, "");
  return withoutBrackets(bare)
    .replace(/\[(?:https?:|ftp:|mailto:|\/\/)[^\s\]]*\s*([^\]\n]*)\]/g, "$1")
    .replace(/'{2,}/g, "")
    .replace(/__[A-Z]+__/g, "")
    .split("\n")
    .map((line) =>
      line
        .replace(/^=+\s*(.*?)\s*=+\s*$/, "$1")
        .replace(/^[*#:;]+\s*/, "")
        .trim(),
    )
    .filter((line) => line !== "")
    .join("\n");
}

function withoutBrackets(text: string): string {
  const stack: { open: string; parts: string[] }[] = [{ open: "", parts: [] }];
  let last = 0;
  for (const { 0: mark, index } of text.matchAll(/\{\{|\}\}|\{\||\|\}(?!\})|\[\[|\]\]/g)) {
    const top = stack[stack.length - 1];
    top.parts.push(text.slice(last, index));
    last = index + 2;
    if (mark in opening) stack.push({ open: mark, parts: [] });
    else if (opening[top.open] !== mark) top.parts.push(mark);
    else {
      stack.pop();
      if (mark === "]]") stack[stack.length - 1].parts.push(linkText(top.parts.join("")));
    }
  }
  stack[stack.length - 1].parts.push(text.slice(last));
  return stack.map(({ open, parts }) => open + parts.join("")).join("");
}

function linkText(inside: string): string {
  if (media.test(inside)) return "";
  const bar = inside.lastIndexOf("|");
  return bar < 0 ? inside : inside.slice(bar + 1);
}
