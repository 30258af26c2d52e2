// A chat as token ids: special tokens come from the template alone. What a user writes is text, whatever it looks like. Knows no model.
import { InkstoneError } from "../../core/index.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import type { ChatTemplate, RenderOptions, TemplateMessage } from "./template.ts";

/** Characters that may stand for others while a template runs: 32 that Unicode has set aside for such use, then those for private use. First and how many. */
const standInRanges = [
  [0xfdd0, 32],
  [0xe000, 6400],
] as const;

/** Roles of the program, not of the user: templates compare them, and some write a special token with them ("<|" + role + "|>"). */
const ownRoles: ReadonlySet<string> = new Set(["system", "developer", "user", "assistant", "tool"]);

/** Puts stand-ins where a special token's text begins in user text, and takes them out again. */
interface Disguise {
  readonly hide: (text: string) => string;
  readonly reveal: (text: string) => string;
}

/**
 * Token ids of a chat. The template's own special tokens become tokens; the same text inside a message stays ordinary text, also where it only
 * becomes a token's text together with what the template writes beside it. User-defined tokens, which are no control tokens, are found everywhere.
 *
 * Errors: `E_TEMPLATE_MISSING` without a template, and those of `ChatTemplate.render`.
 *
 * @example
 * const { metadata } = await openGguf("model.gguf");
 * const tokenizer = tokenizerFromGguf(metadata);
 * const ids = chatTokens(tokenizer, chatTemplateFromGguf(metadata), [{ role: "user", content: "What is gravity?" }]);
 * tokenizer.decode(ids); // "…<|im_start|>user\nWhat is gravity?<|im_end|>\n<|im_start|>assistant\n"
 */
export function chatTokens(
  tokenizer: Tokenizer,
  template: ChatTemplate | undefined,
  messages: readonly TemplateMessage[],
  options: Pick<RenderOptions, "addGenerationPrompt" | "now" | "tools" | "thinking"> = {},
): number[] {
  if (template === undefined) throw new InkstoneError("E_TEMPLATE_MISSING", { field: "tokenizer.chat_template" });
  const specials = [...tokenizer.specialIds].map((id) => tokenizer.decode([id]));
  const { hide, reveal } = disguise(specials, template.source, [messages, options.tools ?? []]);
  const hidden = messages.map(({ role, ...more }) => ({ role: ownRoles.has(role) ? role : hide(role), ...deeply(more, hide) }));
  const tools = options.tools === undefined ? {} : { tools: deeply(options.tools, hide) };
  const textOf = (id: number | undefined) => (id === undefined ? "" : tokenizer.decode([id]));
  const rendered = template.render(hidden, { ...options, ...tools, bosToken: textOf(tokenizer.bos), eosToken: textOf(tokenizer.eos) });
  const parts: number[][] = [];
  let at = 0;
  for (const found of specials.length === 0 ? [] : rendered.matchAll(anyOf(specials))) {
    parts.push(tokenizer.encode(reveal(rendered.slice(at, found.index))), tokenizer.encode(found[0], { special: true }));
    at = found.index + found[0].length;
  }
  parts.push(tokenizer.encode(reveal(rendered.slice(at))));
  return parts.flat();
}

/** Names of fields that templates look for: OpenAI's of messages and tools, JSON Schema's. */
const ownFields = new Set(
  (
    "role content name tool_calls tool_call_id id type function arguments description parameters strict properties required items enum const default " +
    "anyOf oneOf allOf additionalProperties $ref $defs minimum maximum minLength maxLength minItems maxItems pattern format title nullable"
  ).split(" "),
);

/** Every text in a value, names of fields too, through a function. */
function deeply<T>(value: T, through: (text: string) => string): T {
  if (typeof value === "string") return through(value) as T;
  if (Array.isArray(value)) return value.map((one) => deeply(one as unknown, through)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [ownFields.has(name) ? name : through(name), deeply(one as unknown, through)]),
  ) as T;
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

/** Any of these texts, the longest first. */
function anyOf(texts: readonly string[]): RegExp {
  return new RegExp(
    [...texts]
      .sort((a, b) => b.length - a.length)
      .map(escaped)
      .join("|"),
    "g",
  );
}

function disguise(specials: readonly string[], source: string, given: unknown): Disguise {
  const free = freeCharacters(source + textsOf(given).join(""));
  const standIns = new Map<string, string>();
  const standIn = (character: string) => {
    const known = standIns.get(character) ?? free.next().value;
    if (known === undefined)
      throw new InkstoneError("E_TEMPLATE", {
        why: { en: "the messages use every private-use character of Unicode", zh: "消息用尽了 Unicode 的全部私用区字符" },
      });
    standIns.set(character, known);
    return known;
  };
  const cover = (text: string, places: Iterable<number>) => {
    const units = text.split("");
    for (const at of places) units[at] = standIn(text[at]);
    return units.join("");
  };
  const whole = specials.length === 0 ? undefined : anyOf(specials);
  const hide = (text: string) => {
    if (whole === undefined) return text;
    const hidden = cover(text, occurrences(text, whole));
    return cover(hidden, edges(hidden, specials));
  };
  const reveal = (text: string) => {
    let shown = text;
    for (const [character, hidden] of standIns) shown = shown.replaceAll(hidden, character);
    return shown;
  };
  return { hide, reveal };
}

/** Every text in a value. */
function textsOf(value: unknown): string[] {
  const all: string[] = [];
  deeply(value, (text) => {
    all.push(text);
    return text;
  });
  return all;
}

/** Stand-ins that a text does not hold, looked for when they are asked for. */
function* freeCharacters(text: string): Generator<string, undefined> {
  const taken = new Set(text);
  for (const [first, count] of standInRanges)
    for (let code = first; code < first + count; code++) if (!taken.has(String.fromCharCode(code))) yield String.fromCharCode(code);
}

/** Where matches begin, also inside one another. */
function occurrences(text: string, pattern: RegExp): number[] {
  const found: number[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    found.push(match.index);
    pattern.lastIndex = match.index + 1;
  }
  return found;
}

/** Places at the edges of a text that could be a part of a special token together with what comes before or after it. White space at the edges may be trimmed. */
function edges(text: string, specials: readonly string[]): number[] {
  const start = text.length - text.trimStart().length;
  const inner = text.trim();
  const found = new Set<number>();
  if (inner === "") return [];
  for (const special of specials) {
    if (special.includes(inner) && special !== inner) found.add(start);
    for (let length = Math.min(special.length - 1, inner.length); length > 0; length--) {
      if (inner.startsWith(special.slice(-length))) found.add(start);
      if (inner.endsWith(special.slice(0, length))) found.add(start + inner.length - length);
    }
  }
  return [...found];
}
