// A model made one's own in the page: judged answers seen and changed, a fine-tuning checked, begun and watched, tried beside the model as it was, served and taken back; measured before and after. On a tiny model that is really tuned.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI, { toFile } from "openai";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LanguageModel } from "#generate";
import type { ServedEntry } from "#server";
import { openStore, type Store } from "#store";
import { FakeGenerator } from "../server/fake-generator.ts";
import { type Serving, serving } from "../server/serving.ts";
import { violations } from "../support/axe.ts";
import { openBrowser } from "../support/browser.ts";
import { answered, download, openPage, say } from "../support/page.ts";
import { writeTinyLlama } from "../support/tiny-llama.ts";

let browser: Browser;
let folder: string;
let store: Store;
let s: Serving;
const before = process.env.INKSTONE_EVALUATION_DATA;
beforeAll(async () => {
  browser = await openBrowser();
  folder = await mkdtemp(join(tmpdir(), "inkstone-tune-"));
  store = await openStore({ file: join(folder, "store.db") });
  const file = writeTinyLlama(join(folder, "tiny.gguf"));
  await mkdir(join(folder, "evaluation", "piqa"), { recursive: true });
  const rows = [0, 1, 0, 1].map((gold, i) => ({ query: `Goal ${i}`, choices: ["Hello you", "and the"], gold }));
  await writeFile(join(folder, "evaluation", "piqa", "part.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  process.env.INKSTONE_EVALUATION_DATA = folder;
  const open = (adapters: Readonly<Record<string, string>>) => LanguageModel.open(file, { threads: 1, slots: 2, adapters });
  const entry: ServedEntry<"chat"> = { kind: "chat", name: "tiny", open: () => open({}), tune: { reference: file, open } };
  s = await serving(undefined, {
    page: undefined,
    store,
    runs: join(folder, "runs"),
    served: [entry as unknown as ServedEntry],
    tuning: { folder: join(folder, "tuned"), behind: 0 },
  });
});
afterAll(async () => {
  if (before === undefined) delete process.env.INKSTONE_EVALUATION_DATA;
  else process.env.INKSTONE_EVALUATION_DATA = before;
  await browser?.close();
  await s?.[Symbol.asyncDispose]();
  await store?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const figure = (page: Page, label: string) => page.locator("dl div", { has: page.locator("dt", { hasText: label }) }).locator("dd");
const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name }).first().click();

describe("what was thought of answers", () => {
  it("is told in the chat, looked through, changed, taken along and deleted with a way back", async () => {
    await using own = await openStore({ file: ":memory:" });
    await using chat = await serving(new FakeGenerator(), { page: undefined, store: own });
    await using opened = await openPage(browser, chat.address);
    const { page, problems } = opened;
    await say(page, "Which ink?");
    await answered(page, "done");
    await press(page, "Good answer");
    await press(page, "Correct");
    await page.getByRole("textbox", { name: "Correct" }).fill("Black ink.");
    await press(page, "Save");
    await page.getByRole("button", { name: "Corrected" }).waitFor();
    expect((await page.locator("article.assistant .text").textContent())?.trim()).toBe("Black ink.");
    const kept = async () => (await own.feedback.all("")).map(({ answer, better, rating }) => ({ answer, better, rating }));
    await expect.poll(kept).toEqual([{ answer: "Hello, world", better: "Black ink.", rating: 1 }]);
    await page.goto(`${chat.address}/#feedback`);
    await page.getByText("Which ink?").waitFor();
    expect(await figure(page, "Preferences").textContent()).toBe("1");
    expect(await violations(page)).toEqual([]);
    await press(page, "Edit: Which ink?");
    expect(await violations(page)).toEqual([]);
    await page.getByLabel(/What the answer should have been/).fill("Pine soot ink.");
    await page.getByRole("combobox", { name: "Rating" }).selectOption("-1");
    await press(page, "Save");
    await expect.poll(kept).toEqual([{ answer: "Hello, world", better: "Pine soot ink.", rating: -1 }]);
    const { name, text } = await download(page, () => press(page, "Take along"));
    expect([name, JSON.parse(text)]).toEqual([
      "preferences.jsonl",
      expect.objectContaining({ rejected: [{ role: "assistant", content: "Hello, world" }] }),
    ]);
    await press(page, "Delete: Which ink?");
    await expect.poll(kept).toEqual([]);
    await press(page, "Undo");
    await expect.poll(async () => (await kept()).length).toBe(1);
    await press(page, "Delete all");
    await page.getByRole("dialog").getByRole("button", { name: "Delete all" }).click();
    await page.getByText("Nothing yet.").waitFor();
    expect(await kept()).toEqual([]);
    await page.goto(`${chat.address}/#chat`);
    await press(page, "Good answer"); // it is good already: once more takes it back, the correction stays
    await expect.poll(kept).toEqual([{ answer: "Hello, world", better: "Black ink.", rating: undefined }]);
    expect(problems).toEqual([]);
  });

  it("stays in the browser where the server keeps nothing, and that is said", async () => {
    await using chat = await serving(new FakeGenerator(), { page: undefined });
    await using opened = await openPage(browser, chat.address);
    const { page } = opened;
    await say(page, "Which ink?");
    await answered(page, "done");
    await press(page, "Bad answer");
    await page.getByText("Your judgement is kept in this browser only:").waitFor();
    await page.reload();
    expect(await page.getByRole("button", { name: "Bad answer" }).getAttribute("aria-pressed")).toBe("true");
  });
});

describe("a model", { timeout: 400_000 }, () => {
  it("is tuned in the page: rows checked with their cost, curves, tried beside itself, served, taken back", async () => {
    await using opened = await openPage(browser, `${s.address}/#tune`);
    const { page, problems } = opened;
    await press(page, "Try an example");
    await page.getByText("Settings").click();
    for (const [label, value] of [
      ["Most steps", "3"],
      ["Rank", "2"],
      ["For validation, share", "0.2"],
      ["Learning rate", "0.01"],
    ])
      await page.getByLabel(label, { exact: true }).fill(value);
    const rows = page.getByRole("textbox", { name: /^Rows JSON/ });
    await rows.fill(`${await rows.inputValue()}\n{"prompt":"And this?","completion":""}`);
    await press(page, "Check data and cost");
    await figure(page, "Rows to train on").waitFor({ timeout: 120_000 });
    expect(await Promise.all(["Rows to train on", "For validation", "Left out"].map((label) => figure(page, label).textContent()))).toEqual([
      "5",
      "1",
      "1",
    ]);
    expect(await page.getByRole("row", { name: /7 It has no answer/ }).count()).toBe(1);
    expect(await violations(page)).toEqual([]);
    await page.getByLabel("What to call it").fill("mine");
    await press(page, "Begin");
    await page.getByRole("button", { name: "Look at mine" }).waitFor({ timeout: 120_000 });
    await page.getByRole("button", { name: "Put into the model" }).waitFor({ timeout: 240_000 });
    await page.getByRole("img", { name: /Loss · mine/ }).waitFor();
    await press(page, "Put into the model");
    await page.getByLabel("Question").fill("Hello");
    await press(page, "Ask both");
    await page.getByRole("button", { name: "Ask both" }).waitFor({ timeout: 60_000 });
    expect(await page.getByRole("region", { name: "With mine" }).locator(".said").textContent()).not.toBe("");
    await press(page, "Let it answer");
    await page.getByText("mine answers where tiny is asked.").waitFor();
    expect(await violations(page)).toEqual([]);
    await press(page, "Back to the model as it was");
    await page.getByText("tiny answers as it was.").waitFor();
    expect(problems).toEqual([]);
  });

  it("that was tuned over the API stands in the Tune and Models views, answers there, and is gone when it is taken out", async () => {
    const client = new OpenAI({ baseURL: `${s.address}/v1`, apiKey: "none" });
    const row = JSON.stringify({ prompt: "Ink?", completion: "Stone." });
    const file = await client.files.create({ file: await toFile(Buffer.from(`${row}\n${row}\n`), "rows.jsonl"), purpose: "fine-tune" });
    const method = { type: "supervised", supervised: { hyperparameters: { n_epochs: 1 } } } as const;
    const job = await client.fineTuning.jobs.create({ model: "tiny", training_file: file.id, suffix: "desk", method });
    await using opened = await openPage(browser, `${s.address}/#tune`);
    const { page, problems } = opened;
    const look = page.getByRole("button", { name: /^Look at ft:tiny:desk:/ });
    await look.waitFor({ timeout: 240_000 });
    const name = (await client.fineTuning.jobs.retrieve(job.id)).fine_tuned_model ?? "";
    await look.click();
    await page.getByLabel("Question").fill("Hello");
    await press(page, "Ask both");
    await page.getByRole("button", { name: "Ask both" }).waitFor({ timeout: 60_000 });
    expect(
      await page
        .getByRole("region", { name: `With ${name}` })
        .locator(".said")
        .textContent(),
    ).not.toBe("");
    expect(await violations(page)).toEqual([]);
    await page.goto(`${s.address}/#models`);
    await page.getByRole("row", { name: new RegExp(`^${name} adapter of tiny`) }).waitFor();
    await page.goto(`${s.address}/#tune`);
    await look.click();
    await press(page, "Take out");
    await expect.poll(async () => (await client.models.list()).data.map(({ id }) => id)).toEqual(["tiny", "mine"]);
    expect(problems).toEqual([]);
  });

  it("is measured with its adapter and without, the two held against each other, taken along as Markdown", async () => {
    await using opened = await openPage(browser, `${s.address}/#evaluate`);
    const { page, problems } = opened;
    const measure = async (adapter: string) => {
      await page.getByRole("combobox", { name: "Adapter" }).selectOption(adapter);
      await page.getByRole("checkbox", { name: /^piqa/ }).check();
      await press(page, "Begin");
      await page.getByRole("heading", { name: adapter === "" ? "tiny" : `tiny + ${adapter}`, exact: true }).waitFor({ timeout: 60_000 });
    };
    await measure("");
    await measure("mine");
    expect(await violations(page)).toEqual([]);
    const report = await download(page, () => press(page, "Markdown"));
    expect(report.text).toContain("| piqa | 4 |");
    await press(page, "Compare");
    await page
      .getByRole("status")
      .filter({ hasText: /No task fell|A task fell/ })
      .waitFor();
    const compared = await download(page, () => press(page, "The comparison as Markdown"));
    expect(compared.text).toMatch(/^\| Task \| Metric \| Before \| Now \|[\s\S]*\| piqa \| acc_norm \|/);
    expect(problems).toEqual([]);
  });
});
