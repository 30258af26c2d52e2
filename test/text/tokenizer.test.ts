// Byte-level BPE: both twins give the same ids for any text, those of a naive encoder, and every text comes back.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { controls, executors, naiveIds, type PatternName, patterns, smallTokenizer, userDefined } from "./support.ts";

const names = Object.keys(patterns) as PatternName[];
const tokenizers = Object.fromEntries(names.map((name) => [name, executors.map((executor) => smallTokenizer(executor, name))]));
const control = new Set(controls.map((text) => tokenizers.smollm[0].idOf(text)!));

// Code points whose class has been the same in every version of Unicode that a supported Node brings.
const ranges: readonly (readonly [number, number])[] = [
  [0x00, 0x17f],
  [0x300, 0x36f],
  [0x391, 0x3a1],
  [0x410, 0x44f],
  [0x660, 0x669],
  [0x966, 0x96f],
  [0x2000, 0x206f],
  [0x2070, 0x2079],
  [0x2160, 0x2170],
  [0x2200, 0x22ff],
  [0x3000, 0x30ff],
  [0x4e00, 0x9fa5],
  [0xac00, 0xd7a3],
  [0xd800, 0xdfff],
  [0xe000, 0xe00f],
  [0xfb00, 0xfb06],
  [0xfdfa, 0xfdfa],
  [0xfdd0, 0xfdef],
  [0xff01, 0xff5e],
  [0x1d400, 0x1d450],
  [0x1f600, 0x1f64f],
  [0x20000, 0x200ff],
  [0x10fffe, 0x10ffff],
];
const character = fc.oneof(
  fc.constantFrom(..." \n\r\t'sdlm0123ab.,!\u3000\u00a0\u0085\u2028"),
  fc.oneof(...ranges.map(([min, max]) => fc.integer({ min, max }))).map((codePoint) => String.fromCodePoint(codePoint)),
);
const words = fc.constantFrom(
  " the",
  "'ll",
  "'re",
  "\r\n",
  "  ",
  "你好",
  "世界",
  "😀",
  "é",
  "ab",
  "aaaa",
  "2024",
  "...",
  ...controls,
  userDefined,
  "<|im_",
  "|>",
);
const text = fc
  .array(fc.oneof({ weight: 3, arbitrary: character }, { weight: 2, arbitrary: words }), { maxLength: 60 })
  .map((parts) => parts.join(""));
// Pieces beyond 48 symbols are merged another way.
const long = fc
  .tuple(fc.array(fc.constantFrom("a", "b", "é", "你", "ﷺ", "!", " ", "1"), { minLength: 1, maxLength: 5 }), fc.integer({ min: 10, max: 60 }))
  .map(([parts, times]) => parts.join("").repeat(times));
const wellFormed = (value: string) => Buffer.from(value, "utf8").toString("utf8");

describe.each(names)("the %s tokenizer", (name) => {
  it("gives the ids of a naive encoder with its authors' patterns, on either side", () => {
    fc.assert(
      fc.property(fc.oneof(text, long), (value) => {
        if (value.includes(userDefined)) return;
        const expected = naiveIds(value, name);
        for (const tokenizer of tokenizers[name]) expect(tokenizer.encode(value)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it("gives the same ids on both sides for any string of code units, special tokens parsed or not, and gives the text back", () => {
    const units = fc.array(fc.nat({ max: 0xffff }), { maxLength: 80 }).map((codes) => String.fromCharCode(...codes));
    fc.assert(
      fc.property(fc.oneof(units, fc.string({ unit: "binary" }), text, long), fc.boolean(), (value, special) => {
        const [first, ...others] = tokenizers[name].map((tokenizer) => tokenizer.encode(value, { special }));
        for (const ids of others) expect(ids).toEqual(first);
        for (const tokenizer of tokenizers[name]) expect(tokenizer.decode(first)).toBe(wellFormed(value));
        expect(first.length).toBeLessThanOrEqual(Buffer.byteLength(value));
      }),
      { numRuns: 1000 },
    );
  });

  it("gives every code point back", () => {
    for (const tokenizer of tokenizers[name]) {
      let all = "";
      for (let codePoint = 0; codePoint < 0x110000; codePoint += codePoint < 0x3400 ? 1 : codePoint < 0x20000 ? 7 : 257)
        if (codePoint < 0xd800 || codePoint > 0xdfff) all += String.fromCodePoint(codePoint);
      expect(tokenizer.decode(tokenizer.encode(all)) === all).toBe(true);
    }
  });
});

describe("T08: texts made to be hard", () => {
  const big = executors.length > 1 ? 1 << 20 : 1 << 14;
  it.each([
    ["lone surrogates", "\ud800", big / 4],
    ["NULs", "\0", big],
    ["combining marks", "\u0301", big / 2],
    ["U+FDFA, eighteen characters in compatibility form", "\ufdfa", big],
    ["blanks", " ", big],
    ["one letter", "a", big],
    ["apostrophes", "'", big],
    ["the start of a special token", "<|im_start", big / 8],
  ])("%s, up to a million times, never give more ids than bytes", (_, unit, times) => {
    const hard = unit.repeat(times);
    const tokenizer = tokenizers.smollm.at(-1)!;
    for (const special of [false, true]) {
      const ids = tokenizer.encode(hard, { special });
      expect(ids.length).toBeLessThanOrEqual(Buffer.byteLength(hard));
      expect(tokenizer.decode(ids) === wellFormed(hard)).toBe(true);
    }
    const short = unit.repeat(5000);
    const [first, ...others] = tokenizers.smollm.map((each) => each.encode(short));
    for (const ids of others) expect(ids).toEqual(first);
  });
});

describe("T09: special tokens in a text", () => {
  const poison = fc.array(fc.oneof(fc.constantFrom(...controls, "<|im_start|>system\n", "<|", "|>", "im_end", "[IN", "ST]", "</", "s>"), character), {
    maxLength: 12,
  });
  it("are ordinary text unless asked for: no control id in 4,000 fuzzed texts", () => {
    fc.assert(
      fc.property(
        poison.map((parts) => parts.join("")),
        (value) => {
          for (const tokenizer of tokenizers.smollm) {
            const ids = tokenizer.encode(value);
            expect(ids.filter((id) => control.has(id))).toEqual([]);
            expect(tokenizer.decode(ids)).toBe(wellFormed(value));
          }
        },
      ),
      { numRuns: 4000 },
    );
  });

  it("are found leftmost first, of those the longest, when asked for", () => {
    for (const tokenizer of tokenizers.smollm) {
      const id = (token: string) => tokenizer.idOf(token)!;
      expect(tokenizer.encode("[INST]!</s>", { special: true })).toEqual([id("[INST]!"), id("</s>")]);
      expect(tokenizer.encode("[INST]?", { special: true })).toEqual([id("[INST]"), id("?")]);
      expect(tokenizer.encode("<|<|im_end|>", { special: true })).toEqual([id("<"), id("|"), id("<|im_end|>")]);
      expect(tokenizer.encode("<|im_end|", { special: true })).toEqual(tokenizer.encode("<|im_end|"));
    }
  });

  it("user-defined tokens are found either way, and are no special tokens", () => {
    for (const tokenizer of tokenizers.smollm) {
      const id = tokenizer.idOf(userDefined)!;
      expect([tokenizer.encode(userDefined), tokenizer.encode(userDefined, { special: true })]).toEqual([[id], [id]]);
      expect([...tokenizer.specialIds].sort((a, b) => a - b)).toEqual(controls.map((text) => tokenizer.idOf(text)));
      expect(tokenizer.decode([id, ...control], { skipSpecial: true })).toBe(userDefined);
    }
  });
});

describe("a tokenizer", () => {
  const [tokenizer] = tokenizers.smollm;
  it("shows each token as text, and bytes that are no whole character as <0x..>", () => {
    expect(tokenizer.tokens(tokenizer.encode("th\n\u0007é"))).toEqual(["th", "\n", "\u0007", "<0xC3>", "<0xA9>"]);
    expect(tokenizer.tokens(tokenizer.encode("𝐀")).join("")).toBe("<0xF0><0x9D><0x90><0x80>");
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY])("refuses the id %d by name", (id) => {
    const refusal = expect.objectContaining({ code: "E_TOKEN_ID", parameters: { id, size: tokenizer.vocabularySize } });
    for (const use of [() => tokenizer.decode([0, id]), () => tokenizer.tokens([id]), () => tokenizer.decoder().push([id])])
      expect(use).toThrow(refusal);
  });

  it("says so when it is used after it was disposed of, and may be disposed of twice", () => {
    const gone = smallTokenizer(executors.at(-1)!);
    gone.dispose();
    gone.dispose();
    expect(() => gone.encode("x")).toThrow(expect.objectContaining({ code: "E_SERVICE" }));
    expect(gone.encode("")).toEqual([]);
  });
});
