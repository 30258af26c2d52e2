// The page in a browser, for tests: opened in a language, watched for errors and for what it asks the network. Knows no model.
import { readFile } from "node:fs/promises";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";

/** An open page and what was seen of it. */
export interface Opened extends AsyncDisposable {
  readonly page: Page;
  /** What the console told as an error, and what was thrown. */
  readonly problems: string[];
  /** Every address that was asked for. */
  readonly requests: string[];
}

/** Opens an address in a fresh context: nothing is remembered from the page before. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = { locale: "en-US" }): Promise<Opened> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const problems: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(url);
  return { page, problems, requests, [Symbol.asyncDispose]: () => context.close() };
}

/** Types a message and sends it with Enter. */
export async function say(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: /message|消息/ }).fill(text);
  await page.keyboard.press("Enter");
}

/** The last answer. */
export const answer = (page: Page): Locator => page.locator("article.assistant").last();

/** The text of the last answer once it is in a state: "done", "stopped", "cut" or "failed". */
export async function answered(page: Page, state: string, timeout = 60_000): Promise<string> {
  await page.locator(`article.assistant[data-state="${state}"]`).last().waitFor({ timeout });
  return (await answer(page).locator(".text").textContent()) ?? "";
}

/** What a press puts into the downloads: its name and its text. */
export async function download(page: Page, press: () => Promise<void>): Promise<{ readonly name: string; readonly text: string }> {
  const [file] = await Promise.all([page.waitForEvent("download"), press()]);
  return { name: file.suggestedFilename(), text: await readFile((await file.path()) ?? "", "utf8") };
}
