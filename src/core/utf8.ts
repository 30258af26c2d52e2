// Where bytes stop being UTF-8, which no decoder of the platform tells, and the order that texts have as UTF-8.

/**
 * Index of the first byte of the first sequence that is no UTF-8 (over-long forms, surrogates and cut ends included); -1 where all is well.
 *
 * Source: RFC 3629, section 4.
 *
 * @example
 * invalidUtf8At(Uint8Array.of(0x61, 0xff)); // 1
 */
export function invalidUtf8At(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) return at;
    at += length;
  }
  return -1;
}

const follows = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

// Bytes of the sequence that begins at `at`, 0 when it is none.
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first < 0x80) return 1;
  const second = bytes[at + 1];
  if (!follows(second)) return 0;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (!follows(bytes[at + 2])) return 0;
  if (first >= 0xe0 && first <= 0xef) return (first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f) ? 0 : 3;
  if (first < 0xf0 || first > 0xf4 || !follows(bytes[at + 3])) return 0;
  return (first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f) ? 0 : 4;
}

/**
 * Order of code points, as Python sorts strings and UTF-8 its bytes: surrogates (that is, everything beyond U+FFFF) come last.
 *
 * @example
 * ["😀", "！", "a"].sort(byCodePoints); // ["a", "！", "😀"]
 */
export function byCodePoints(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i++) {
    const [x, y] = [rank(a.charCodeAt(i)), rank(b.charCodeAt(i))];
    if (x !== y) return x - y;
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;
}
