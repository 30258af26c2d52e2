// The sections of a Markdown file as plain text. Parsed by markdown-it, an optional package. Knows no files but the one it is given.
import { optionalPackage } from "../../formats/index.ts";
import { longDocument } from "./long.ts";
import { type DocumentOptions, wholeText } from "./whole.ts";

/** What stands under a heading, up to the next one. */
export interface MarkdownSection {
  /** The headings above it, from the outermost; empty for what comes before any. */
  readonly headings: readonly string[];
  /** One line a paragraph, item or cell; code as it is; no marks. */
  readonly text: string;
  /** Line of its heading, from 1. */
  readonly line: number;
}

interface Token {
  readonly type: string;
  readonly tag: string;
  readonly content: string;
  readonly map: [number, number] | null;
  readonly children: Token[] | null;
}

/**
 * The sections of Markdown (CommonMark with tables), HTML within it left out, front matter too.
 *
 * Errors: E_PACKAGE_MISSING without markdown-it. Source: spec.commonmark.org.
 *
 * @example
 * const [, section] = await markdownSections("Hello\n\n# Ink\n\nIt is *black*.\n");
 * section; // { headings: ["Ink"], text: "It is black.", line: 3 }
 */
export async function markdownSections(markdown: string): Promise<MarkdownSection[]> {
  const purpose = { en: "Markdown", zh: "读取 Markdown" };
  const { default: MarkdownIt } = await optionalPackage("markdown-it@15.0.3", purpose, () => import("markdown-it"));
  // Front matter is blanked, not cut: lines keep their numbers.
  const source = markdown.replace(/^---\r?\n[\s\S]*?\n---(?=\r?\n|$)/, (matter) => matter.replace(/[^\n]/g, ""));
  const sections: { headings: string[]; lines: string[]; line: number }[] = [{ headings: [], lines: [], line: 1 }];
  const tokens = new MarkdownIt({ html: true }).parse(source, {}) as Token[];
  for (const [i, token] of tokens.entries()) {
    if (token.type === "heading_open") {
      const level = Number(token.tag.slice(1));
      const above = sections[sections.length - 1].headings.slice(0, level - 1);
      sections.push({ headings: [...above, inlineText(tokens[i + 1])], lines: [], line: (token.map?.[0] ?? 0) + 1 });
    } else if (token.type === "inline" && tokens[i - 1]?.type !== "heading_open") sections[sections.length - 1].lines.push(inlineText(token));
    else if (token.type === "fence" || token.type === "code_block") sections[sections.length - 1].lines.push(token.content.trimEnd());
  }
  return sections
    .map(({ headings, lines, line }) => ({ headings, text: lines.filter((one) => one !== "").join("\n"), line }))
    .filter(({ headings, text }) => headings.length > 0 || text !== "");
}

function inlineText({ children }: Token): string {
  return (children ?? [])
    .map(({ type, content }) =>
      type === "text" || type === "code_inline" || type === "image" ? content : type === "softbreak" || type === "hardbreak" ? " " : "",
    )
    .join("")
    .trim();
}

/**
 * The sections of a Markdown file.
 *
 * Errors: E_PACKAGE_MISSING without markdown-it, E_DATA_ENCODING for what is not UTF-8, E_DATA_SIZE beyond 64 MiB, those of opening a file.
 *
 * @example
 * await writeFile("notes.md", "# Ink\n\nBlack.\n");
 * (await readMarkdown("notes.md"))[0].text; // "Black."
 */
export async function readMarkdown(path: string, options?: DocumentOptions): Promise<MarkdownSection[]> {
  return longDocument(path, "markdown", options, async () => markdownSections(await wholeText(path, options)));
}
