// Pixels as a PNG file. Knows no picture.
import { promisify } from "node:util";
import { crc32, deflate } from "node:zlib";

/** Pixels, row by row from the top: red, green, blue, a byte each. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly values: Uint8Array;
}

const deflated = promisify(deflate) as (bytes: Uint8Array, options: { readonly level: number }) => Promise<Buffer>;
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * A PNG file of pixels: 8 bits a colour, no filter. Source: RFC 2083.
 *
 * @example
 * const file = await pngBytes({ width: 1, height: 1, values: Uint8Array.of(255, 0, 0) });
 * file.subarray(1, 4); // [80, 78, 71]
 */
export async function pngBytes({ width, height, values }: Pixels): Promise<Uint8Array> {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const rows = new Uint8Array(height * (3 * width + 1));
  for (let row = 0; row < height; row++) rows.set(values.subarray(row * 3 * width, (row + 1) * 3 * width), row * (3 * width + 1) + 1);
  return Uint8Array.from(
    Buffer.concat([Buffer.from(SIGNATURE), chunk("IHDR", head), chunk("IDAT", await deflated(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))]),
  );
}

function chunk(name: string, content: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(name, "latin1"), content]);
  const whole = Buffer.alloc(named.length + 8);
  whole.writeUInt32BE(content.length, 0);
  named.copy(whole, 4);
  whole.writeUInt32BE(crc32(named), named.length + 4);
  return whole;
}
