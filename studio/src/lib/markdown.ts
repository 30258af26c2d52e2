// Model text to safe HTML, block by block: no raw HTML, no images (they would call out), links open elsewhere.
import DOMPurify from "dompurify";
import MarkdownIt from "markdown-it";

const markdown = new MarkdownIt({ html: false, linkify: false, breaks: true });
markdown.validateLink = (address) => /^(https?:\/\/|mailto:)/i.test(address); // not into our own server either
markdown.renderer.rules.image = (tokens, i) => markdown.utils.escapeHtml(tokens[i].content);

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

/** The paragraphs, lists, … of a text, each as HTML of its own, so that only the block that changed is drawn again while words come in. */
export function toBlocks(text: string): string[] {
  const environment = {};
  const tokens = markdown.parse(text, environment);
  const blocks: string[] = [];
  let begin = 0;
  let depth = 0;
  for (const [i, token] of tokens.entries()) {
    depth += token.nesting;
    if (depth > 0) continue;
    blocks.push(clean(markdown.renderer.render(tokens.slice(begin, i + 1), markdown.options, environment)));
    begin = i + 1;
  }
  return blocks;
}
