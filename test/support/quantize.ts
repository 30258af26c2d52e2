// Values into the bytes of GGUF tensor types and back, plainly. For test files only; the product reads these types in its kernels.

/** Tensor types that tests write. */
export type WrittenType = "F32" | "F16" | "BF16" | "Q4_0" | "Q4_1" | "Q8_0";

/** Number, block and bytes of a block of each type. */
export const writtenTypes: Readonly<Record<WrittenType, { id: number; block: number; bytes: number }>> = {
  F32: { id: 0, block: 1, bytes: 4 },
  F16: { id: 1, block: 1, bytes: 2 },
  Q4_0: { id: 2, block: 32, bytes: 18 },
  Q4_1: { id: 3, block: 32, bytes: 20 },
  Q8_0: { id: 8, block: 32, bytes: 34 },
  BF16: { id: 30, block: 1, bytes: 2 },
};

/** f32 to the bits of f16, to nearest even. */
export function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size || 2 ** -24)));
  const steps = size / 2 ** (exponent - 10);
  let rounded = Math.floor(steps);
  const rest = steps - rounded;
  if (rest > 0.5 || (rest === 0.5 && rounded % 2 === 1)) rounded++;
  // A carry out of the mantissa lands in the exponent, as it should.
  return sign | (rounded + (exponent + 14) * 1024);
}

/** Bits of f16 to a number. */
export function halfValue(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  const size =
    exponent === 0
      ? mantissa * 2 ** -24
      : exponent === 31
        ? mantissa
          ? Number.NaN
          : Number.POSITIVE_INFINITY
        : (1024 + mantissa) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}

/** Values as the bytes of a type; their count is a multiple of its block. */
export function quantize(type: WrittenType, values: Float32Array): Uint8Array {
  const { block, bytes } = writtenTypes[type];
  const out = Buffer.alloc((values.length / block) * bytes);
  for (let i = 0; i < values.length; i += block) write[type](values.subarray(i, i + block), out, (i / block) * bytes);
  return out;
}

/** The values that bytes of a type stand for. */
export function dequantize(type: WrittenType, data: Uint8Array): Float32Array {
  const { block, bytes } = writtenTypes[type];
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.length);
  const out = new Float32Array((data.length / bytes) * block);
  for (let i = 0; i < out.length; i += block) read[type](buffer, (i / block) * bytes, out.subarray(i, i + block));
  return out;
}

type Write = (values: Float32Array, out: Buffer, at: number) => void;
type Read = (data: Buffer, at: number, out: Float32Array) => unknown;

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, Math.round(value)));
const widest = (values: Float32Array): number => values.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);

function nibbles(codes: readonly number[], out: Buffer, at: number): void {
  for (let i = 0; i < 16; i++) out[at + i] = codes[i] | (codes[i + 16] << 4);
}

const write: Record<WrittenType, Write> = {
  F32: ([value], out, at) => void out.writeFloatLE(value, at),
  F16: ([value], out, at) => void out.writeUInt16LE(halfBits(value), at),
  BF16: (values, out, at) => {
    const bits = new Uint32Array(values.slice().buffer)[0];
    out.writeUInt16LE(((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff, at);
  },
  Q8_0: (values, out, at) => {
    const bits = halfBits(Math.abs(widest(values)) / 127);
    const scale = halfValue(bits);
    out.writeUInt16LE(bits, at);
    values.forEach((value, i) => {
      out.writeInt8(scale === 0 ? 0 : clamp(value / scale, -127, 127), at + 2 + i);
    });
  },
  Q4_0: (values, out, at) => {
    const bits = halfBits(widest(values) / -8);
    const scale = halfValue(bits);
    out.writeUInt16LE(bits, at);
    nibbles(
      Array.from(values, (value) => (scale === 0 ? 8 : clamp(value / scale + 8, 0, 15))),
      out,
      at + 2,
    );
  },
  Q4_1: (values, out, at) => {
    const lowest = Math.min(...values);
    const [scaleBits, lowBits] = [halfBits((Math.max(...values) - lowest) / 15), halfBits(lowest)];
    const [scale, low] = [halfValue(scaleBits), halfValue(lowBits)];
    out.writeUInt16LE(scaleBits, at);
    out.writeUInt16LE(lowBits, at + 2);
    nibbles(
      Array.from(values, (value) => (scale === 0 ? 0 : clamp((value - low) / scale, 0, 15))),
      out,
      at + 4,
    );
  },
};

const read: Record<WrittenType, Read> = {
  F32: (data, at, out) => out.fill(data.readFloatLE(at)),
  F16: (data, at, out) => out.fill(halfValue(data.readUInt16LE(at))),
  BF16: (data, at, out) => out.fill(new Float32Array(Uint32Array.of(data.readUInt16LE(at) << 16).buffer)[0]),
  Q8_0: (data, at, out) => {
    for (let i = 0; i < 32; i++) out[i] = halfValue(data.readUInt16LE(at)) * data.readInt8(at + 2 + i);
  },
  Q4_0: (data, at, out) => {
    for (let i = 0; i < 32; i++) out[i] = halfValue(data.readUInt16LE(at)) * (((data[at + 2 + (i % 16)] >> (i < 16 ? 0 : 4)) & 15) - 8);
  },
  Q4_1: (data, at, out) => {
    const [scale, low] = [halfValue(data.readUInt16LE(at)), halfValue(data.readUInt16LE(at + 2))];
    for (let i = 0; i < 32; i++) out[i] = scale * ((data[at + 4 + (i % 16)] >> (i < 16 ? 0 : 4)) & 15) + low;
  },
};
