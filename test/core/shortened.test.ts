// Texts cut short and made plain; things that are opened later.
import { assert, integer, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { lazily, plainly, shortened } from "#core";

describe("shortened", () => {
  it("gives whole characters, never more than asked for, and the text itself where it fits", () => {
    assert(
      property(string({ unit: "binary", maxLength: 60 }), integer({ min: 1, max: 40 }), (text, most) => {
        const short = shortened(text, most);
        expect(short.length).toBeLessThanOrEqual(most);
        if (text.length <= most) {
          expect(short).toBe(text);
          return;
        }
        expect(short.endsWith("…") && text.startsWith(short.slice(0, -1))).toBe(true);
        expect(short.slice(0, -1)).toBe([...text].slice(0, [...short].length - 1).join(""));
        expect(short.length).toBeGreaterThan(most - 2);
      }),
    );
    expect(shortened("😀".repeat(300), 200)).toBe(`${"😀".repeat(99)}…`);
  });
});

describe("plainly", () => {
  it("leaves no character that moves a cursor or turns a line around", () => {
    expect(plainly("a\u001b[31m\r\n\u202eb\u2028砚😀")).toBe("a\\u001b[31m\\u000d\\u000a\\u202eb\\u2028砚😀");
  });
});

describe("lazily", () => {
  it("opens once for all who wait, again after a failure, and closes what was opened only", async () => {
    let [opened, closed] = [0, 0];
    const thing = lazily(async () => {
      if (++opened === 1) throw new Error("offline");
      return { close: async () => void closed++ };
    });
    await thing.close();
    const first = await Promise.allSettled([thing.get(), thing.get()]);
    expect(first.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await thing.get()).toBe(await thing.get());
    await thing.close();
    expect([opened, closed]).toEqual([2, 1]);
  });
});
