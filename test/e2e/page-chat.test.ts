// A chat as people weigh it: two models side by side, the better one chosen, ratings taken out as rows, how likely each piece was, settings that belong to a talk.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ServedEntry } from "#server";
import { openStore } from "#store";
import { FakeGenerator } from "../server/fake-generator.ts";
import { serving } from "../server/serving.ts";
import { openBrowser } from "../support/browser.ts";
import { answered, download, openPage, say } from "../support/page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => browser?.close());

const serve = async () => {
  const first = new FakeGenerator({ pieces: ["from the first"] });
  const second = new FakeGenerator({ pieces: ["from the second"] });
  const served = [{ kind: "chat", name: "other", open: async () => second } as unknown as ServedEntry];
  const store = await openStore({ file: ":memory:" });
  return { ...(await serving(first, { page: undefined, served, store })), first, second };
};

describe("a chat", () => {
  it("asks two models side by side, goes on from the better answer, and keeps both as a row for preference training", async () => {
    await using s = await serve();
    await using opened = await openPage(browser, s.address);
    const { page, problems } = opened;
    await page.getByRole("combobox", { name: "Beside" }).selectOption("other");
    await say(page, "which?");
    await page.getByRole("button", { name: /This one is better.*other/ }).click();
    expect((await page.locator("article.assistant .text").allTextContents()).map((text) => text.trim())).toEqual(["from the second"]);
    await page.getByRole("combobox", { name: "Beside" }).selectOption("");
    await say(page, "and now?");
    await page.locator('article.assistant:not([data-state="streaming"])').nth(1).waitFor();
    expect(s.first.calls.at(-1)?.prompt).toMatchObject([
      { content: "which?" },
      { role: "assistant", content: "from the second" },
      { content: "and now?" },
    ]);
    await page.getByRole("button", { name: "Bad answer" }).last().click();
    await page.reload();
    expect(await page.getByRole("button", { name: "Bad answer" }).last().getAttribute("aria-pressed")).toBe("true");
    await page.getByRole("button", { name: "Chats" }).click();
    const rows = (await download(page, () => page.getByRole("button", { name: "Ratings (JSON Lines)" }).click())).text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows).toEqual([
      {
        prompt: [{ role: "user", content: "which?" }],
        chosen: [{ role: "assistant", content: "from the second" }],
        rejected: [{ role: "assistant", content: "from the first" }],
        chosen_model: "other",
        rejected_model: "smollm2:135m",
      },
      {
        prompt: [
          { role: "user", content: "which?" },
          { role: "assistant", content: "from the second" },
          { role: "user", content: "and now?" },
        ],
        completion: [{ role: "assistant", content: "from the first" }],
        label: false,
        model: "smollm2:135m",
      },
    ]);
    expect(problems).toEqual([]);
  });

  it("folds what the model thought before its answer, in both languages, and goes on from the answer alone", async () => {
    const thinker = new FakeGenerator({ pieces: ["<think>\n", "Ink is dark.", "\n</think>", "\n\n", "It is black."] });
    Object.assign(thinker.information, { chatTemplate: "{{ '<think>' }}" });
    await using s = await serving(thinker, { page: undefined });
    for (const [locale, summary] of [
      ["en-US", "What it thought first"],
      ["zh-CN", "思考过程"],
    ]) {
      await using opened = await openPage(browser, s.address, { locale });
      const { page, problems } = opened;
      await say(page, "which colour?");
      await answered(page, "done");
      expect((await page.locator("article.assistant .text").textContent())?.trim()).toBe("It is black.");
      const thought = page.locator("article.assistant details", { hasText: summary });
      expect(await thought.getAttribute("open")).toBeNull();
      await thought.locator("summary").click();
      expect((await thought.locator("p").textContent())?.trim()).toBe("Ink is dark.");
      await say(page, "sure?");
      await page.locator('article.assistant:not([data-state="streaming"])').nth(1).waitFor();
      expect(JSON.stringify(thinker.calls.at(-1)?.prompt)).not.toContain("dark");
      expect(problems).toEqual([]);
    }
  });

  it("keeps its own system prompt and sampling; a new one begins with the last", async () => {
    await using s = await serve();
    await using opened = await openPage(browser, s.address);
    const { page } = opened;
    const system = async (text: string) => {
      await page.getByRole("button", { name: "Settings" }).click();
      await page.getByLabel("System prompt").fill(text);
      await page.getByLabel("Seed").fill("7");
      await page.getByRole("button", { name: "Close" }).click();
    };
    await system("Be brief.");
    await say(page, "one");
    await answered(page, "done");
    expect(s.first.calls.at(-1)).toMatchObject({ prompt: [{ role: "system", content: "Be brief." }, { content: "one" }], options: { seed: 7 } });
    await page.getByRole("button", { name: "New chat" }).click();
    await system("Be long.");
    await say(page, "two");
    await answered(page, "done");
    await page.getByRole("button", { name: "Chats" }).click();
    await page.locator("aside .title", { hasText: "one" }).click();
    await say(page, "three");
    await page.locator('article.assistant:not([data-state="streaming"])').nth(1).waitFor();
    expect(s.first.calls.at(-1)?.prompt).toMatchObject([{ content: "Be brief." }, { content: "one" }, { role: "assistant" }, { content: "three" }]);
  });

  it("shows how likely each piece was and what else might have stood there, by pointer and by arrows", async () => {
    await using s = await serve();
    await using opened = await openPage(browser, s.address);
    const { page, problems } = opened;
    const told = (token: string, share: number, top: [string, number][]) => ({
      token,
      logprob: Math.log(share),
      bytes: null,
      top_logprobs: top.map(([one, p]) => ({ token: one, logprob: Math.log(p), bytes: null })),
    });
    let asked: { logprobs?: boolean; top_logprobs?: number } = {};
    await page.route("**/v1/chat/completions", (route) => {
      asked = route.request().postDataJSON();
      const chunk = (delta: object, content?: object[], finish: string | null = null) =>
        `data: ${JSON.stringify({ choices: [{ index: 0, delta, logprobs: content ? { content } : null, finish_reason: finish }] })}\n\n`;
      const body =
        chunk({ content: "Pa" }, [
          told("Pa", 0.9, [
            ["Pa", 0.9],
            ["Ly", 0.06],
          ]),
        ]) +
        chunk({ content: "ris" }, [
          told("ris", 0.25, [
            ["ris", 0.25],
            ["ul", 0.5],
          ]),
        ]) +
        chunk({}, undefined, "stop");
      return route.fulfill({ status: 200, headers: { "content-type": "text/event-stream" }, body: `${body}data: [DONE]\n\n` });
    });
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("checkbox").check();
    await page.getByRole("button", { name: "Close" }).click();
    await say(page, "capital?");
    await page.getByRole("button", { name: "Likelihood" }).click();
    expect(asked).toMatchObject({ logprobs: true, top_logprobs: 5 });
    await page.locator(".pieces span").nth(1).hover();
    expect(await page.locator(".others").textContent()).toMatch(/ris 25 %\s*ul 50 %/);
    await page.locator(".pieces").focus();
    await page.keyboard.press("ArrowLeft");
    expect(await page.locator(".others").textContent()).toMatch(/Pa 90 %\s*Ly 6.0 %/);
    expect(problems).toEqual([]);
  });
});
