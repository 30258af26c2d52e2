// Cases of the kernels on the block types of files: packing, unpacking, quantising.
import { type PackedFormat, packedBytes, packedFormatNumber, sourceTypes } from "#native";
import { type Case, f32, noise, zeros } from "./cases.ts";
import { bytesOf } from "./run.ts";

/** Where the halves of a block are, by GGUF number; others begin with one. */
const halves: Readonly<Record<number, readonly number[]>> = { 3: [0, 2], 7: [0, 2], 10: [80, 82], 11: [108], 12: [0, 2], 13: [0, 2], 14: [208] };

/** Types that are made. */
const made = [0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 30];

/** Rows of a file: random bytes whose floats and scales are of moderate size. */
export function fileRows(type: number, rows: number, inputs: number, seed: number): Uint8Array {
  const source = sourceTypes[type];
  if (type === 0) return bytesOf(noise(rows * inputs, seed));
  const random = bytesOf(noise(Math.ceil((rows * inputs * source.bytes) / source.block / 3) + 8, seed)).filter((_, i) => i % 4 !== 3);
  const bytes = random.slice(0, (rows * inputs * source.bytes) / source.block);
  const high = type === 30 ? 0x3e : 0x24;
  for (let at = 0; at < bytes.length; at += source.bytes)
    for (const half of halves[type] ?? [0]) bytes[at + half + 1] = (bytes[at + half + 1] & 0x83) | high;
  return bytes;
}

const u8 = (data: Uint8Array) => ({ type: "u8", data }) as const;

function packings(): Case[] {
  return Object.entries(sourceTypes).flatMap(([number, { block, format, bf16, fast }]): Case[] => {
    const [type, outputs, inputs] = [Number(number), 45, block === 256 ? 256 : 96];
    const into = [...new Set([format, bf16, fast])].filter((one): one is PackedFormat => one !== undefined);
    return into.flatMap((one) =>
      [
        { first: 0, rows: 45 },
        { first: 16, rows: 29 },
        { first: 16, rows: 16 },
      ].map(({ first, rows }): Case => {
        const rest = u8(new Uint8Array(packedBytes(one, outputs, inputs)).fill(7));
        const operands = { source: u8(fileRows(type, rows, inputs, 17)), packed: rest };
        const sizes = { firstRow: first, rows, outputs, inputs, sourceType: type, format: packedFormatNumber[one] };
        return { kernel: "packRows", label: `${one} from type ${type}, rows ${first} to ${first + rows}`, operands, sizes };
      }),
    );
  });
}

function unpackings(): Case[] {
  return Object.entries(sourceTypes).flatMap(([number, { block }]) =>
    [0, block, 65 * 256].map((n): Case => {
      const sourceType = Number(number);
      return {
        kernel: "unpackBlocks",
        label: `${n} values of type ${number}`,
        operands: { source: u8(fileRows(sourceType, 1, n, 23)), y: zeros("f32", n) },
        sizes: { n, sourceType },
      };
    }),
  );
}

// Values as weights are, all zero, all the same, one that stands out, above zero only, very small and very large ones.
function values(n: number): Float32Array {
  const x = noise(n, 29).map((value) => value * value * value);
  const part = (at: number, make: (value: number, i: number) => number) => x.set(x.slice(at, at + 256).map(make), at);
  if (n < 7 * 256) return x;
  part(0, () => 0);
  part(256, () => -0.25);
  part(512, (value, i) => (i % 97 === 5 ? 90 : value));
  part(768, (value) => Math.abs(value) + 1);
  part(1024, (value) => value * 1e-30);
  part(1280, (value) => value * 1e30);
  part(1536, (value) => value * 1e-41);
  return x;
}

function quantisings(): Case[] {
  return made.flatMap((sourceType) =>
    [0, sourceTypes[sourceType].block, 65 * 256].map((n): Case => {
      const { block, bytes } = sourceTypes[sourceType];
      const operands = { x: f32(values(n)), blocks: zeros("u8", (n / block) * bytes) };
      return { kernel: "quantizeBlocks", label: `${n} values to type ${sourceType}`, operands, sizes: { n, sourceType } };
    }),
  );
}

/** All of them. */
export const blockCases = (): Case[] => [...packings(), ...unpackings(), ...quantisings()];
