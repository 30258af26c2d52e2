// Decoding as the ids come: never half a character, and in the end the same text as decoding them all at once.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { executors, smallTokenizer } from "./support.ts";

const tokenizer = smallTokenizer(executors[0]);
const byte = (value: number) => tokenizer.idOf(tokenizer.decode([value])) ?? value;
const byteIds = (text: string | Uint8Array) => Array.from(Buffer.from(text as string), (value) => value);

/** What comes out for each push, and at the end. */
function streamed(pushes: readonly (readonly number[])[], options?: { skipSpecial?: boolean }): string[] {
  const decoder = tokenizer.decoder(options);
  return [...pushes.map((ids) => decoder.push(ids)), decoder.end()];
}
const one = (ids: readonly number[]) => ids.map((id) => [id]);

// Where a list is cut: into pushes of these lengths, over and over.
const cuts = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 6 });
function cut(ids: readonly number[], lengths: readonly number[]): number[][] {
  const pushes: number[][] = [];
  for (let at = 0, i = 0; at < ids.length; i++) {
    const length = lengths[i % lengths.length] || (i % 7 === 6 ? 1 : 0);
    pushes.push(ids.slice(at, at + length));
    at += length;
  }
  return pushes;
}

describe("the small vocabulary", () => {
  it("has a token for every byte, whose id is the byte", () => {
    for (let value = 0; value < 128; value++) expect(byte(value)).toBe(value);
    expect(tokenizer.tokens([0xe4, 0xbd])).toEqual(["<0xE4>", "<0xBD>"]);
  });
});

describe("streaming decode", () => {
  it.each([
    ["an emoji of four bytes", "😀", ["", "", "", "😀", ""]],
    ["a Chinese character", "你", ["", "", "你", ""]],
    ["an accent", "é", ["", "é", ""]],
    ["text around them", "a你b", ["a", "", "", "你", "b", ""]],
    ["a family of joined emoji", "👩‍👧", ["", "", "", "👩", "", "", "\u200d", "", "", "", "👧", ""]],
    ["a byte order mark", "\ufeffa", ["", "", "\ufeff", "a", ""]],
    ["NUL", "\0", ["\0", ""]],
  ])("byte by byte gives %s when its last byte is there", (_, text, expected) => {
    expect(streamed(one(byteIds(text)))).toEqual(expected);
  });

  it("gives a tail that never became a character as U+FFFD at the end only", () => {
    expect(streamed([[0xf0, 0x9f], [0x98]])).toEqual(["", "", "\ufffd"]);
    expect(streamed([[0x61, 0xe4]])).toEqual(["a", "\ufffd"]);
    expect(streamed([])).toEqual([""]);
    expect(streamed([[]])).toEqual(["", ""]);
  });

  it("gives bytes that can be no character as U+FFFD as soon as that is sure", () => {
    expect(streamed([[0xff], [0x61], [0xe4, 0x61], [0x80]])).toEqual(["\ufffd", "a", "\ufffda", "\ufffd", ""]);
    expect(streamed([[0xed], [0xa0], [0x80]]).join("")).toBe("\ufffd\ufffd\ufffd"); // a surrogate is no UTF-8
    expect(streamed([[0xc0], [0xaf]]).join("")).toBe("\ufffd\ufffd"); // an overlong slash
  });

  it("can be used anew after its end", () => {
    const decoder = tokenizer.decoder();
    expect([decoder.push([0xe4]), decoder.end(), decoder.push([0xbd, 0xa0]), decoder.push([0x61]), decoder.end()]).toEqual([
      "",
      "\ufffd",
      "\ufffd\ufffd",
      "a",
      "",
    ]);
    expect([decoder.push([0xef, 0xbb, 0xbf]), decoder.end()]).toEqual(["\ufeff", ""]);
  });

  it("goes on after an id that is refused, as if it had not come", () => {
    const decoder = tokenizer.decoder();
    decoder.push([0xe4, 0xbd]);
    expect(() => decoder.push([0xa0, -1])).toThrow(expect.objectContaining({ code: "E_TOKEN_ID" }));
    expect(decoder.push([0xa0])).toBe("你");
  });

  it("is not disturbed by control tokens inside a character when they are left out", () => {
    const end = tokenizer.idOf("<|im_end|>")!;
    expect(
      streamed(
        [
          [0xe4, end],
          [end, 0xbd, 0xa0, end],
        ],
        { skipSpecial: true },
      ),
    ).toEqual(["", "你", ""]);
    expect(streamed([[0xe4, end, 0xbd, 0xa0]]).join("")).toBe("\ufffd<|im_end|>\ufffd\ufffd");
  });

  it("of any ids in any pushes equals the whole decode", () => {
    const anyIds = fc.array(fc.oneof(fc.integer({ min: 0x80, max: 0xff }), fc.integer({ min: 0, max: tokenizer.vocabularySize - 1 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(anyIds, cuts, fc.boolean(), (ids, lengths, skipSpecial) => {
        expect(streamed(cut(ids, lengths), { skipSpecial }).join("")).toBe(tokenizer.decode(ids, { skipSpecial }));
      }),
      { numRuns: 1500 },
    );
  });

  it("of any text in any pushes gives whole characters only, byte for byte the text", () => {
    const text = fc.string({ unit: "binary", maxLength: 40 });
    fc.assert(
      fc.property(text, cuts, (value, lengths) => {
        for (const ids of [tokenizer.encode(value), byteIds(value)]) {
          const parts = streamed(cut(ids, lengths));
          expect(Buffer.from(parts.join(""))).toEqual(Buffer.from(value));
          expect(parts.at(-1)).toBe("");
          for (const part of parts) expect(part).toBe(Buffer.from(part).toString()); // no half of a surrogate pair
        }
      }),
      { numRuns: 500 },
    );
  });
});
