// The page in a real browser with the real model: type, see words stream in, stop, switch language; no console error.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser } from "../support/browser.ts";
import { type Served, serve } from "../support/processes.ts";

let browser: Browser;
let server: Served;

beforeAll(async () => {
  server = await serve(["--model", process.env.INKSTONE_TEST_MODEL || "smollm2:135m"]);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function openPage(locale: string): Promise<{ page: Page; problems: string[] }> {
  const context = await browser.newContext({ locale });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(server.url);
  return { page, problems };
}

const answer = (page: Page) => page.locator("article.assistant").last();

describe("the page", () => {
  it("streams an answer word by word and says how fast", async () => {
    const { page, problems } = await openPage("en-US");
    await page.getByRole("textbox").fill("What is the capital of France?");
    await page.getByRole("button", { name: "Send" }).click();
    const lengths = new Set<number>();
    await page.waitForFunction(() => (document.querySelector("article.assistant .text")?.textContent?.trim().length ?? 0) > 0);
    while ((await answer(page).getAttribute("data-state")) === "streaming")
      lengths.add(((await answer(page).locator(".text").textContent()) ?? "").length);
    expect((await answer(page).locator(".text").textContent())?.trim()).not.toBe(""); // at the page's temperature, one answer in four is not about Paris
    expect(lengths.size).toBeGreaterThan(1);
    expect(await answer(page).locator(".figures").textContent()).toMatch(/\d+ tokens\/s · \d+ tokens/);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it("stops when told to, keeps what was said, and answers again afterwards", async () => {
    const { page, problems } = await openPage("en-US");
    await page.getByRole("textbox").fill("Write a very long story about a river, a mountain and the sea.");
    await page.getByRole("textbox").press("Enter");
    await page.waitForFunction(() => (document.querySelector("article.assistant .text")?.textContent?.trim().length ?? 0) > 20);
    await page.getByRole("button", { name: "Stop" }).click();
    await page.waitForSelector('article.assistant[data-state="stopped"]');
    const kept = await answer(page).locator(".text").textContent();
    await page.getByRole("textbox").fill("Say hello.");
    await page.getByRole("button", { name: "Send" }).click();
    await page.waitForFunction(() => document.querySelectorAll("article.assistant").length === 2);
    await page.waitForFunction(() => (document.querySelectorAll("article.assistant .text")[1]?.textContent?.trim().length ?? 0) > 0);
    expect(await page.locator("article.assistant .text").first().textContent()).toBe(kept);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it("speaks the browser's language and switches", async () => {
    const { page, problems } = await openPage("zh-CN");
    await page.getByRole("button", { name: "发送" }).waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("zh-CN");
    await page.getByRole("button", { name: "English" }).click();
    await page.getByRole("button", { name: "Send" }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Send" }).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
