// Sound files: WAV of every kind by hand, any rate and number of channels; other formats through a program, or refused by its name.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { InkstoneError } from "#core";
import { openSound, readWav, resampled } from "#formats";

const folder = mkdtempSync(join(tmpdir(), "inkstone-audio-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Form {
  readonly kind?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits: number;
}

function wav({ kind = 1, channels = 1, rate = 16_000, bits }: Form, data: Uint8Array): Uint8Array {
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(kind, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE((rate * channels * bits) / 8, 28);
  head.writeUInt16LE((channels * bits) / 8, 32);
  head.writeUInt16LE(bits, 34);
  head.write("data", 36);
  head.writeUInt32LE(data.length, 40);
  return Uint8Array.from([...head, ...data]);
}
const raw = (values: ArrayBufferView) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

describe("WAV", () => {
  it.each([
    ["8 bits", { bits: 8 }, Uint8Array.of(128, 192, 64)],
    ["16 bits", { bits: 16 }, raw(Int16Array.of(0, 16_384, -16_384))],
    ["24 bits", { bits: 24 }, Uint8Array.of(0, 0, 0, 0, 0, 0x40, 0, 0, 0xc0)],
    ["32 bits", { bits: 32 }, raw(Int32Array.of(0, 2 ** 30, -(2 ** 30)))],
    ["floats", { kind: 3, bits: 32 }, raw(Float32Array.of(0, 0.5, -0.5))],
  ] as const)("of %s gives samples from -1 to 1", (_, form, data) => {
    expect([...readWav(wav(form, data)).samples]).toEqual([0, 0.5, -0.5]);
  });

  it("of two channels gives their mean, and its rate", () => {
    const { samples, rate } = readWav(wav({ bits: 16, channels: 2, rate: 44_100 }, raw(Int16Array.of(16_384, 0, -16_384, -16_384))));
    expect([[...samples], rate]).toEqual([[0.25, -0.5], 44_100]);
  });

  it("of a recorder that was cut off is heard as far as it goes", () => {
    expect(readWav(wav({ bits: 16 }, raw(Int16Array.of(1, 2, 3))).subarray(0, 48)).samples.length).toBe(2);
  });

  it("of an odd kind is refused, and any bytes whatever are read or refused by a typed error", () => {
    expect(() => readWav(wav({ kind: 17, bits: 4 }, new Uint8Array(4)))).toThrow(expect.objectContaining({ code: "E_AUDIO_FORMAT" }));
    const whole = wav({ bits: 16 }, raw(Int16Array.of(1, 2, 3, 4)));
    const change = fc.record({ at: fc.nat(whole.length - 1), to: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), fc.nat(whole.length), (changes, length) => {
        const bytes = whole.slice(0, length);
        for (const { at, to } of changes) if (at < length) bytes[at] = to;
        try {
          expect(readWav(bytes).samples.length).toBeLessThanOrEqual(8);
        } catch (error) {
          expect(error).toBeInstanceOf(InkstoneError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("another rate", () => {
  const tone = (hertz: number, rate: number, count: number) =>
    Float32Array.from({ length: count }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / rate));

  it.each([
    [44_100, 16_000],
    [8_000, 16_000],
    [48_000, 16_000],
    [22_050, 16_000],
  ])("from %i to %i keeps a tone of 440 Hz within a thousandth", (from, to) => {
    const made = resampled(tone(440, from, from), from, to);
    const expected = tone(440, to, to);
    expect(made.length).toBe(to);
    for (let i = 200; i < to - 200; i++) expect(Math.abs(made[i] - expected[i])).toBeLessThan(1e-3);
  });

  it("lets nothing through that it cannot hold", () => {
    const made = resampled(tone(12_000, 48_000, 48_000), 48_000, 16_000);
    expect(Math.max(...made.subarray(200, 15_800).map(Math.abs))).toBeLessThan(2e-3);
  });
});

describe("other formats", () => {
  const path = join(folder, "sound.ogg");
  writeFileSync(path, "OggS");

  it("are refused by the program that is missing", async () => {
    await expect(openSound(path, { program: join(folder, "none") })).rejects.toMatchObject({ code: "E_AUDIO_PROGRAM" });
    await expect(openSound(Buffer.from("OggS"), { program: join(folder, "none") })).rejects.toMatchObject({ code: "E_AUDIO_PROGRAM" });
  });

  it("come through it as samples, and what it cannot read is told in its words", async () => {
    const program = join(folder, "ffmpeg");
    writeFileSync(
      program,
      `#!${process.execPath}\nconst given = process.argv[process.argv.indexOf("-i") + 1];\nif (require("node:fs").readFileSync(given, "utf8") !== "OggS") { console.error("given: Invalid data found"); process.exit(1); }\nprocess.stdout.write(Buffer.from(new Float32Array([0.25, -0.5]).buffer));\n`,
    );
    chmodSync(program, 0o755);
    expect([...(await openSound(path, { program }))]).toEqual([0.25, -0.5]);
    expect([...(await openSound(Buffer.from("OggS"), { program }))]).toEqual([0.25, -0.5]);
    const refused = openSound(Buffer.from("text"), { program });
    await expect(refused).rejects.toMatchObject({ code: "E_AUDIO_FORMAT" });
    await expect(refused).rejects.toThrow("Invalid data found");
  });
});
