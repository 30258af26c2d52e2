// The strict JSON reader against JSON.parse, and the positions it names.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InkstoneError } from "#core";
import { parseJson } from "#server";

const parse = (text: string, depth = 64) => parseJson(Buffer.from(text), { depth, elements: 1000 });

function positionOf(text: string): number {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof InkstoneError && error.code === "E_JSON") return (error.parameters as { position: number }).position;
  }
  throw new Error("was not refused");
}

describe("parseJson", () => {
  it("gives what JSON.parse gives, for every value without a forbidden key", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/"(__proto__|constructor|prototype)":/.test(text));
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 1000 },
    );
  });

  it("refuses exactly what JSON.parse refuses", () => {
    const pieces = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      '"b',
      "1",
      "-",
      "01",
      "1e5",
      "true",
      "nul",
      " ",
      "\n",
      '"\\u12"',
      '"\\n"',
      '"\t"',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join("");
        let right = true;
        try {
          JSON.parse(text);
        } catch {
          right = false;
        }
        if (right && !/"a".*"a"/s.test(text)) expect(parse(text)).toEqual(JSON.parse(text));
        else if (!right) {
          const position = positionOf(text);
          expect(position).toBeGreaterThanOrEqual(0);
          expect(position).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ["{", 1],
    ['{"a" 1}', 5],
    ['{"a":1,}', 7],
    ["[1,]", 3],
    ["[1 2]", 3],
    ['{"a":1}}', 7],
    ["tru", 0],
    ['["a\\x"]', 1],
    ["1 2", 2],
  ])("names the position in %j", (text, position) => {
    expect(positionOf(text)).toBe(position);
  });

  it("takes a long string and 64 levels", () => {
    const long = "x".repeat(1 << 20);
    expect(parse(JSON.stringify(long))).toBe(long);
    expect(() => parse(`${"[".repeat(64)}${"]".repeat(64)}`)).not.toThrow();
    expect(positionOf(`${"[".repeat(65)}${"]".repeat(65)}`)).toBe(64);
  });
});
