// Which texts a classifier learned from, as a filter of bits in its card: enough to say of a table how much of it was learned, too little to give a text back. Knows no model.
import { hash } from "node:crypto";
import { Pieces } from "../core/index.ts";
import { normalText } from "../data/index.ts";
import type { ModelCard } from "./saved-classifier.ts";

/** Texts that are kept; of more, those whose number divides by `step`. */
const MOST_KEPT = 65_536;
const BITS_A_TEXT = 16;
/** Bits set for each text: with 16 a text, one in 2,000 others is taken for learned. */
const PLACES = 11;

/** What stands in the card. */
export interface LearnedRows {
  /** Texts that were learned, each once. */
  readonly texts: number;
  /** Kept are the texts whose first number divides by this. */
  readonly step: number;
  /** The filter, base64. */
  readonly bits: string;
}

interface Numbers {
  readonly first: number;
  readonly second: number;
}

// Two numbers stand for a text: all its places are made of them (Kirsch & Mitzenmacher 2006).
function numbersOf(normal: string): Numbers {
  const digest = hash("sha256", normal, "buffer");
  return { first: digest.readUInt32BE(0), second: (digest.readUInt32BE(4) | 1) >>> 0 };
}

const placesOf = ({ first, second }: Numbers, size: number): number[] => Array.from({ length: PLACES }, (_, i) => (first + i * second) % size);

/**
 * The filter of the texts that were learned. Case, width and white space make no difference.
 *
 * Source: Bloom 1970, "Space/time trade-offs in hash coding with allowable errors".
 *
 * @example
 * const learned = learnedRows(["good tea", "bad tea"]);
 * [learned.texts, learnedAmong({ learned }, ["Good  tea", "new tea"])]; // [2, { looked: 2, found: 1 }]
 */
export function learnedRows(texts: readonly string[]): LearnedRows {
  const all = new Map<string, Numbers>();
  for (const text of texts) addTo(all, text);
  return filterOf(all);
}

/** `learnedRows` in short pieces. Errors: the signal's reason. */
export async function learnedRowsAsync(texts: readonly string[], signal?: AbortSignal): Promise<LearnedRows> {
  const all = new Map<string, Numbers>();
  const pieces = new Pieces(signal);
  for (const text of texts) {
    addTo(all, text);
    await pieces.pass(2000 + 20 * text.length);
  }
  return filterOf(all);
}

function addTo(all: Map<string, Numbers>, text: string): void {
  const normal = normalText(text);
  if (!all.has(normal)) all.set(normal, numbersOf(normal));
}

function filterOf(all: ReadonlyMap<string, Numbers>): LearnedRows {
  const step = Math.ceil(all.size / MOST_KEPT);
  const kept = [...all.values()].filter(({ first }) => first % step === 0);
  const bits = new Uint8Array(Math.max(8, Math.ceil((kept.length * BITS_A_TEXT) / 8)));
  for (const numbers of kept) for (const place of placesOf(numbers, bits.length * 8)) bits[place >> 3] |= 1 << (place & 7);
  return { texts: all.size, step, bits: Buffer.from(bits).toString("base64") };
}

/**
 * How many of these texts were learned, among those that can be told; undefined where the card does not say.
 *
 * @example
 * learnedAmong({ learned: learnedRows(["good tea"]) }, ["GOOD tea", "new tea"]); // { looked: 2, found: 1 }
 */
export function learnedAmong(card: ModelCard, texts: readonly string[]): { readonly looked: number; readonly found: number } | undefined {
  const { step, bits: encoded } = (card["learned"] ?? {}) as Partial<LearnedRows>;
  if (typeof encoded !== "string" || !(Number.isSafeInteger(step) && (step as number) > 0)) return undefined;
  const bits = Buffer.from(encoded, "base64");
  if (bits.length === 0) return undefined;
  const told = texts.map((text) => numbersOf(normalText(text))).filter(({ first }) => first % (step as number) === 0);
  const isIn = (numbers: Numbers) => placesOf(numbers, bits.length * 8).every((place) => (bits[place >> 3] & (1 << (place & 7))) !== 0);
  return { looked: told.length, found: told.filter(isIn).length };
}
