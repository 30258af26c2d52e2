// What people do in the page beside talking: speech into text, a model fetched, a key asked for, a training begun by the wizard, a letter taken along, and what they see where the server refuses or is gone.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SpeechInput } from "#generate";
import type { ServedEntry } from "#server";
import { openStore } from "#store";
import { FakeGenerator } from "../server/fake-generator.ts";
import { serving } from "../server/serving.ts";
import { violations } from "../support/axe.ts";
import { openBrowser } from "../support/browser.ts";
import { answered, download, openPage, say } from "../support/page.ts";

let browser: Browser;
let folder: string;
beforeAll(async () => {
  browser = await openBrowser();
  folder = await mkdtemp(join(tmpdir(), "inkstone-doings-"));
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A WAV file of silence: 8 kHz, two channels, so that the page has to turn it into what the server takes. */
function wav(seconds: number): Buffer {
  const data = Buffer.alloc(44 + seconds * 8000 * 4);
  data.write("RIFF", 0);
  data.writeUInt32LE(data.length - 8, 4);
  data.write("WAVEfmt ", 8);
  data.writeUInt32LE(16, 16);
  for (const [at, value] of [
    [20, 1],
    [22, 2],
    [32, 4],
    [34, 16],
  ])
    data.writeUInt16LE(value, at);
  for (const [at, value] of [
    [24, 8000],
    [28, 32_000],
    [40, data.length - 44],
  ])
    data.writeUInt32LE(value, at);
  data.write("data", 36);
  return data;
}

describe("in the page", () => {
  it("speech becomes text: a sound of any rate, as text and as subtitles; without a microphone that is said", async () => {
    const heard: SpeechInput[] = [];
    const transcriber = {
      information: { name: "ear" },
      async transcribe(sound: SpeechInput) {
        heard.push(sound);
        const segments = ["The ink is dry.", "The stone is wet."].map((text, i) => ({
          start: i,
          end: i + 1,
          text,
          ids: [1],
          averageLogProbability: -0.1,
          temperature: 0,
          compressionRatio: 1,
          noSpeechProbability: 0,
        }));
        return { text: "The ink is dry. The stone is wet.", language: "en", duration: 2, segments };
      },
      close: async () => undefined,
    };
    const served = [{ kind: "transcription", name: "ear", open: async () => transcriber } as unknown as ServedEntry];
    await using s = await serving(new FakeGenerator(), { page: undefined, served });
    await using opened = await openPage(browser, `${s.address}/#listen`);
    const { page, problems } = opened;
    await page.locator('input[type="file"]').setInputFiles({ name: "talk.wav", mimeType: "audio/wav", buffer: wav(2) });
    await page.getByText("The ink is dry. The stone is wet.").waitFor();
    const [sound] = heard as unknown as Uint8Array[];
    expect([Buffer.from(sound).readUInt32LE(24), sound.length]).toEqual([16_000, 44 + 2 * 2 * 16_000]);
    expect(await violations(page)).toEqual([]);
    const { name, text } = await download(page, () => page.getByRole("button", { name: "Subtitles (SRT)" }).click());
    expect([name, text.split("\n").slice(0, 3)]).toEqual(["subtitles.srt", ["1", "00:00:00,000 --> 00:00:01,000", "The ink is dry."]]);
    await page.locator('input[type="file"]').setInputFiles({ name: "no.wav", mimeType: "audio/wav", buffer: Buffer.from("no sound") });
    await page.getByText("no.wav holds no sound that this browser can read.").waitFor();
    await page.getByRole("button", { name: "Record" }).click();
    await page.getByText(/The microphone cannot be used here/).waitFor();
    expect(problems).toEqual([]);
  });

  it("a key is asked for, wrong ones again, and kept in this tab", async () => {
    await using store = await openStore({ file: ":memory:" });
    const { secret } = await store.keys.create("desk");
    await using s = await serving(new FakeGenerator(), { page: undefined, store, keys: true });
    await using opened = await openPage(browser, s.address);
    const { page } = opened;
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog.getByLabel("Key").fill("ink-wrong");
    await dialog.getByRole("button", { name: "Use this key" }).click();
    await dialog.waitFor();
    await dialog.getByLabel("Key").fill(secret);
    await dialog.getByRole("button", { name: "Use this key" }).click();
    await dialog.waitFor({ state: "hidden" });
    await say(page, "hello");
    expect((await answered(page, "done")).trim()).toBe("Hello, world");
    await page.reload();
    await say(page, "again");
    await page.locator("article.assistant").nth(1).waitFor();
  });

  it("a model is fetched with its progress seen, and served from then on", async () => {
    await using s = await serving(new FakeGenerator(), { page: undefined });
    await using opened = await openPage(browser, s.address);
    const { page, problems } = opened;
    const line = (value: object) => `${JSON.stringify(value)}\n`;
    await page.route("**/api/pull", (route) =>
      route.fulfill({
        status: 200,
        headers: { "content-type": "application/x-ndjson" },
        body: line({ status: "downloading", source: "hub", completed: 40e6, total: 100e6 }) + line({ error: "The disk is full. Make room." }),
      }),
    );
    await page.goto(`${s.address}/#models`);
    await page.getByRole("button", { name: /^Pull/ }).first().click();
    await page.getByText("The disk is full. Make room.").waitFor();
    expect(await violations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("a training is begun by the wizard: a recipe to look at, its curves while it goes", { timeout: 240_000 }, async () => {
    await using s = await serving(new FakeGenerator(), { page: undefined, runs: join(folder, "runs") });
    await using opened = await openPage(browser, `${s.address}/#runs`);
    const { page, problems } = opened;
    await page.getByRole("button", { name: "New training" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox").first().fill("the ink is on the stone and the stone is in the hand\n".repeat(60));
    await dialog.getByLabel("Name of the run").fill("poem");
    await dialog.getByLabel("Steps", { exact: true }).fill("30");
    await dialog.getByText("The recipe", { exact: true }).click();
    await dialog.getByText("steps = 30").waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Begin" }).click();
    await dialog.waitFor({ state: "hidden", timeout: 60_000 });
    await page.getByRole("row", { name: /poem/ }).getByText("finished").waitFor({ timeout: 180_000 });
    await page.getByRole("img", { name: /Loss/ }).waitFor();
    expect(await violations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("a classifier is trained, and held against a table of its own; in Chinese on a phone too", { timeout: 300_000 }, async () => {
    await using s = await serving(new FakeGenerator(), { page: undefined });
    await using opened = await openPage(browser, `${s.address}/#classify`);
    const { page, problems } = opened;
    const rows = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => `a good and lovely thing ${from + i},good\na bad and ugly thing ${from + i},bad\n`).join("");
    const file = (name: string, text: string) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
    await page.locator('input[type="file"]').setInputFiles(file("things.csv", `text,label\n${rows(0, 8)}`));
    await page.getByRole("radio", { name: /a tuned encoder/ }).check();
    await page.getByLabel("Most minutes").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("radio", { name: /^Small and fast/ }).check();
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.getByRole("heading", { name: "The classifier" }).waitFor({ timeout: 150_000 });
    await page.goto(`${s.address}/#evaluate`);
    const section = page.getByRole("region", { name: "Classifiers" });
    await section.getByLabel("Column of the texts").fill("said");
    await section.getByLabel("Column of the labels").fill("kind");
    await section
      .locator('input[type="file"]')
      .setInputFiles(file("new.csv", `kind,said\ngood,a lovely good thing\nbad,so ugly and bad\ngood,an ugly thing\n`));
    await section.getByRole("button", { name: "Measure" }).click();
    await section.getByRole("row", { name: /^4 good bad [\d.]+\s?% an ugly thing/ }).waitFor({ timeout: 30_000 });
    expect(await section.locator("dl").textContent()).toMatch(/Accuracy\s*0\.667/);
    expect(await violations(page)).toEqual([]);
    await section.getByLabel("Column of the texts").fill("nothing");
    await section.getByRole("button", { name: "Measure" }).click();
    await section.getByRole("alert").waitFor();
    expect(await violations(page)).toEqual([]);
    expect(problems.filter((each) => !each.includes("400"))).toEqual([]);
    await using small = await openPage(browser, `${s.address}/#evaluate`, {
      locale: "zh-CN",
      viewport: { width: 390, height: 844 },
      colorScheme: "dark",
    });
    await small.page.getByRole("region", { name: "分类器" }).waitFor();
    expect(await violations(small.page)).toEqual([]);
    expect(await small.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });

  it("a letter is asked for question by question, and taken along as a document of Word and as Markdown", async () => {
    await using s = await serving(new FakeGenerator(), { page: undefined });
    await using opened = await openPage(browser, `${s.address}/#legal`);
    const { page, problems } = opened;
    await page.locator(".forms button").first().click();
    const docx = page.getByRole("button", { name: "DOCX" });
    const given: Readonly<Record<string, string>> = { date: "2026-03-04", number: "3" };
    for (let i = 0; i < 40 && (await docx.count()) === 0; i++) {
      const form = page.locator("form.card");
      if ((await form.locator("fieldset").count()) > 0) await form.getByRole("radio").first().check();
      else if ((await form.locator("select").count()) > 0) await form.locator("select").selectOption({ index: 0 });
      else {
        const field = form.locator("input");
        const isMoney = (await field.getAttribute("pattern")) !== null;
        await field.fill(isMoney ? "1200.00 EUR" : (given[(await field.getAttribute("type")) ?? ""] ?? "Ada Ink"));
      }
      const step = await form.locator(".head span").textContent();
      await form.locator('button[type="submit"]').click();
      await expect.poll(async () => (await docx.count()) > 0 || (await form.locator(".head span").textContent()) !== step).toBe(true);
    }
    expect(await violations(page)).toEqual([]);
    const [file] = await Promise.all([page.waitForEvent("download"), docx.click()]);
    expect(file.suggestedFilename()).toBe("letter.docx");
    expect((await readFile((await file.path()) ?? "")).subarray(0, 2).toString()).toBe("PK");
    const { name, text } = await download(page, () => page.getByRole("button", { name: "Markdown" }).click());
    expect([name, text.includes("Ada Ink")]).toEqual(["letter.md", true]);
    expect(problems).toEqual([]);
  });

  it("what the server refuses is told in its words: too many requests, a server that is gone", async () => {
    const s = await serving(new FakeGenerator(), { page: undefined });
    await using opened = await openPage(browser, s.address);
    const { page } = opened;
    await page.route("**/v1/chat/completions", (route) =>
      route.fulfill({
        status: 429,
        json: { error: { message: "64 requests wait already, as many as may.", hint: "Try again in a moment.", code: "E_QUEUE" } },
      }),
    );
    await say(page, "hello");
    await page.getByText("64 requests wait already, as many as may. Try again in a moment.").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.unroute("**/v1/chat/completions");
    await s[Symbol.asyncDispose]();
    await page.getByRole("button", { name: "Again" }).click();
    await page
      .getByText(/The server does not answer/)
      .first()
      .waitFor();
    await page.goto(`${s.address}/#feedback`).catch(() => undefined);
    expect(await violations(page)).toEqual([]);
  });

  it("many chats, long names, writing from right to left and a huge paste leave the page as wide as its window", async () => {
    await using s = await serving(new FakeGenerator(), { page: undefined });
    await using opened = await openPage(browser, s.address, { locale: "en-US", viewport: { width: 390, height: 780 } });
    const { page, problems } = opened;
    await page.evaluate(() => {
      for (let i = 0; i < 200; i++) {
        const title = i === 0 ? "x".repeat(300) : i === 1 ? "مرحبا بالعالم ".repeat(12) : `Chat ${i}`;
        const entries = [
          { role: "user", content: title },
          { role: "assistant", content: "Yes." },
        ];
        localStorage.setItem(`inkstone.talk.t${i}`, JSON.stringify({ id: `t${i}`, title, updated: i, revision: 1, entries }));
      }
    });
    await page.reload();
    await page.getByRole("button", { name: "Chats" }).click();
    await expect.poll(() => page.locator("aside li").count()).toBe(200);
    await page.getByRole("searchbox").fill("Chat 77");
    await expect.poll(() => page.locator("aside li").count()).toBe(1);
    expect(await violations(page)).toEqual([]);
    await page.getByRole("searchbox").fill("مرحبا");
    await page.locator("aside .title").click();
    await page.getByText("Yes.").waitFor();
    await say(page, "墨".repeat(60_000));
    await page.locator('article.assistant:not([data-state="streaming"])').nth(1).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(await violations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });
});
