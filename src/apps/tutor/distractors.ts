// Wrong answers that could be right: of the key's kind, from the same source, and not said by its sentence. Knows no items.
import { uniform } from "../../core/index.ts";
import type { AskedSentence, KeyCandidate } from "./candidates.ts";

/** Distractors, and how near they are to the key: 0 to 1. */
export interface Distractors {
  readonly texts: readonly string[];
  readonly near: number;
}

const isHan = (text: string): boolean => /\p{Script=Han}/u.test(text);

/** Up to three. Numbers are made by shifting the key, the rest is taken from the source. */
export function distractorsFor(key: KeyCandidate, sentence: AskedSentence, all: readonly KeyCandidate[], seed: number): Distractors {
  if (key.kind === "year" || key.kind === "number") return numbers(key, sentence, seed);
  const said = sentence.text.toLowerCase();
  const wanted = key.text.toLowerCase();
  const others = new Map<string, KeyCandidate>();
  for (const other of all) {
    const text = other.text.toLowerCase();
    if (
      other.kind === key.kind &&
      isHan(text) === isHan(wanted) &&
      !said.includes(text) &&
      !text.includes(wanted) &&
      !wanted.includes(text) &&
      !others.has(text)
    )
      others.set(text, other);
  }
  const ranked = [...others.values()]
    .map((other) => ({ text: other.text, likeness: likeness(key.text, other.text) }))
    .sort((a, b) => b.likeness - a.likeness);
  const best = ranked.slice(0, 3);
  return { texts: best.map(({ text }) => text), near: best.reduce((sum, one) => sum + one.likeness, 0) / 3 };
}

// Same number of words, same ending, same length: what looks alike is harder to tell apart.
function likeness(one: string, other: string): number {
  const [a, b] = [one.split(/\s+/), other.split(/\s+/)];
  const words = a.length === b.length ? 0.4 : 0;
  const tail = one.slice(-2) === other.slice(-2) ? 0.2 : one.at(-1) === other.at(-1) ? 0.1 : 0;
  const size = 0.4 * (1 - Math.min(1, Math.abs(one.length - other.length) / Math.max(one.length, other.length)));
  return words + tail + size;
}

function numbers({ kind, text, start }: KeyCandidate, sentence: AskedSentence, seed: number): Distractors {
  const written = /\d[\d,，]*(?:\.\d+)?/.exec(text)?.[0];
  if (written === undefined) return { texts: [], near: 0 };
  const value = Number(written.replace(/[,，]/g, ""));
  const decimals = /\.(\d+)$/.exec(written)?.[1].length ?? 0;
  const grouped = /[,，]/.test(written);
  const percent = /%|percent/.test(text) && value <= 100;
  const shifts = kind === "year" ? [-31, -17, -8, -4, 3, 6, 12, 25] : [0.25, 0.5, 0.75, 0.9, 1.1, 1.25, 1.5, 2, 3, 10];
  const made = shifts
    .map((shift, i) => ({
      value: kind === "year" ? value + shift : Number((value === 0 ? i + 1 : value * shift).toFixed(decimals)),
      at: uniform(seed, 0, start, i),
    }))
    .filter(
      (one) =>
        one.value !== value && (kind !== "year" || one.value <= 2100) && (!percent || one.value <= 100) && !sentence.text.includes(String(one.value)),
    )
    .sort((a, b) => a.at - b.at);
  const texts = [
    ...new Set(
      made.map((one) =>
        text.replace(written, grouped ? one.value.toLocaleString("en-US", { minimumFractionDigits: decimals }) : one.value.toFixed(decimals)),
      ),
    ),
  ];
  return { texts: texts.filter((one) => one !== text).slice(0, 3), near: 0.5 };
}
