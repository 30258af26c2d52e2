// Every view of the page as people meet it: both languages, desktop, phone and the narrowest window, light and dark; held against axe's rules, without a request to anybody else.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore, type Store } from "#store";
import { FakeGenerator } from "../server/fake-generator.ts";
import { type Serving, serving } from "../server/serving.ts";
import { violations } from "../support/axe.ts";
import { openBrowser } from "../support/browser.ts";
import { openPage } from "../support/page.ts";
import { finish, root } from "../support/processes.ts";

let browser: Browser;
let folder: string;
let store: Store;
let s: Serving;
beforeAll(async () => {
  browser = await openBrowser();
  folder = await mkdtemp(join(tmpdir(), "inkstone-page-"));
  store = await openStore({ file: join(folder, "store.db") });
  s = await serving(new FakeGenerator(), { page: undefined, store, runs: join(folder, "runs") });
});
afterAll(async () => {
  await browser?.close();
  await s?.[Symbol.asyncDispose]();
  await store?.close();
  await rm(folder, { recursive: true, force: true });
});

async function viewsOf(page: Page): Promise<string[]> {
  await page.locator("#content").waitFor();
  return page.locator("nav a").evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
}

const modes: Record<string, BrowserContextOptions> = {
  "English, desktop, light": { locale: "en-US", viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  "Chinese, desktop, dark": { locale: "zh-CN", viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
  "Chinese, phone, light": { locale: "zh-CN", viewport: { width: 390, height: 780 }, colorScheme: "light" },
  "English, 320 pixels, dark": { locale: "en-US", viewport: { width: 320, height: 640 }, colorScheme: "dark" },
};

describe("every view", () => {
  for (const [mode, options] of Object.entries(modes))
    it(`breaks none of axe's rules, is no wider than its window, and asks nobody else: ${mode}`, { timeout: 180_000 }, async () => {
      await using opened = await openPage(browser, s.address, options);
      const { page, problems, requests } = opened;
      const found: string[] = [];
      for (const view of await viewsOf(page)) {
        await page.goto(`${s.address}/${view}`);
        await page.locator("#content h1, #content .welcome").first().waitFor();
        await page.waitForLoadState("networkidle");
        found.push(...(await violations(page)).map((one) => `${view} ${one}`));
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        if (width > (options.viewport?.width ?? 0)) found.push(`${view} is ${width} pixels wide`);
        if (options.locale === "en-US") {
          const chinese = await page.locator("#content").evaluate((content) => {
            const copy = content.cloneNode(true) as Element;
            for (const area of copy.querySelectorAll("textarea, pre")) area.remove(); // what there is to try is in both languages
            return /[\u4e00-\u9fff]{5}/.exec(copy.textContent ?? "")?.[0];
          });
          if (chinese !== undefined && view !== "#tokens") found.push(`${view} says ${chinese}`);
        }
      }
      expect(found).toEqual([]);
      expect(requests.filter((address) => !address.startsWith(s.address) && !/^(data|blob):/.test(address))).toEqual([]);
      expect(problems).toEqual([]);
    });

  it("comes with at most 150 kB of JavaScript, gzipped, when it is the first", async () => {
    await using opened = await openPage(browser, s.address);
    const { page, requests } = opened;
    await page.getByRole("button", { name: "Send" }).waitFor();
    const scripts = requests.filter((address) => address.endsWith(".js"));
    const sizes = await Promise.all(scripts.map(async (address) => gzipSync(Buffer.from(await (await fetch(address)).arrayBuffer())).length));
    expect(scripts.length).toBeGreaterThan(0);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(150_000);
  });
});

describe("the navigation", () => {
  it("on a phone is a drawer: opened by its button, closed by Escape, by a choice, and by a touch beside it; the keyboard begins where one is", async () => {
    await using opened = await openPage(browser, s.address, { locale: "en-US", viewport: { width: 390, height: 780 } });
    const { page, problems } = opened;
    const menu = page.getByRole("button", { name: "Menu" });
    const link = page.getByRole("link", { name: "Tokens" });
    await menu.click();
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Chat");
    await page.keyboard.press("Escape");
    await link.waitFor({ state: "hidden" });
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Menu");
    await menu.click();
    await page.mouse.click(370, 400);
    await link.waitFor({ state: "hidden" });
    await menu.click();
    await link.click();
    await page.getByRole("heading", { name: "Tokens" }).waitFor();
    await link.waitFor({ state: "hidden" });
    expect(problems).toEqual([]);
  });

  it("is walked by arrows, remembers a theme that was chosen, and skips to the content", async () => {
    await using opened = await openPage(browser, s.address, { locale: "en-US", colorScheme: "light" });
    const { page, problems } = opened;
    await page.getByRole("link", { name: "Chat" }).focus();
    const all = await page.locator("nav a").allTextContents();
    await page.keyboard.press("ArrowDown");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(all[1]);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(all.at(-1));
    await page.getByRole("button", { name: "Dark" }).click();
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    expect(await ground()).toBe("rgb(22, 23, 25)");
    await page.reload();
    await page.getByRole("button", { name: "Light" }).waitFor();
    expect(await ground()).toBe("rgb(22, 23, 25)");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("content");
    expect(problems).toEqual([]);
  });
});

describe("use it from code", () => {
  it("in every view is code that runs: curl and OpenAI's client find the route, and the server takes their fields", {
    timeout: 300_000,
  }, async () => {
    await using opened = await openPage(browser, s.address);
    const { page } = opened;
    const wrong: string[] = [];
    let [curls, clients] = [0, 0];
    for (const view of await viewsOf(page)) {
      await page.goto(`${s.address}/${view}`);
      await page.locator("#content h1, #content .welcome").first().waitFor();
      if (view === "#chat") await page.getByRole("button", { name: "Settings" }).click();
      const details = page.locator("details", { has: page.locator("summary", { hasText: "Use it from code" }) });
      if ((await details.count()) === 0) continue; // nothing to show before a thing is chosen
      await details.locator("summary").click();
      for (const tab of await details.getByRole("tab").allTextContents()) {
        if (!/^(curl|openai)$/.test(tab)) continue;
        await details.getByRole("tab", { name: tab, exact: true }).click();
        const code = (await details.locator("pre").textContent()) ?? "";
        if (/@\w+\.(csv|wav)|createReadStream/.test(code) || view === "#tune") continue; // a file of one's own; a training: page-tune.test.ts
        if (tab === "curl") {
          curls++;
          const { stdout: out } = await finish("sh", ["-c", code.replace(/^curl/, "curl -s -o /dev/null -w '%{http_code}'")]);
          if (!/^(200|501)$/.test(out)) wrong.push(`${view} ${out}: ${code}`); // 501: nothing of the kind is served in this test
        } else {
          clients++;
          const file = join(root, ".cache", "used-in-code.mjs");
          await mkdir(join(root, ".cache"), { recursive: true });
          await writeFile(file, code);
          const { stderr: out, code: how } = await finish(process.execPath, [file]);
          if (how !== 0 && !out.includes("status: 501")) wrong.push(`${view} ${how}: ${out.slice(-400)} ${code}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect([curls >= 12, clients >= 2]).toEqual([true, true]);
  });
});
