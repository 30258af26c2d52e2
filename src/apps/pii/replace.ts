// Personal data out of a text and, with the key, back in: marks, numbered names, sealed tokens. Knows no rules that find it.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { InkstoneError } from "../../core/index.ts";
import type { PiiSpan } from "./types.ts";

/** A text without its personal data. */
export interface ReplacedText {
  readonly text: string;
  /** What stands for what. Empty with a key: the tokens themselves carry it, sealed. */
  readonly replaced: readonly { readonly token: string; readonly value: string }[];
}

/** The text with every character of personal data as one mark; spaces stay, and so does the length. */
export function maskedPii(text: string, spans: readonly PiiSpan[], mark: string): string {
  return rewritten(text, spans, ({ text: found }) => found.replace(/\S/gu, (one) => mark.repeat(one.length)));
}

/** The text with personal data as names ("[NAME_1]"), the same for the same value; or as sealed tokens where there is a key. */
export function replacedPii(text: string, spans: readonly PiiSpan[], key: string | undefined): ReplacedText {
  if (key !== undefined) {
    const seal = sealer(key);
    return { text: rewritten(text, spans, ({ kind, text: value }) => `⟦${kind}:${seal(kind, value)}⟧`), replaced: [] };
  }
  const tokens = new Map<string, { token: string; value: string }>();
  const counts = new Map<string, number>();
  const result = rewritten(text, spans, ({ kind, text: value }) => {
    const known = tokens.get(`${kind} ${value}`);
    if (known !== undefined) return known.token;
    let count = counts.get(kind) ?? 0;
    let token: string;
    do token = `[${kind.toUpperCase()}_${++count}]`;
    while (text.includes(token));
    counts.set(kind, count);
    tokens.set(`${kind} ${value}`, { token, value });
    return token;
  });
  return { text: result, replaced: [...tokens.values()] };
}

function rewritten(text: string, spans: readonly PiiSpan[], of: (span: PiiSpan) => string): string {
  let result = "";
  let at = 0;
  for (const span of spans) {
    result += text.slice(at, span.start) + of(span);
    at = span.end;
  }
  return result + text.slice(at);
}

interface Keys {
  readonly tag: Buffer;
  readonly cipher: Buffer;
}

/** Least characters of a key. */
export const leastKey = 16;

function keysOf(key: string): Keys {
  if (key.length < leastKey) throw new InkstoneError("E_PII_KEY", { least: leastKey });
  const made = Buffer.from(hkdfSync("sha256", key, "inkstone", "pii tokens 1", 64));
  return { tag: made.subarray(0, 32), cipher: made.subarray(32) };
}

// Deterministic authenticated sealing (the construction of SIV, RFC 5297, from HMAC-SHA-256 and AES-256-CTR): the same value has the same token under one key, so tables still join.
function sealer(key: string): (kind: string, value: string) => string {
  const { tag, cipher } = keysOf(key);
  return (kind, value) => {
    const iv = createHmac("sha256", tag).update(`${kind}\0${value}`).digest().subarray(0, 16);
    const made = createCipheriv("aes-256-ctr", cipher, iv);
    return Buffer.concat([iv, made.update(value, "utf8"), made.final()]).toString("base64url");
  };
}

const token = /⟦([a-z-]{2,20}):([A-Za-z0-9_-]{22,})⟧/g;

/**
 * Puts back what `replace` sealed with this key. Text around the tokens may have changed.
 *
 * Errors: E_PII_KEY for a key that is too short, E_PII_TOKEN for a token of another key or one that was changed.
 *
 * @example
 * const finder = await PiiFinder.open();
 * const { text } = finder.replace("Write to a@b.org.", { key: "sixteen letters!" });
 * restorePii(text, "sixteen letters!"); // "Write to a@b.org."
 */
export function restorePii(text: string, key: string): string {
  const { tag, cipher } = keysOf(key);
  return text.replace(token, (whole: string, kind: string, sealed: string, at: number) => {
    const bytes = Buffer.from(sealed, "base64url");
    const iv = bytes.subarray(0, 16);
    const opened = createDecipheriv("aes-256-ctr", cipher, iv);
    const value = Buffer.concat([opened.update(bytes.subarray(16)), opened.final()]).toString("utf8");
    const wanted = createHmac("sha256", tag).update(`${kind}\0${value}`).digest().subarray(0, 16);
    if (iv.length < 16 || !timingSafeEqual(iv, wanted)) throw new InkstoneError("E_PII_TOKEN", { token: whole.slice(0, 40), at });
    return value;
  });
}
