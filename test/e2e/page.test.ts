// The page in a real browser with the real model: type, see words stream in, stop, go on, switch language; no console error.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nativeStatus } from "#native";
import { openBrowser } from "../support/browser.ts";
import { answer, answered, openPage, say } from "../support/page.ts";
import { type Served, serve } from "../support/processes.ts";

let browser: Browser;
let server: Served;
const { available: native } = nativeStatus();

beforeAll(async () => {
  server = await serve(["--model", process.env.INKSTONE_TEST_MODEL || "smollm2:135m"]);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** Through the settings of the page, as a person would. */
async function set(page: Page, temperature: string, maxTokens: string): Promise<void> {
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("slider").fill(temperature);
  await page.getByRole("spinbutton", { name: "Longest answer, tokens" }).fill(maxTokens);
  await page.getByRole("button", { name: "Settings" }).click();
}

describe("the page with the real model", () => {
  // 8 tokens, because the reference kernels take half a second for each.
  it("answers, and says how fast", async () => {
    await using opened = await openPage(browser, server.url);
    const { page, problems } = opened;
    await set(page, "0", "8");
    await page.getByRole("textbox").fill("What is the capital of France?");
    await page.getByRole("button", { name: "Send" }).click();
    await page.locator('article.assistant:not([data-state="streaming"])').waitFor({ timeout: 110_000 });
    expect(await answer(page).locator(".text").textContent()).toContain("Paris");
    expect(await answer(page).locator(".figures").textContent()).toMatch(/\d tokens\/s · \d tokens · first word \d+\.\d\d s/);
    expect(problems).toEqual([]);
  });

  // The reference kernels would take minutes; what is tested here they show in page-behaviour.test.ts.
  it.runIf(native)("streams words in while they are made, stops the model when told to, keeps what was said, and goes on from there", async () => {
    await using opened = await openPage(browser, server.url);
    const { page, problems } = opened;
    await set(page, "0", "2000");
    await say(page, "Write a very long story about a river, a mountain and the sea.");
    const long = (least: number) =>
      page.waitForFunction((n) => (document.querySelector("article.assistant .text")?.textContent?.length ?? 0) > n, least);
    await long(0);
    expect(await answer(page).getAttribute("data-state")).toBe("streaming");
    await long(80);
    expect(await answer(page).getAttribute("data-state")).toBe("streaming");
    await page.getByRole("button", { name: "Stop" }).click();
    const kept = await answered(page, "stopped");
    await expect.poll(async () => (await (await fetch(`${server.url}/health`)).json()).open).toBe(0);
    await set(page, "0", "12");
    await say(page, "Say hello.");
    await page.locator('article.assistant:not([data-state="streaming"])').nth(1).waitFor();
    expect(await answer(page).locator(".text").textContent()).not.toBe("");
    expect(await page.locator("article.assistant .text").first().textContent()).toBe(kept);
    expect(problems).toEqual([]);
  });

  it("names the model that is served, and asks nobody but its own server", async () => {
    await using opened = await openPage(browser, server.url);
    const { page, problems, requests } = opened;
    await page.locator(".model").filter({ hasText: /\w/ }).waitFor();
    const { data } = await (await fetch(`${server.url}/v1/models`)).json();
    expect(await page.locator(".model").textContent()).toBe(data[0].id);
    expect(requests.filter((address) => !address.startsWith(server.url))).toEqual([]);
    expect(problems).toEqual([]);
  });
});
