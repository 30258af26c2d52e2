// Pixels as a file: its parts come apart again as PNG says.
import { crc32, inflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pngBytes } from "#formats";

describe("pngBytes", () => {
  it("writes chunks whose sums hold and whose pixels come back", async () => {
    const pixels = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.nat(1000));
    await fc.assert(
      fc.asyncProperty(pixels, async ([width, height, seed]) => {
        const values = Uint8Array.from({ length: 3 * width * height }, (_, i) => (seed * (i + 7)) % 251);
        const file = Buffer.from(await pngBytes({ width, height, values }));
        expect([...file.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
        const chunks = new Map<string, Buffer>();
        for (let at = 8; at < file.length; ) {
          const length = file.readUInt32BE(at);
          const named = file.subarray(at + 4, at + 8 + length);
          expect(file.readUInt32BE(at + 8 + length)).toBe(crc32(named));
          chunks.set(named.toString("latin1", 0, 4), named.subarray(4));
          at += length + 12;
        }
        expect([...chunks.keys()]).toEqual(["IHDR", "IDAT", "IEND"]);
        expect([chunks.get("IHDR")?.readUInt32BE(0), chunks.get("IHDR")?.readUInt32BE(4)]).toEqual([width, height]);
        const rows = inflateSync(chunks.get("IDAT") as Buffer);
        const back = Array.from({ length: height }, (_, y) => [...rows.subarray(y * (3 * width + 1) + 1, (y + 1) * (3 * width + 1))]).flat();
        expect(back).toEqual([...values]);
      }),
    );
  });
});
