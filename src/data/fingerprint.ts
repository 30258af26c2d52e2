// When two texts are the same, and a number that stands for a text. Knows no files.
import { hash } from "node:crypto";

/**
 * A text as it counts for duplicates: compatibility forms made one (NFKC), lower case, white space one space, none at the ends. With this, full and half
 * width, ligatures, case and layout make no difference.
 *
 * Source: Unicode Standard Annex 15.
 *
 * @example
 * normalText("  Ｉnk\n STONE "); // "ink stone"
 */
export function normalText(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
}

/** 64 bits that stand for a text: two texts of millions have the same with a chance below 10^-5. */
export interface Fingerprint {
  readonly high: number;
  readonly low: number;
}

/**
 * The first 64 bits of SHA-256.
 *
 * @example
 * fingerprint("ink"); // { high: 3072899047, low: 1979123962 }
 */
export function fingerprint(text: string): Fingerprint {
  const digest = hash("sha256", text, "buffer");
  return { high: digest.readUInt32BE(0), low: digest.readUInt32BE(4) };
}
