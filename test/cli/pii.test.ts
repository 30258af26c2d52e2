// pii as a person types it: report, mask, replace and put back, and what it refuses.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { inkstone } from "./inkstone.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-pii-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const key = join(folder, "key");
writeFileSync(key, "the key of a test, long enough\n");

describe("inkstone pii", () => {
  it("reports places that slice the text", async () => {
    const text = "王芳的手机是13812345678。";
    const { code, out } = await inkstone(["pii", text, "--json"]);
    expect(code).toBe(0);
    const { spans } = JSON.parse(out) as { spans: { kind: string; start: number; end: number; text: string }[] };
    expect(spans.map(({ kind }) => kind)).toEqual(["name", "phone"]);
    for (const span of spans) expect(text.slice(span.start, span.end)).toBe(span.text);
  });

  it("hides with a key and puts back with it", async () => {
    const text = "Dear Ann Lee,\nwrite to ann.lee@example.org.\n";
    const hidden = await inkstone(["pii", "-", "--action", "replace", "--key-file", key], { input: text });
    expect(hidden.out).not.toContain("ann");
    const back = await inkstone(["pii", "--action", "restore", "--key-file", key], { input: hidden.out });
    expect(back.out).toBe(text);
    expect((await inkstone(["pii", "a@b.org", "--action", "mask"])).out).toBe("*******\n");
  });

  it.skipIf(process.platform === "win32")("L11: takes no key from a file that others may write, and says how to close it", async () => {
    const loose = join(folder, "loose");
    writeFileSync(loose, "the key of a test, long enough\n");
    chmodSync(loose, 0o666);
    const { code, err } = await inkstone(["pii", "a@b.org", "--action", "replace", "--key-file", loose]);
    expect([code, err]).toEqual([78, expect.stringMatching(/E_KEY_FILE.*mode 0666.*\n.*chmod 600/)]);
    expect(err).not.toContain("long enough");
  });

  it("refuses an empty text, a kind that there is not, and to restore without a key", async () => {
    expect((await inkstone(["pii", "-"], { input: "" })).code).toBe(65);
    const unknown = await inkstone(["pii", "x", "--kinds", "nmae"]);
    expect(unknown.code).toBe(64);
    expect(unknown.err).toContain("medical-record");
    expect((await inkstone(["pii", "x", "--action", "restore"])).code).toBe(64);
  });
});
