// Small whole files of each binary format, made here: what fuzz.mjs changes. Every branch of a parser that a file can reach should be reached by one of them.
import { ggufPieces, ggufTypes, safetensorsPieces, zipBytes } from "../../dist/formats/index.js";

const little = { u16: (value) => new Uint8Array(Uint16Array.of(value).buffer), u32: (value) => new Uint8Array(Uint32Array.of(value).buffer), u64: (value) => new Uint8Array(BigUint64Array.of(BigInt(value)).buffer) };
const raw = (values) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
const joined = (...parts) => Uint8Array.from(parts.flat(9).flatMap((part) => (typeof part === "number" ? [part] : typeof part === "string" ? [...Buffer.from(part)] : [...part])));
async function whole(pieces) {
  const parts = [];
  for await (const piece of pieces) parts.push(Uint8Array.from(piece));
  return joined(...parts);
}

const gguf = () =>
  whole(
    ggufPieces({
      metadata: new Map([
        ["general.architecture", { type: "string", value: "llama" }],
        ["general.alignment", { type: "uint32", value: 32 }],
        ["llama.block_count", { type: "uint32", value: 1 }],
        ["llama.rope.freq_base", { type: "float32", value: 10_000 }],
        ["tokenizer.ggml.model", { type: "string", value: "gpt2" }],
        ["tokenizer.ggml.tokens", { type: "array", of: "string", items: ["<s>", "墨", "ink", " and", " stone"] }],
        ["tokenizer.ggml.token_type", { type: "array", of: "int32", items: [3, 1, 1, 1, 1] }],
        ["tokenizer.ggml.scores", { type: "array", of: "float32", items: [0, 1, 2, 3, 4] }],
        ["tokenizer.ggml.add_bos_token", { type: "bool", value: true }],
      ]),
      tensors: [
        { name: "a.weight", type: ggufTypes.get(0), shape: [2, 4], data: () => [raw(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8))] },
        { name: "b.weight", type: ggufTypes.get(8), shape: [1, 32], data: () => [new Uint8Array(34).fill(7)] },
      ],
    }),
  );

const safetensors = () =>
  whole(
    safetensorsPieces(
      [
        { name: "dense.bias", shape: [2], values: Float32Array.of(1, 2) },
        { name: "ids", shape: [2, 2], values: Int32Array.of(1, 2, 3, 4) },
      ],
      { format: "pt", author: "砚" },
    ),
  );

const variable = (name, shape, type, data) => [little.u16(name.length + 1), name, 0, shape.length, shape.map(little.u32), type, little.u32(data.length), data];
const ctranslate2 = () =>
  joined(
    little.u32(6), little.u16(12), "WhisperSpec", 0, little.u32(3), little.u32(3),
    variable("a/weight", [2, 2], 4, raw(Uint16Array.of(0x3c00, 0xc000, 0, 0x3800))),
    variable("a/int8", [3], 1, raw(Int8Array.of(-1, 2, 3))),
    variable("heads", [], 2, raw(Int16Array.of(6))),
    little.u32(1), little.u16(9), "b/weight", 0, little.u16(9), "a/weight", 0,
  );

function marian() {
  const items = [
    { name: "W", type: 0x4101, shape: [2, 2], data: joined(raw(Int8Array.of(2, -4, 6, 127)), raw(Float32Array.of(2)), 0, 0) },
    { name: "b", type: 0x0404, shape: [1, 2], data: raw(Float32Array.of(0.5, -1)) },
    { name: "special:model.yml", type: 0x0101, shape: [5], data: joined("a: 1", 0) },
  ];
  return joined(
    little.u64(1), little.u64(items.length),
    items.map(({ name, type, shape, data }) => [little.u64(name.length + 1), little.u64(type), little.u64(shape.length), little.u64(data.length)]),
    items.map(({ name }) => [name, 0]),
    items.map(({ shape }) => raw(Int32Array.from(shape))),
    little.u64(3), [0, 0, 0],
    items.map(({ data }) => data),
  );
}

function varint(value) {
  const bytes = [];
  for (let left = BigInt.asUintN(64, BigInt(value)); bytes.length === 0 || left > 0n; left >>= 7n) bytes.push(Number(left & 0x7fn) | (left > 0x7fn ? 0x80 : 0));
  return bytes;
}
const number = (field, value) => joined(varint(field * 8), varint(value));
const bytes = (field, ...content) => joined(varint(field * 8 + 2), varint(joined(...content).length), joined(...content));
const float = (field, value) => joined(varint(field * 8 + 5), raw(Float32Array.of(value)));
const tensor = (name, type, shape, ...data) => bytes(5, shape.map((size) => number(1, size)), number(2, type), bytes(8, name), ...data);
const node = (operation, name, inputs, outputs, ...more) => bytes(1, inputs.map((each) => bytes(1, each)), outputs.map((each) => bytes(2, each)), bytes(3, name), bytes(4, operation), ...more);
const onnx = () =>
  joined(
    number(1, 8),
    bytes(
      7,
      node("MatMul", "/layer/dense/MatMul", ["x", "onnx::MatMul_1"], ["y"]),
      node("Gemm", "/head/Gemm", ["y", "w2", "head.bias"], ["z"], bytes(5, bytes(1, "transB"), number(3, 1))),
      tensor("onnx::MatMul_1", 1, [2, 3], bytes(9, raw(Float32Array.of(1, 2, 3, 4, 5, 6)))),
      tensor("w2", 1, [2, 1], bytes(4, raw(Float32Array.of(1, 2)))),
      tensor("head.bias", 10, [2], bytes(9, raw(Uint16Array.of(0x3c00, 0xc000)))),
      tensor("w_q", 3, [2, 2], bytes(9, raw(Int8Array.of(1, -2, 3, 4)))),
      tensor("zero", 3, [], number(5, 1)),
      tensor("shape", 7, [1], number(7, -1n)),
    ),
  );

const piece = (text, score, type) => bytes(1, bytes(1, text), float(2, score), number(3, type));
const sentencePiece = () =>
  joined(
    piece("<unk>", 0, 2), piece("<s>", 0, 3), piece("</s>", 0, 3), piece("▁ink", -1, 1), piece("▁", -2, 1), piece("墨", -3, 1), piece("i", -4, 1), piece("n", -4, 1), piece("k", -4, 1),
    bytes(2, number(3, 1), number(40, 0), number(41, 1), number(42, 2)),
    bytes(3, bytes(1, "identity"), number(3, 1), number(4, 1), number(5, 1)),
  );

const wav = (kind, bits, data) =>
  joined("RIFF", little.u32(36 + data.length), "WAVE", "LIST", little.u32(4), "INFO", "fmt ", little.u32(16), little.u16(kind), little.u16(2), little.u32(16_000), little.u32((16_000 * bits) / 4), little.u16(bits / 4), little.u16(bits), "data", little.u32(data.length), data);

const zip = () => zipBytes(new Map([["a.txt", Buffer.from("ink ".repeat(20))], ["b/c.json", Buffer.from('{"a":[1,2,3]}')]]));

/** Files to begin with, by format. */
export async function seeds() {
  return {
    gguf: [await gguf()],
    safetensors: [await safetensors()],
    onnx: [onnx()],
    ctranslate2: [ctranslate2()],
    marian: [marian()],
    "sentence-piece": [sentencePiece()],
    wav: [wav(1, 16, raw(Int16Array.of(1, -2, 3, -4))), wav(3, 32, raw(Float32Array.of(0.5, -0.5)))],
    zip: [zip()],
  };
}
