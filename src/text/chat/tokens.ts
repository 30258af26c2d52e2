// A chat as token ids: special tokens come from the template alone. What a user writes is text, whatever it looks like. Knows no model.
import { InkstoneError } from "../../core/index.ts";
import type { Tokenizer } from "../tokenizer.ts";
import type { ChatTemplate, RenderOptions, TemplateMessage } from "./template.ts";

/** First of the characters that stand for others while a template runs: Unicode has set these 32 aside for such use. */
const FIRST_STAND_IN = 0xfdd0;
const STAND_INS = 32;

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
 * chatTokens(tokenizer, template, [{ role: "user", content: "What is gravity?" }]);
 */
export function chatTokens(
  tokenizer: Tokenizer,
  template: ChatTemplate | undefined,
  messages: readonly TemplateMessage[],
  options: Pick<RenderOptions, "addGenerationPrompt" | "now"> = {},
): number[] {
  if (template === undefined) throw new InkstoneError("E_TEMPLATE_MISSING", { field: "tokenizer.chat_template" });
  const specials = [...tokenizer.specialIds].map((id) => tokenizer.decode([id]));
  const { hide, reveal } = disguise(specials, template.source, messages);
  const hidden = messages.map((message) => ({ ...message, role: hide(message.role), content: hide(message.content) }));
  const textOf = (id: number | undefined) => (id === undefined ? "" : tokenizer.decode([id]));
  const rendered = template.render(hidden, { ...options, bosToken: textOf(tokenizer.bos), eosToken: textOf(tokenizer.eos) });
  const ids: number[] = [];
  let at = 0;
  for (const found of specials.length === 0 ? [] : rendered.matchAll(anyOf(specials))) {
    ids.push(...tokenizer.encode(reveal(rendered.slice(at, found.index))), ...tokenizer.encode(found[0], { special: true }));
    at = found.index + found[0].length;
  }
  for (const id of tokenizer.encode(reveal(rendered.slice(at)))) ids.push(id);
  return ids;
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

function disguise(specials: readonly string[], source: string, messages: readonly TemplateMessage[]): Disguise {
  const taken = new Set(source + messages.map((message) => message.role + message.content).join(""));
  const free = Array.from({ length: STAND_INS + 6400 }, (_, i) =>
    String.fromCharCode(i < STAND_INS ? FIRST_STAND_IN + i : 0xe000 + i - STAND_INS),
  ).filter((character) => !taken.has(character));
  const standIns = new Map<string, string>();
  const standIn = (character: string) => {
    const known = standIns.get(character) ?? free[standIns.size];
    standIns.set(character, known);
    return known;
  };
  const cover = (text: string, at: number) => text.slice(0, at) + standIn(text[at]) + text.slice(at + 1);
  const whole = specials.length === 0 ? undefined : anyOf(specials);
  const hide = (text: string) => {
    if (whole === undefined) return text;
    let hidden = text.replace(whole, (found) => cover(found, 0));
    for (const at of edges(hidden, specials)) hidden = cover(hidden, at);
    return hidden;
  };
  const reveal = (text: string) => {
    let shown = text;
    for (const [character, hidden] of standIns) shown = shown.replaceAll(hidden, character);
    return shown;
  };
  return { hide, reveal };
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
