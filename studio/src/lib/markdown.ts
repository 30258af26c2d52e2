// Model text to safe HTML: no raw HTML, no images (they would call out), links open elsewhere.
import DOMPurify from "dompurify";
import MarkdownIt from "markdown-it";

const markdown = new MarkdownIt({ html: false, linkify: false, breaks: true }).disable("image");

DOMPurify.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName === "A") {
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer nofollow");
  }
});

export const toHtml = (text: string): string =>
  DOMPurify.sanitize(markdown.render(text), { FORBID_TAGS: ["img", "style", "form", "input", "svg", "math"], FORBID_ATTR: ["style"] });
