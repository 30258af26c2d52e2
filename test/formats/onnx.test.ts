// ONNX files: weights named through the nodes that use them and de-quantised; whatever is wrong refused by field and byte, before memory is taken.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InkstoneError } from "#core";
import { memorySource, parseOnnx } from "#formats";
import { weightsOfOnnx } from "#models";

const varint = (value: number | bigint): number[] => {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(left & 0x7fn) | (left > 0x7fn ? 0x80 : 0));
    left >>= 7n;
  } while (left > 0n);
  return bytes;
};
const number = (field: number, value: number | bigint) => [...varint(field * 8), ...varint(value)];
const bytes = (field: number, content: ArrayLike<number>) => [...varint(field * 8 + 2), ...varint(content.length), ...Array.from(content)];
const text = (field: number, value: string) => bytes(field, Buffer.from(value));
const raw = (values: ArrayBufferView) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

const tensor = (name: string, type: number, shape: readonly (number | bigint)[], data: number[]) =>
  bytes(5, [...shape.flatMap((size) => number(1, size)), ...number(2, type), ...text(8, name), ...data]);
const node = (operation: string, name: string, inputs: readonly string[], outputs: readonly string[], more: number[] = []) =>
  bytes(1, [
    ...inputs.flatMap((each) => text(1, each)),
    ...outputs.flatMap((each) => text(2, each)),
    ...text(3, name),
    ...text(4, operation),
    ...more,
  ]);
const model = (...parts: number[][]) => Uint8Array.from([...number(1, 8), ...bytes(7, parts.flat())]);
const opened = (file: Uint8Array) => parseOnnx(memorySource(file));

const f32 = (...values: number[]) => bytes(9, raw(Float32Array.from(values)));
const example = model(
  node("MatMul", "/layer/dense/MatMul", ["x", "onnx::MatMul_1"], ["y"]),
  node("Gemm", "/head/Gemm", ["y", "w2", "head.bias"], ["z"], bytes(5, [...text(1, "transB"), ...number(3, 1)])),
  node("MatMulInteger", "/quant/MatMul_quant", ["xq", "w_q", "xz", "w_z"], ["q"]),
  node("Cast", "/c", ["q"], ["qc"]),
  node("Mul", "/scales", ["xs", "w_s"], ["ss"]),
  node("Mul", "/m", ["qc", "ss"], ["out"]),
  node("Gather", "/words/Gather", ["words_q", "ids"], ["g"]),
  node("DequantizeLinear", "/d", ["g", "ws", "wz"], ["e"]),
  tensor("onnx::MatMul_1", 1, [2, 3], f32(1, 2, 3, 4, 5, 6)),
  tensor("w2", 1, [2, 3], f32(1, 2, 3, 4, 5, 6)),
  tensor("head.bias", 10, [2], bytes(9, raw(Uint16Array.of(0x3c00, 0xc000)))),
  tensor("w_q", 3, [2, 2], bytes(9, raw(Int8Array.of(1, -2, 3, 4)))),
  tensor("w_z", 3, [], number(5, 1)),
  tensor("w_s", 1, [], f32(0.5)),
  tensor("words_q", 2, [2, 2], bytes(9, Uint8Array.of(128, 130, 126, 0))),
  tensor("ws", 1, [], bytes(4, raw(Float32Array.of(0.25)))),
  tensor("wz", 2, [], number(5, 128)),
  tensor("shape", 7, [1], number(7, -1n)),
);

describe("weights of an ONNX file", () => {
  it("have the names of their modules and the shapes and values that layers have", () => {
    const weights = weightsOfOnnx(opened(example));
    expect([weights.shape("layer.dense.weight"), [...weights.values("layer.dense.weight")]]).toEqual([
      [3, 2],
      [1, 4, 2, 5, 3, 6],
    ]);
    expect([weights.shape("head.weight"), [...weights.values("head.weight")]]).toEqual([
      [2, 3],
      [1, 2, 3, 4, 5, 6],
    ]);
    expect([...weights.values("head.bias")]).toEqual([1, -2]);
    expect([...weights.values("quant.weight")]).toEqual([0, 1, -1.5, 1.5]);
    expect([...weights.values("words.weight")]).toEqual([0, 0.5, -0.5, -32]);
    expect(() => weights.values("none")).toThrow(expect.objectContaining({ code: "E_MODEL_TENSORS" }));
  });

  it.each([
    ["no graph", Uint8Array.from(number(1, 8)), "E_FORMAT_COUNT"],
    ["two of one name", model(tensor("a", 1, [1], f32(1)), tensor("a", 1, [1], f32(1))), "E_FORMAT_DUPLICATE"],
    ["values in another file", model(tensor("a", 1, [1], number(14, 1))), "E_FORMAT_TENSOR_TYPE"],
    ["too few bytes", model(tensor("a", 1, [2], f32(1))), "E_FORMAT_LENGTH"],
    ["a negative size", model(tensor("a", 1, [-1n], f32())), "E_FORMAT_VALUE"],
    ["sizes beyond all numbers", model(tensor("a", 1, [2n ** 40n, 2n ** 40n], f32())), "E_FORMAT_OVERFLOW"],
    ["nine dimensions", model(tensor("a", 1, [1, 1, 1, 1, 1, 1, 1, 1, 1], f32(1))), "E_FORMAT_LIMIT"],
    ["a length behind the end", Uint8Array.from([...varint(7 * 8 + 2), ...varint(2n ** 62n)]), "E_FORMAT_LENGTH"],
    ["a group", Uint8Array.of(0x3b), "E_FORMAT_VALUE"],
    ["a number without end", new Uint8Array(12).fill(0xff), "E_FORMAT_VALUE"],
    ["a name that is no text", model(bytes(5, [...number(1, 1), ...number(2, 1), ...bytes(8, [0xff]), ...f32(1)])), "E_FORMAT_UTF8"],
  ])("with %s are refused", (_, file, code) => {
    expect(() => opened(file)).toThrow(expect.objectContaining({ code }));
  });

  it("cut anywhere, with any bit turned, or of any bytes, are taken or refused with a typed error", () => {
    const take = (file: Uint8Array) => {
      try {
        const weights = weightsOfOnnx(opened(file));
        for (const name of weights.names) weights.values(name);
      } catch (error) {
        expect(error).toBeInstanceOf(InkstoneError);
      }
    };
    for (let length = 0; length < example.length; length++) take(example.subarray(0, length));
    for (let bit = 0; bit < example.length * 8; bit++) {
      const file = example.slice();
      file[bit >> 3] ^= 1 << (bit & 7);
      take(file);
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), take), { numRuns: 2000 });
  });
});
