// UTF-8 well-formedness of a stretch of bytes, without making a string of it.

/**
 * Whether bytes [start, end) are well-formed UTF-8: no overlong forms, no surrogates, nothing past U+10FFFF.
 *
 * Source: The Unicode Standard, table 3-7.
 *
 * @example
 * isUtf8(Uint8Array.of(0xc0, 0x80), 0, 2); // false
 */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const lead = bytes[at++];
    if (lead < 0x80) continue;
    if (lead < 0xc2 || lead > 0xf4 || at >= end) return false;
    const second = bytes[at++];
    if (second < lowest(lead) || second > highest(lead)) return false;
    for (let more = lead < 0xe0 ? 0 : lead < 0xf0 ? 1 : 2; more > 0; more--) if (at >= end || (bytes[at++] & 0xc0) !== 0x80) return false;
  }
  return true;
}

const lowest = (lead: number): number => (lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80);
const highest = (lead: number): number => (lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf);
