// Where in a template's source a syntax error lies: the library names none, so its tokens are counted and its tags found again. Knows the marks of tags only.
import { jinja, type Token } from "./jinja.ts";

/** A tag of the source. */
interface Tag {
  readonly start: number;
  readonly text: string;
}

const closings: Readonly<Record<string, string>> = { "{{": "}}", "{%": "%}", "{#": "#}" };

/** Every tag in order; quoted texts inside tags are skipped. The last one may be open. */
function tagsOf(source: string): Tag[] {
  const tags: Tag[] = [];
  for (let at = 0; at < source.length; at++) {
    const closing = closings[source.slice(at, at + 2)];
    if (closing === undefined) continue;
    const end = tagEnd(source, at + 2, closing);
    tags.push({ start: at, text: source.slice(at, end) });
    at = end - 1;
  }
  return tags;
}

function tagEnd(source: string, from: number, closing: string): number {
  let quote = "";
  for (let at = from; at < source.length; at++) {
    const character = source[at];
    if (quote !== "" && character === "\\") at++;
    else if (quote !== "") quote = character === quote ? "" : quote;
    else if (source.startsWith(closing, at)) return at + 2;
    else if (closing !== "#}" && (character === '"' || character === "'")) quote = character;
  }
  return source.length;
}

const isTagStart = (type: string) => type === "OpenStatement" || type === "OpenExpression" || type === "Comment";
const isGeneration = ({ text }: Tag) => /^\{%-?\s*(?:end)?generation\s*-?%\}$/.test(text);

/** The tag at which reading stops, or the end of the source. */
function failingTag(source: string, tags: readonly Tag[]): number {
  let tokens: Token[];
  try {
    tokens = jinja.tokenize(source, { lstrip_blocks: true, trim_blocks: true });
  } catch {
    return tags.find((tag) => fails(() => jinja.tokenize(tag.text)))?.start ?? source.length;
  }
  let furthest = 0;
  const watched = new Proxy(tokens, {
    get(target, key) {
      if (typeof key === "string" && /^\d+$/.test(key)) furthest = Math.max(furthest, Number(key));
      return Reflect.get(target, key);
    },
  });
  fails(() => jinja.parse(watched));
  if (furthest >= tokens.length) return source.length;
  const ordinal = tokens.slice(0, furthest + 1).filter((token) => isTagStart(token.type)).length;
  return tags.filter((tag) => !isGeneration(tag))[Math.max(0, ordinal - 1)]?.start ?? source.length;
}

function fails(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch {
    return true;
  }
}

/**
 * Line and column (both from 1) of the tag where a template stops being readable.
 *
 * @example
 * syntaxErrorPlace("a\n {% if x %}b{% endfor %}"); // "2:13"
 */
export function syntaxErrorPlace(source: string): string {
  const before = source.slice(0, failingTag(source, tagsOf(source)));
  return `${before.split("\n").length}:${before.length - before.lastIndexOf("\n")}`;
}
