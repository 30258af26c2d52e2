// TensorBoard's event files: scalars by step. Source: tensorflow/core/util/event.proto, lib/io/record_writer.cc (masked CRC-32C).
import type { LogEntry } from "./run-folder.ts";

const table = Uint32Array.from({ length: 256 }, (_, i) => {
  let value = i;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** CRC-32C of bytes, rotated and shifted as records have it. */
export function maskedChecksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = table[(crc ^ byte) & 255] ^ (crc >>> 8);
  crc = (crc ^ 0xffffffff) >>> 0;
  return ((((crc >>> 15) | (crc << 17)) >>> 0) + 0xa282ead8) >>> 0;
}

function record(data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(data.length));
  head.writeUInt32LE(maskedChecksum(head.subarray(0, 8)), 8);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(maskedChecksum(data));
  return Buffer.concat([head, data, tail]);
}

// Protocol buffers: a field's number and kind, then its value.
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}
const block = (field: number, data: Buffer): Buffer => Buffer.concat([varint(field * 8 + 2), varint(data.length), data]);
const double = (field: number, value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint(field * 8 + 1), bytes]);
};
const float = (field: number, value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([varint(field * 8 + 5), bytes]);
};

const tags: readonly (readonly [
  keyof LogEntry & ("loss" | "gradientNorm" | "learningRate" | "tokensPerSecond" | "validationLoss" | "bitsPerByte" | "megabytes"),
  string,
])[] = [
  ["loss", "train/loss"],
  ["gradientNorm", "train/gradient_norm"],
  ["learningRate", "train/learning_rate"],
  ["tokensPerSecond", "train/tokens_per_second"],
  ["validationLoss", "validation/loss"],
  ["bitsPerByte", "validation/bits_per_byte"],
  ["megabytes", "machine/megabytes"],
];

/** A log as an event file, record by record. `began`: of the run, in seconds since 1970. */
export function* eventRecords(entries: readonly LogEntry[], began: number): Generator<Uint8Array> {
  yield record(Buffer.concat([double(1, began), block(3, Buffer.from("brain.Event:2"))]));
  for (const entry of entries) {
    const values = tags.flatMap(([name, tag]) => {
      const value = entry[name];
      return value === undefined ? [] : [block(1, Buffer.concat([block(1, Buffer.from(tag)), float(2, value)]))];
    });
    const time = double(1, began + (entry.seconds ?? 0));
    yield record(Buffer.concat([time, varint(2 * 8), varint(entry.step), block(5, Buffer.concat(values))]));
  }
}
