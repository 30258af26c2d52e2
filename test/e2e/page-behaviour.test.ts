// What the page does with whatever comes: a generator of our own says it, a real browser shows it.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InkstoneError } from "#core";
import { FakeGenerator, gate, type Script, untilAborted } from "../server/fake-generator.ts";
import { serving } from "../server/serving.ts";
import { openBrowser } from "../support/browser.ts";
import { answer, answered, openPage, say } from "../support/page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => browser?.close());

const serve = (script: Script, port = 0) => {
  const generator = new FakeGenerator(script);
  return serving(generator, { page: undefined, port }).then((served) => ({ ...served, generator }));
};
const textIs = (page: Page, text: string) => page.locator("article.assistant .text").last().getByText(text, { exact: true }).waitFor();
const never = (_i: number, signal: AbortSignal | undefined) => untilAborted(signal);

describe("an answer", () => {
  it("shows each word before the next is made", async () => {
    const gates = [gate(), gate(), gate()];
    await using s = await serve({ pieces: ["one", " two", " three"], before: (i) => gates[i].opened });
    await using opened = await openPage(browser, s.address);
    await say(opened.page, "count");
    await opened.page.getByRole("button", { name: "Stop" }).waitFor();
    for (const [i, text] of ["one", "one two", "one two three"].entries()) {
      gates[i].open();
      await textIs(opened.page, text);
    }
    expect(await answered(opened.page, "done")).toBe("one two three\n");
    expect(await opened.page.locator(".figures").textContent()).toMatch(/^50 tokens\/s · 3 tokens/); // the server's figure, not the page's guess
    expect(opened.problems).toEqual([]);
  });

  it("stops at the button and at Escape, frees the model, and leaves what was said in the talk", async () => {
    await using s = await serve({ pieces: ["begun", "never"], before: (i, signal) => (i === 0 ? Promise.resolve() : never(i, signal)) });
    await using opened = await openPage(browser, s.address);
    const { page } = opened;
    for (const [i, stop] of [() => page.getByRole("button", { name: "Stop" }).click(), () => page.keyboard.press("Escape")].entries()) {
      await say(page, `question ${i}`);
      await page.locator("article.assistant").nth(i).getByText("begun").waitFor();
      await stop();
      await page.locator('article.assistant[data-state="stopped"]').nth(i).waitFor();
      await expect.poll(() => s.generator.running).toBe(0);
    }
    expect(await answer(page).locator(".figures").textContent()).toMatch(/^Stopped/);
    expect(s.generator.calls[1].prompt).toMatchObject([
      { content: "question 0" },
      { role: "assistant", content: "begun" },
      { content: "question 1" },
    ]);
    expect(opened.problems).toEqual([]);
  });

  it("is given again on demand, is kept over a reload, and goes with a new chat", async () => {
    await using s = await serve({ pieces: ["first"] });
    await using opened = await openPage(browser, s.address);
    const { page } = opened;
    await say(page, "hello");
    await answered(page, "done");
    s.generator.script = { pieces: ["second"] };
    await page.getByRole("button", { name: "Again" }).click();
    await textIs(page, "second");
    await page.reload();
    await textIs(page, "second");
    expect(await page.locator("article").count()).toBe(2);
    await page.getByRole("button", { name: "New chat" }).click();
    await page.reload();
    await page.getByRole("heading", { name: "A language model on your own machine" }).waitFor();
    expect(await page.locator("article").count()).toBe(0);
    expect(opened.problems).toEqual([]);
  });

  it("that is long is followed to its end, except by a reader who has scrolled up; what is shown already is not drawn again", async () => {
    const half = gate();
    const pieces = Array.from({ length: 120 }, (_, i) => `Paragraph ${i}: ${"word ".repeat(30)}${"x".repeat(i === 7 ? 300 : 0)}\n\n`);
    await using s = await serve({ pieces, before: (i) => (i === 60 ? half.opened : Promise.resolve()) });
    await using opened = await openPage(browser, s.address, { locale: "en-US", viewport: { width: 390, height: 700 } });
    const { page } = opened;
    await say(page, "long");
    await page.getByText("Paragraph 59:").waitFor();
    const fromEnd = () => page.locator("main").evaluate((main) => Math.abs(main.scrollHeight - main.scrollTop - main.clientHeight));
    await expect.poll(fromEnd).toBeLessThan(2);
    await page
      .locator(".text p")
      .first()
      .evaluate((paragraph) => paragraph.setAttribute("data-mark", "same"));
    await page.locator("main").evaluate((main) => main.scrollTo({ top: 0 }));
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
    half.open();
    await answered(page, "done");
    expect(await page.locator("main").evaluate((main) => main.scrollTop)).toBe(0);
    expect(await page.locator(".text p").first().getAttribute("data-mark")).toBe("same");
    expect(await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight])).toEqual([390, 700]);
    expect(opened.problems).toEqual([]);
  });

  it("P05, U07: cannot run anything, call anywhere, or look like a part of the page", async () => {
    const hostile = [
      "<script>window.hit = 1</script>\n\n<img src=x onerror='window.hit = 2'>\n\n",
      "![pixel](https://evil.example/leak.png) ![local](/v1/limits)\n\n",
      "[one](javascript:window.hit=3) [two](JaVaScRiPt:window.hit=4) [three](data:text/html,<script>window.hit=5</script>) [four](vbscript:x) [own](/v1/limits)\n\n",
      "[five](https://example.org/page) <https://example.org/six> <style>body{display:none}</style> <iframe src=/v1/limits></iframe>\n\n",
      "<form action=/v1><input name=password></form>\n\n```html\n<script>window.hit = 6</script>\n```\n",
    ];
    await using s = await serve({ pieces: hostile });
    await using opened = await openPage(browser, s.address);
    const { page, requests } = opened;
    const before = requests.length;
    await say(page, "<b onclick='window.hit = 7'>me</b><img src=https://evil.example/me.png>");
    await answered(page, "done");
    expect(await page.locator("article.user .plain").textContent()).toBe("<b onclick='window.hit = 7'>me</b><img src=https://evil.example/me.png>");
    expect(await page.locator("article").locator("script, img, style, iframe, form, input, svg, object, embed, b").count()).toBe(0);
    expect(await answer(page).locator(".text").textContent()).toContain("<script>window.hit = 1</script>");
    const links = await answer(page)
      .locator(".text a")
      .evaluateAll((all) => all.map((a) => [a.getAttribute("href"), a.getAttribute("target"), a.getAttribute("rel")]));
    expect(links).toEqual([
      ["https://example.org/page", "_blank", "noopener noreferrer nofollow"],
      ["https://example.org/six", "_blank", "noopener noreferrer nofollow"],
    ]);
    expect(await page.evaluate(() => "hit" in window)).toBe(false);
    // The page's own highlighter comes with the first code, from the same server.
    expect(requests.slice(before).filter((address) => !address.startsWith(`${s.address}/assets/`))).toEqual([`${s.address}/v1/chat/completions`]);
    expect(opened.problems).toEqual([]);
  });
});

describe("what goes wrong", () => {
  const browserWords = /^Failed to load resource/; // what the browser itself writes on its console when a request fails

  it("before the first word is told in the page's language, with what to do next, and the question does not stay in the talk", async () => {
    const full = async () => {
      throw new InkstoneError("E_CONTEXT", { prompt: 9000, maxTokens: 512, context: 2048 });
    };
    await using s = await serve({ before: full });
    const told = new InkstoneError("E_CONTEXT", { prompt: 9000, maxTokens: 512, context: 2048 });
    for (const [locale, language] of [
      ["en-US", "en"],
      ["zh-CN", "zh"],
    ] as const) {
      s.generator.script = { before: full };
      await using opened = await openPage(browser, s.address, { locale });
      await say(opened.page, "too much");
      const { message, hint } = told.describe(language, "http");
      expect((await opened.page.getByRole("alert").textContent())?.trim()).toBe(`${message} ${hint}`);
      s.generator.script = {};
      await say(opened.page, "less");
      await answered(opened.page, "done");
      expect(s.generator.calls.at(-1)?.prompt).toEqual([{ role: "user", content: "less" }]);
      expect(opened.problems.filter((problem) => !browserWords.test(problem))).toEqual([]);
    }
  });

  it("in the middle of an answer leaves its beginning and tells the error", async () => {
    const broken = async (i: number) => {
      if (i === 1) throw new InkstoneError("E_MEMORY", { needed: 7 });
    };
    await using s = await serve({ pieces: ["half ", "never"], before: broken });
    await using opened = await openPage(browser, s.address);
    await say(opened.page, "go");
    expect(await answered(opened.page, "failed")).toContain("half");
    expect(await opened.page.getByRole("alert").textContent()).toContain(new InkstoneError("E_MEMORY", { needed: 7 }).describe("en").message);
    expect(opened.problems).toEqual([]);
  });

  it("when the server goes away, the page says so, keeps the talk, and goes on when it is back", async () => {
    const first = await serve({ pieces: ["fine"] });
    await using opened = await openPage(browser, first.address);
    const { page } = opened;
    await say(page, "one");
    await answered(page, "done");
    first.generator.script = { pieces: ["cut ", "never"], before: (i, signal) => (i === 0 ? Promise.resolve() : never(i, signal)) };
    await say(page, "two");
    await page.getByText("cut").waitFor();
    await first.server.stop({ now: true });
    await answered(page, "failed");
    await say(page, "three");
    await page.getByRole("alert").filter({ hasText: "The server does not answer. Is it still running?" }).waitFor();
    await using second = await serve({ pieces: ["back"] }, first.port);
    await page.getByRole("button", { name: "Again" }).click();
    await textIs(page, "back");
    expect(second.generator.calls[0].prompt).toMatchObject([{ content: "one" }, { content: "fine" }, { content: "three" }]);
    expect(opened.problems.filter((problem) => !browserWords.test(problem))).toEqual([]);
  });

  it("when the server is not there to begin with, the page offers to try again", async () => {
    await using s = await serve({});
    await using opened = await openPage(browser, s.address, { locale: "zh-CN" });
    const { page } = opened;
    await page.route("**/v1/models", (route) => route.abort());
    await page.reload();
    await page.getByRole("alert").filter({ hasText: "服务没有响应" }).waitFor();
    expect(await page.locator(".ideas button").first().isDisabled()).toBe(true);
    await page.unroute("**/v1/models");
    await page.getByRole("button", { name: "重试" }).click();
    await page.locator(".ideas button:enabled").first().waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
  });
});
