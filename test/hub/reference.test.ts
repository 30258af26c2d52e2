// Names: what they mean, and what can be none.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InkstoneError, nearest } from "#core";
import { catalogue, parseReference } from "#hub";

const code = (reference: string, options?: { allowPaths?: boolean }) => {
  try {
    return parseReference(reference, options).kind;
  } catch (error) {
    return (error as InkstoneError).code;
  }
};

describe("parseReference", () => {
  it.each([
    ["smollm2:135m", "catalogue"],
    ["SmolLM2:135M", "catalogue"],
    ["owner/name", "hub"],
    ["owner/name:Q4_0", "hub"],
    ["owner/name:sub/file.gguf", "hub"],
    ["./model.gguf", "path"],
    ["../model.gguf", "path"],
    ["/a/b c.gguf", "path"],
    ["~/m.gguf", "path"],
    ["models/m.GGUF", "path"],
    ["m.gguf", "path"],
  ])("%s is a %s reference", (reference, kind) => {
    expect(code(reference)).toBe(kind);
  });

  it.each([
    "",
    "../../x",
    "a/../../b",
    "%2e%2e/x",
    "a%2fb",
    "C:\\x",
    "\\\\s\\x",
    "a\u0000b",
    "a\nb",
    "x".repeat(300),
    "-rf",
    "--model",
    "/etc/passwd",
    "a/b/c",
    "a//b",
    "owner/",
    "/name",
    "o/n:../x",
    "o/n:a/../b",
    "o/n:",
    "a b",
    "o/..",
    "名",
  ])("U01: %j can be no name", (reference) => {
    expect(code(reference, { allowPaths: false })).toBe("E_MODEL_NAME");
  });

  it("never lets a name out of its folder", () => {
    const pieces = fc.constantFrom("..", ".", "/", "\\", "%2e", "a", ":", "-", "\u0000", " ", "~", "B_1");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const reference = parts.join("");
        try {
          const parsed = parseReference(reference, { allowPaths: false });
          expect(reference).toMatch(/^[\w.:/-]+$/);
          expect(reference.split(/[/:]/)).not.toContain("..");
          expect(parsed.kind).not.toBe("path");
        } catch (error) {
          expect(error).toBeInstanceOf(InkstoneError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("suggests the nearest name for an unknown one", () => {
    for (const typo of ["smollm2", "smolm2:135m", "smollm2:13m", "SMOLLM-135m"]) {
      expect(code(typo)).toBe("E_MODEL_UNKNOWN");
      expect(() => parseReference(typo)).toThrow(expect.objectContaining({ hint: expect.stringContaining("smollm2:135m") }));
    }
    expect(nearest("stpo", ["seed", "stop", "stream"])).toBe("stop");
  });
});

describe("the catalogue", () => {
  it("names a digest or who declares one, a licence, languages and sources for each model", () => {
    for (const entry of catalogue) {
      // Without a digest of its own it must come from where one is declared.
      if (entry.sha256 !== undefined) expect(entry.sha256).toMatch(/^[0-9a-f]{64}$/);
      else expect(entry.sources.map(({ kind }) => kind)).not.toContain("pip");
      expect(entry.bytes).toBeGreaterThan(1e6);
      expect(entry.license).not.toBe("");
      expect(entry.languages.length).toBeGreaterThan(0);
      expect(entry.sources.length).toBeGreaterThan(0);
      expect(parseReference(entry.name)).toMatchObject({ kind: "catalogue", name: entry.name });
    }
  });
});
