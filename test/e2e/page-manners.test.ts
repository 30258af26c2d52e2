// How the page treats people: their language, their keyboard, their eyes.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakeGenerator } from "../server/fake-generator.ts";
import { serving } from "../server/serving.ts";
import { openBrowser } from "../support/browser.ts";
import { answered, openPage, say } from "../support/page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => browser?.close());

describe("the page", () => {
  it("speaks the browser's language, switches, and remembers the choice", async () => {
    await using s = await serving(new FakeGenerator(), { page: undefined });
    await using opened = await openPage(browser, s.address, { locale: "zh-CN" });
    const { page } = opened;
    await page.getByRole("button", { name: "发送" }).waitFor();
    expect([await page.locator("html").getAttribute("lang"), await page.title()]).toEqual(["zh-CN", "砚 Inkstone"]);
    await page.getByRole("button", { name: "English" }).click();
    await page.getByRole("button", { name: "Send" }).waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("en");
    await page.reload();
    await page.getByRole("button", { name: "Send" }).waitFor();
    expect(await page.locator("#app").textContent()).not.toMatch(/[\u4e00-\u9fff]{3}/);
    expect(opened.problems).toEqual([]);
  });

  it("works without a mouse: every control can be reached, Shift+Enter breaks the line, Enter sends, the Enter of a composition does not", async () => {
    const generator = new FakeGenerator();
    await using s = await serving(generator, { page: undefined });
    await using opened = await openPage(browser, s.address);
    const { page } = opened;
    await page.locator(".ideas button:enabled").first().waitFor();
    const reached: string[] = [];
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "");
    do {
      await page.keyboard.press("Tab");
      reached.push(await focused());
    } while (reached.length < 50 && reached.at(-1) !== "Write a message");
    const views = await page.locator("nav a").allTextContents();
    expect(views).toEqual(expect.arrayContaining(["Chat", "Classify", "Tokens"]));
    expect(reached).toEqual([
      "To the content",
      ...views,
      "中文",
      "Dark",
      "Chats",
      "Settings",
      "Conversation",
      ...(await page.locator(".ideas button").allTextContents()),
      "Write a message",
    ]);
    await page.keyboard.type("ni");
    const composing = { key: "Enter", bubbles: true, cancelable: true };
    await page.locator("form textarea").dispatchEvent("keydown", { ...composing, isComposing: true });
    await page.locator("form textarea").dispatchEvent("keydown", { ...composing, keyCode: 229 });
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("hao");
    expect(generator.calls).toHaveLength(0);
    await page.keyboard.press("Enter");
    await answered(page, "done");
    expect(generator.calls[0].prompt).toEqual([{ role: "user", content: "ni\nhao" }]);
    expect(await focused()).toBe("Write a message");
    expect(opened.problems).toEqual([]);
  });

  for (const colorScheme of ["light", "dark"] as const)
    it(`has a contrast of 4.5 or more wherever there are words, on ${colorScheme} ground`, async () => {
      await using s = await serving(
        new FakeGenerator({ pieces: ["# Head\n\nText `code` [link](https://example.org)\n\n> quote\n\n1. one\n\n```\nblock\n```\n"] }),
        {
          page: undefined,
        },
      );
      await using opened = await openPage(browser, s.address, { locale: "en-US", colorScheme });
      const { page } = opened;
      await page.locator(".ideas button:enabled").first().waitFor();
      await page.getByRole("button", { name: "Settings" }).click();
      expect(await page.evaluate(contrasts)).toEqual([]);
      await say(page, "hello");
      await answered(page, "done");
      expect(await page.evaluate(contrasts)).toEqual([]);
      await page.getByRole("link", { name: "Classify" }).click();
      await page.getByRole("button", { name: "Spam" }).click();
      await page.getByRole("button", { name: "Train", exact: true }).click();
      await page.locator("section textarea").fill("Call now to claim your prize, see you at dinner");
      await page.keyboard.press("Enter");
      await page.locator("mark.against").first().waitFor();
      expect(await page.evaluate(contrasts)).toEqual([]);
    });
});

// Runs in the page: every visible text with less contrast than 4.5 to the ground behind it (WCAG 2.2, 1.4.3); disabled controls are exempt there.
function contrasts(): string[] {
  const numbers = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour: number[]) => {
    const [r, g, b] = colour.slice(0, 3).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element: Element | null): number[] => {
    for (let at = element; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour[3] === undefined || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faults: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent?.trim() ?? "";
    if (!parent || text === "" || parent.closest(".unseen, :disabled, noscript, script") || !parent.checkVisibility()) continue;
    seen++;
    const [a, b] = [luminance(numbers(getComputedStyle(parent).color)), luminance(ground(parent))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faults.push(`${text.slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return seen < 10 ? [`only ${seen} texts were found`] : faults;
}
