// Splitting rows into parts such as train, validation and test: by seed, with the labels in proportion, or by a hash of each text. Knows no files.
import { InkstoneError, refuseUnknown } from "../core/index.ts";
import { drawing, purposes, shuffled } from "./chance.ts";
import { fingerprint, normalText } from "./fingerprint.ts";
import { type Label, rowsByLabel } from "./labels.ts";

/** Parts and their shares, which sum to 1; the order of the keys makes no difference. */
export type Shares = Readonly<Record<string, number>>;

/** Four fifths to learn from, a tenth each to choose by and to be judged by. */
export const usualShares: Shares = { train: 0.8, validation: 0.1, test: 0.1 };

/** How to split by seed. */
export interface SplitOptions {
  readonly shares?: Shares;
  readonly seed?: number;
}

// In one order whatever the order of the keys: the largest first, then by name.
function sortedShares(shares: Shares): [string, number][] {
  const sorted = Object.entries(shares).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const sum = sorted.reduce((total, [, share]) => total + share, 0);
  if (sorted.length === 0 || sorted.some(([, share]) => !(share > 0)) || Math.abs(sum - 1) > 1e-9) {
    const allowed = { en: "shares above 0 that sum to 1", zh: "大于 0 且总和为 1 的比例" };
    throw new InkstoneError("E_OPTION", { option: "shares", value: shares, allowed });
  }
  return sorted;
}

/**
 * Rows of each part, ascending, so that every label is in every part in proportion: a part gets its share of the rows to within one row, and its share of the
 * rows of a label to within about one. Which rows is drawn by seed.
 *
 * Labels are walked one after the other in a random order, the rows of each in a random order, and every row goes to the part that is furthest behind.
 * Errors: E_OPTION for shares that are not above 0 or do not sum to 1, and for a seed that is no whole number; E_DATA_EMPTY without rows.
 *
 * @example
 * const { train, test } = stratifiedSplit(["a", "a", "b", "a", "b", "b"], { shares: { train: 2 / 3, test: 1 / 3 }, seed: 1 });
 * [train.length, test.length]; // [4, 2]
 */
export function stratifiedSplit(labels: readonly Label[], options: SplitOptions = {}): Record<string, number[]> {
  refuseUnknown<SplitOptions>("stratifiedSplit", options, { shares: true, seed: true });
  const { shares = usualShares, seed = 0 } = options;
  if (labels.length === 0) throw new InkstoneError("E_DATA_EMPTY", { what: ["labels"] });
  const parts = sortedShares(shares).map(([name, share]) => ({ name, share, rows: [] as number[] }));
  const draw = drawing(seed, purposes.split);
  let seen = 0;
  for (const [i, rows] of shuffled([...rowsByLabel(labels).values()], draw).entries()) {
    for (const row of shuffled(rows, draw, i + 1)) {
      seen++;
      const behind = parts.reduce((most, part) => (lag(part, seen) > lag(most, seen) + 1e-9 ? part : most));
      behind.rows.push(row);
    }
  }
  return Object.fromEntries(Object.keys(shares).map((name) => [name, rowsOf(parts, name)]));
}

interface Part {
  readonly name: string;
  readonly share: number;
  readonly rows: number[];
}

const lag = ({ share, rows }: Part, seen: number): number => share * seen - rows.length;
const rowsOf = (parts: readonly Part[], name: string): number[] => (parts.find((part) => part.name === name)?.rows ?? []).sort((a, b) => a - b);

/**
 * The part of a text by its hash: a function of the text alone, so a text stays in its part when others are added, removed or reordered, and duplicates
 * (the same after `normalText`) never stand on two sides. Parts get their shares only on average. `salt` gives another split of the same texts.
 *
 * Errors of the call: E_OPTION for shares that are not above 0 or do not sum to 1.
 *
 * @example
 * const partOf = hashSplit({ train: 0.5, test: 0.5 });
 * partOf("ink") === partOf(" INK\n"); // true
 */
export function hashSplit(shares: Shares = usualShares, salt = ""): (text: string) => string {
  const sorted = sortedShares(shares);
  return (text) => {
    const { high, low } = fingerprint(`${salt}\0${normalText(text)}`);
    let left = high * 2 ** -32 + (low >>> 11) * 2 ** -53;
    for (const [name, share] of sorted) {
      if (left < share) return name;
      left -= share;
    }
    return sorted[0][0];
  };
}
