// Offsets between languages: Python counts code points, JavaScript UTF-16 units. Knows no formats.

/**
 * The UTF-16 offset of a code point of a text; beyond the end, the end.
 *
 * @example
 * unitOffset("😀墨", 1); // 2
 */
export function unitOffset(text: string, codePoints: number): number {
  let unit = 0;
  for (let left = codePoints; left > 0 && unit < text.length; left--) unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
  return unit;
}
