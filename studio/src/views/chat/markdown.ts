// Model text to safe blocks: no raw HTML, no images (they would call out), links open elsewhere; mathematics stays as it was written until it is drawn.
import DOMPurify from "dompurify";
import MarkdownIt, { type StateInline, type Token } from "markdown-it";
import cjkFriendly from "markdown-it-cjk-friendly";

/** A piece of an answer: HTML that is safe to show, or code with the language that it declares. */
export type Block = { html: string } | { code: string; language: string };

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true });
markdown.use(cjkFriendly); // **注意：**这是: the flanking rule of CommonMark leaves this undrawn
markdown.validateLink = (address) => /^(https?:\/\/|mailto:)/i.test(address); // not into our own server either
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
markdown.renderer.rules.image = (tokens, i) => markdown.utils.escapeHtml(tokens[i].content);
markdown.renderer.rules.math = (tokens, i) =>
  `<span class="math" data-display="${tokens[i].markup === "display"}">${markdown.utils.escapeHtml(tokens[i].content)}</span>`;
markdown.inline.ruler.before("escape", "math", math);
// Alignment as an attribute of its own: styles are taken out below.
for (const rule of ["th_open", "td_open"])
  markdown.renderer.rules[rule] = (tokens: Token[], i, options, _, renderer) => {
    const align = /text-align:(\w+)/.exec(String(tokens[i].attrGet("style") ?? ""))?.[1];
    if (align !== undefined) tokens[i].attrs = [["align", align]];
    return renderer.renderToken(tokens, i, options);
  };

const pairs = [
  ["$$", "$$", true],
  ["\\[", "\\]", true],
  ["\\(", "\\)", false],
  ["$", "$", false],
] as const;

// $…$ needs ink at both inner ends and no digit behind it, so that prices stay prices.
function math(state: StateInline, silent: boolean): boolean {
  for (const [open, close, display] of pairs) {
    if (!state.src.startsWith(open, state.pos)) continue;
    const begin = state.pos + open.length;
    const end = state.src.indexOf(close, begin);
    if (end <= begin || end > state.posMax) return false;
    const content = state.src.slice(begin, end);
    if (open === "$" && (/^\s|\s$|\n\n/.test(content) || /\d/.test(state.src[end + 1] ?? ""))) return false;
    if (!silent) {
      const token = state.push("math", "span", 0);
      token.content = content;
      token.markup = display ? "display" : "inline";
    }
    state.pos = end + close.length;
    return true;
  }
  return false;
}

DOMPurify.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName === "A") {
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer nofollow");
  }
});

// An answer that grows has the same first blocks each time: they are cleaned once.
const cleaned = new Map<string, string>();

function clean(html: string): string {
  let safe = cleaned.get(html);
  if (safe === undefined) {
    if (cleaned.size > 1000) cleaned.clear();
    safe = DOMPurify.sanitize(html, { FORBID_TAGS: ["img", "style", "form", "input", "svg", "math"], FORBID_ATTR: ["style"] });
    cleaned.set(html, safe);
  }
  return safe;
}

/** The paragraphs, lists, … of a text, each a block of its own, so that only the one that changed is drawn again while words come in. */
export function toBlocks(text: string): Block[] {
  const environment = {};
  const tokens = markdown.parse(text, environment);
  const blocks: Block[] = [];
  let begin = 0;
  let depth = 0;
  for (const [i, token] of tokens.entries()) {
    depth += token.nesting;
    if (depth > 0) continue;
    if (token.type === "fence" || token.type === "code_block")
      blocks.push({ code: token.content.replace(/\n$/, ""), language: token.info.trim().split(/\s+/)[0] ?? "" });
    else blocks.push({ html: clean(markdown.renderer.render(tokens.slice(begin, i + 1), markdown.options, environment)) });
    begin = i + 1;
  }
  return blocks;
}
