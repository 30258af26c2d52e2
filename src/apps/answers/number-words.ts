// Small numbers in English words, for looking up "3" where a source says "three".
const ones =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(" ");
const tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/**
 * A whole number from 0 to 99 in English words; undefined for others.
 *
 * @example
 * englishNumber(42); // "forty-two"
 */
export function englishNumber(value: number): string | undefined {
  if (!Number.isInteger(value) || value < 0 || value > 99) return undefined;
  if (value < 20) return ones[value];
  return value % 10 === 0 ? tens[value / 10] : `${tens[Math.floor(value / 10)]}-${ones[value % 10]}`;
}
