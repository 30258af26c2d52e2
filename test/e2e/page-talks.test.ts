// Talks as people keep them: found again, never lost, answered in versions, and drawn as they were meant. A generator of our own speaks.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakeGenerator, gate, type Script } from "../server/fake-generator.ts";
import { serving } from "../server/serving.ts";
import { openBrowser } from "../support/browser.ts";
import { answer, answered, openPage, say } from "../support/page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => browser?.close());

const serve = (script: Script) => {
  const generator = new FakeGenerator(script);
  return serving(generator, { page: undefined, port: 0 }).then((served) => ({ ...served, generator }));
};
const titles = (page: Page) => page.locator("aside .title").allTextContents();
const list = (page: Page) => page.getByRole("button", { name: "Chats" }).click();
const textIs = (page: Page, text: string) => page.locator("article.assistant .text").last().getByText(text, { exact: true }).waitFor();

describe("talks", () => {
  it("W4: a reload in the middle of an answer keeps the question and what was said", async () => {
    const held = gate();
    await using s = await serve({ pieces: ["begun", " never"], before: (i) => (i === 0 ? Promise.resolve() : held.opened) });
    await using opened = await openPage(browser, s.address);
    await say(opened.page, "what was I asking?");
    await textIs(opened.page, "begun");
    await opened.page.reload();
    expect(await opened.page.locator("article.user .plain").textContent()).toBe("what was I asking?");
    held.open();
  });

  it("W5: two tabs in one talk lose nothing of each other", async () => {
    await using s = await serve({ pieces: ["yes"] });
    await using opened = await openPage(browser, s.address);
    const first = opened.page;
    await say(first, "from the beginning");
    await answered(first, "done");
    const second = await first.context().newPage();
    await second.goto(s.address);
    await second.locator("article").first().waitFor();
    await say(second, "from the second tab");
    await second.locator("article.assistant:not([data-state=streaming])").nth(1).waitFor();
    await say(first, "from the first tab");
    await first.locator("article.assistant:not([data-state=streaming])").nth(1).waitFor();
    await first.reload();
    expect(await first.locator("article.user .plain").allTextContents()).toEqual(["from the beginning", "from the first tab"]);
    await second.reload();
    expect(await second.locator("article.user .plain").allTextContents()).toEqual(["from the beginning", "from the second tab"]);
  });

  it("are listed, searched, renamed, opened, deleted and brought back", async () => {
    await using s = await serve({ pieces: ["stone answers"] });
    await using opened = await openPage(browser, s.address);
    const { page } = opened;
    for (const question of ["about ink", "about paper"]) {
      await say(page, question);
      await answered(page, "done");
      await page.getByRole("button", { name: "New chat" }).click();
    }
    await list(page);
    expect(await titles(page)).toEqual(["about paper", "about ink"]);
    await page.getByRole("searchbox").fill("INK");
    expect(await titles(page)).toEqual(["about ink"]);
    await page.getByRole("button", { name: "Rename" }).click();
    await page.locator("aside form input").fill("black ink");
    await page.keyboard.press("Enter");
    expect(await titles(page)).toEqual(["black ink"]);
    await page.getByRole("button", { name: "Delete" }).click();
    expect(await titles(page)).toEqual([]);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.locator("aside .title").first().click();
    expect(await page.locator("article.user .plain").allTextContents()).toEqual(["about ink"]);
    expect(opened.problems).toEqual([]);
  });

  it("W6: another answer keeps the one before, also where it fails; an edited question leaves its talk as it was", async () => {
    await using s = await serve({ pieces: ["one"] });
    await using opened = await openPage(browser, s.address);
    const { page } = opened;
    await say(page, "first words");
    await answered(page, "done");
    s.generator.script = { pieces: ["two"] };
    await page.getByRole("button", { name: "Again" }).click();
    await textIs(page, "two");
    await page.getByRole("button", { name: "Answer before" }).click();
    await textIs(page, "one");
    expect(await answer(page).locator(".versions").textContent()).toContain("1 / 2");
    await page.locator("article.user").hover();
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByRole("textbox", { name: "Edit" }).fill("other words");
    await page.locator("article.user").getByRole("button", { name: "Send" }).click();
    await answered(page, "done");
    expect(await page.locator("article.user .plain").allTextContents()).toEqual(["other words"]);
    await list(page);
    expect(await titles(page)).toEqual(["other words", "first words"]);
  });

  it("settings and drafts are there again after a reload, and Escape closes the panel", async () => {
    await using s = await serve({ pieces: ["ok"] });
    await using opened = await openPage(browser, s.address);
    const { page } = opened;
    await page.getByRole("textbox", { name: /message/ }).fill("half a thought");
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("spinbutton", { name: "Top-p" }).fill("0.5");
    await page.keyboard.press("Escape");
    expect(await page.getByRole("complementary").count()).toBe(0);
    await page.reload();
    expect(await page.getByRole("textbox", { name: /message/ }).inputValue()).toBe("half a thought");
    await page.keyboard.press("Enter");
    await say(page, "half a thought");
    await answered(page, "done");
    expect(s.generator.calls.at(-1)?.options).toMatchObject({ topP: 0.5 });
  });
});

describe("what an answer is drawn as", () => {
  const said = [
    "**注意：**这是加粗。他说**“你好”**然后走了。\n\n",
    "It costs $5 and $6. $$\\int_0^1 x^2\\,dx$$ and \\(a_1\\).\n\n",
    "| a | b |\n|:-:|--:|\n| 1 | 2 |\n\n",
    "```js\nconst x = 1;\n```\n",
  ].join("");

  it("W7 to W9, U5: Chinese emphasis, mathematics, aligned tables, code with its language", async () => {
    await using s = await serve({ pieces: [said] });
    await using opened = await openPage(browser, s.address);
    const { page } = opened;
    await say(page, "show");
    await answered(page, "done");
    const text = answer(page).locator(".text");
    expect(await text.locator("strong").allTextContents()).toEqual(["注意：", "“你好”"]);
    await text.locator("math").nth(1).waitFor();
    expect((await text.locator("math").allTextContents()).map((drawn) => drawn.replaceAll(/\s/g, ""))).toEqual(["∫01x2dx", "a1"]);
    expect(await text.locator("p").nth(1).textContent()).toContain("$5 and $6");
    expect(await text.locator("td").evaluateAll((cells) => cells.map((cell) => getComputedStyle(cell).textAlign.replace("-webkit-", "")))).toEqual([
      "center",
      "right",
    ]);
    await text.locator(".hljs-keyword").waitFor();
    expect(await text.locator(".code .bar span").textContent()).toBe("js");
    expect(opened.problems).toEqual([]);
  });

  it("W18: fits a screen of 320 pixels", async () => {
    await using s = await serve({ pieces: ["ok"] });
    await using opened = await openPage(browser, s.address, { locale: "zh-CN", viewport: { width: 320, height: 640 } });
    await opened.page.locator(".ideas button").first().waitFor();
    expect(await opened.page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  });
});
