// The whole slice: a table is uploaded in a real browser, looked through, learned from, and asked, on the page and by plain HTTP; in English and in Chinese.
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakeGenerator } from "../server/fake-generator.ts";
import { serving } from "../server/serving.ts";
import { violations } from "../support/axe.ts";
import { openBrowser } from "../support/browser.ts";
import { openPage } from "../support/page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => browser?.close());

interface Tongue {
  readonly locale: string;
  readonly praise: readonly string[];
  readonly blame: readonly string[];
  readonly things: readonly string[];
  readonly sentence: (thing: string, word: string) => string;
  readonly labels: readonly [string, string];
  readonly says: Readonly<Record<"train" | "again" | "repeats" | "broken" | "ask" | "download" | "full" | "choose" | "report", string>>;
}

const english: Tongue = {
  locale: "en-US",
  praise: ["wonderful", "excellent", "lovely"],
  blame: ["terrible", "awful", "dreadful"],
  things: ["film", "soup", "room", "book", "phone", "chair", "lamp", "play"],
  sentence: (thing, word) => `The ${thing} was ${word} on that day`,
  labels: ["good", "bad"],
  says: {
    train: "Train",
    again: "Train again",
    repeats: "line 50 repeats line 2",
    broken: "reviews.csv:51:",
    ask: "Classify",
    download: "Download the classifier",
    full: "Full report",
    choose: "Choose a table",
    report: "Confusion",
  },
};

const chinese: Tongue = {
  locale: "zh-CN",
  praise: ["非常满意", "值得推荐", "很喜欢"],
  blame: ["非常失望", "浪费时间", "很糟糕"],
  things: ["电影", "面条", "房间", "图书", "手机", "椅子", "台灯", "话剧"],
  sentence: (thing, word) => `这次的${thing}让人${word}`,
  labels: ["好评", "差评"],
  says: {
    train: "开始训练",
    again: "重新训练",
    repeats: "第 50 行与第 2 行重复",
    broken: "reviews.csv:51:",
    ask: "分类",
    download: "下载分类器",
    full: "完整报告",
    choose: "选择表格",
    report: "混淆矩阵",
  },
};

/** 48 reviews on lines 2 to 49, one of them again on line 50, and a row with too many cells on line 51. A column that is neither comes first, and is hostile. */
function table({ praise, blame, things, sentence, labels }: Tongue): string {
  const rows: string[] = [];
  for (const thing of things)
    for (const i of praise.keys()) rows.push(`${sentence(thing, praise[i])},${labels[0]}`, `${sentence(thing, blame[i])},${labels[1]}`);
  const all = [...rows, rows[0], "too,many,cells"].map((row, i) => `<img src=x onerror=alert(${i})><script>alert(${i})</script>,${row}`);
  return `note,comment,stars\n${all.join("\n")}\n`;
}

async function upload(page: Page, says: Tongue["says"], csv: string): Promise<void> {
  await page
    .getByLabel(says.choose)
    .locator("input[type=file]")
    .setInputFiles({ name: "reviews.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
  await page.getByRole("button", { name: says.train, exact: true }).waitFor();
}

describe("from a table to an answer with its deciding words", () => {
  for (const tongue of [english, chinese])
    it(`on the page and by HTTP, ${tongue.locale}`, async () => {
      const { says, locale, labels, praise } = tongue;
      await using s = await serving(new FakeGenerator(), { page: undefined });
      await using opened = await openPage(browser, `${s.address}/#classify`, { locale, acceptDownloads: true });
      const { page, problems, requests } = opened;

      await upload(page, says, table(tongue));
      const [textColumn, labelColumn] = [page.locator("select").first(), page.locator("select").last()];
      expect([await textColumn.inputValue(), await labelColumn.inputValue()]).toEqual(["comment", "stars"]); // the longest column is not the one here: it is picked
      await textColumn.selectOption("comment");
      const findings = page.locator(".findings");
      await findings.getByText(says.repeats).waitFor();
      expect(await findings.textContent()).toContain(says.broken);

      await page.getByRole("button", { name: says.train, exact: true }).click();
      await page.getByRole("button", { name: says.again }).waitFor();
      expect(Number((await page.locator("dd").first().textContent())?.split(" ")[0])).toBeGreaterThan(0.9);
      const picture = page.locator("section img");
      await picture.waitFor();
      expect(await picture.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth))).toBeGreaterThan(100);

      const question = tongue.sentence(tongue.things[0], praise[0]);
      await page.locator("section textarea").fill(question);
      await page.locator("form").getByRole("button", { name: says.ask, exact: true }).click();
      const marks = page.locator(".marked mark.for");
      await marks.first().waitFor();
      expect(await page.locator(".classes .first .label").textContent()).toBe(labels[0]);
      expect(await page.locator(".marked").textContent()).toBe(question);
      const strongest = await page.locator('.marked mark.for[data-strength="3"]').first().textContent();
      expect(praise[0]).toContain(strongest);

      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: says.download }).click()]);
      expect(download.suggestedFilename()).toBe("classifier.json");
      const saved = JSON.parse(await readFile(await download.path(), "utf8"));
      expect(saved).toMatchObject({ type: "text-classifier", options: { language: locale.slice(0, 2) } });
      const address = `${s.address}/${await page.getByRole("link", { name: says.full }).getAttribute("href")}`;
      expect(await (await fetch(address)).text()).toContain(says.report);

      const id = /classifiers\/([^/]+)\/report/.exec(address)?.[1];
      const body = JSON.stringify({ model: id, input: [question, tongue.sentence(tongue.things[1], tongue.blame[1])], because: 3 });
      const answer = await fetch(`${s.address}/v1/classify`, { method: "POST", headers: { "content-type": "application/json" }, body });
      const { results } = await answer.json();
      expect(results.map(({ label }: { label: string }) => label)).toEqual(labels);
      expect(praise[0]).toContain(results[0].because[0].text);

      expect(requests.filter((one) => !one.startsWith(s.address) && !one.startsWith("data:image/svg+xml"))).toEqual([]);
      expect(await page.locator("img[src=x]").count()).toBe(0);
      expect(problems).toEqual([]);
    });
});

describe("the Classify view", () => {
  it("works without a mouse, stops a training at the button, and keeps its place while the chat is looked at", async () => {
    await using s = await serving(new FakeGenerator(), { page: undefined });
    await using opened = await openPage(browser, s.address);
    const { page, problems } = opened;
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    for (let i = 0; i < 40 && (await focused()) !== "Classify"; i++) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: /Teach a classifier/ }).waitFor();
    const rows = Array.from({ length: 6000 }, (_, i) => `this is the sentence number ${i} of a long table,${i % 2 ? "odd" : "even"}`);
    await upload(page, english.says, `text,label\n${rows.join("\n")}\n`);
    await page.getByRole("button", { name: "Train", exact: true }).press("Enter");
    await page.getByRole("progressbar").waitFor();
    await page.getByRole("link", { name: "Chat" }).press("Enter");
    await page.getByRole("textbox", { name: "Write a message" }).waitFor();
    await page.goBack();
    await page.getByRole("button", { name: "Stop" }).press("Enter");
    await page.getByRole("button", { name: "Train", exact: true }).waitFor();
    await expect.poll(async () => (await (await fetch(`${s.address}/health`)).json()).open).toBe(0);
    expect((await (await fetch(`${s.address}/v1/classifiers`)).json()).data).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("says what is wrong with a table, in the page's language, and takes the next", async () => {
    await using s = await serving(new FakeGenerator(), { page: undefined });
    await using opened = await openPage(browser, `${s.address}/#classify`, { locale: "zh-CN" });
    const { page } = opened;
    const files = page.locator("input[type=file]");
    await files.setInputFiles({ name: "photo.png", mimeType: "image/png", buffer: Buffer.from([1, 2]) });
    await page.getByRole("alert").getByText(".jsonl").waitFor();
    await files.setInputFiles({ name: "empty.csv", mimeType: "text/csv", buffer: Buffer.from("text,label\n") });
    await page.getByRole("alert").getByText("empty.csv").waitFor();
    await page.getByRole("button", { name: "垃圾短信" }).click();
    await page.getByRole("button", { name: "开始训练" }).waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(await page.locator(".labels").textContent()).toMatch(/ham24.*spam24/s);
  });

  for (const [locale, words, look] of [
    ["en-US", english.says, { viewport: { width: 1280, height: 800 } }],
    ["zh-CN", chinese.says, { viewport: { width: 390, height: 844 }, colorScheme: "dark" }],
  ] as const)
    it(`shows what came of a training where it is seen, and mistakes of one kind by their lines, ${locale}`, async () => {
      await using s = await serving(new FakeGenerator(), { page: undefined });
      await using opened = await openPage(browser, `${s.address}/#classify`, { locale, ...look });
      const { page, problems } = opened;
      // Labels that the texts say nothing of: mistakes of every kind.
      const rows = Array.from(
        { length: 60 },
        (_, i) => `thing ${(i * 7) % 11} of place ${(i * 5) % 13},${["red", "green", "blue"][(i * i + (i >> 2)) % 3]}`,
      );
      await upload(page, words, `text,label\n${rows.join("\n")}\n`);
      await page.getByRole("button", { name: words.train, exact: true }).click();
      await page.getByRole("button", { name: words.again }).waitFor();
      await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("result-head");
      expect(await page.locator("#result-head").evaluate((head) => head.getBoundingClientRect().top)).toBeLessThan(look.viewport.height);

      const kinds = page.locator(".pair select");
      const worst = page.locator("table.worst tbody tr");
      const cells = async () => Promise.all((await worst.all()).map((row) => row.locator("td").allTextContents()));
      for (const [line, truth, , , text] of await cells()) expect(rows[Number(line) - 2]).toBe(`${text},${truth}`);
      const [, first] = await kinds.locator("option").all();
      await kinds.selectOption((await first.getAttribute("value")) ?? "");
      const [truth, predicted] = JSON.parse((await first.getAttribute("value")) ?? "[]") as string[];
      const of = (await cells()).map((row) => row.slice(1, 3));
      expect(new Set(of.map(String))).toEqual(new Set([`${truth},${predicted}`]));
      expect((await first.textContent())?.replaceAll(",", "")).toContain(String(of.length));
      await page.locator("section[aria-labelledby=kept-head]").getByRole("button", { name: words.ask, exact: true }).click();
      const table = { name: "new.csv", mimeType: "text/csv", buffer: Buffer.from("id,text\n7,thing 1 of place 2\n") };
      const picked = page.locator("section[aria-labelledby=kept-head] input[type=file]");
      const [file] = await Promise.all([page.waitForEvent("download"), picked.setInputFiles(table)]);
      expect(file.suggestedFilename()).toBe("labelled-new.csv");
      expect(await readFile(await file.path(), "utf8")).toMatch(/^id,text,label,confidence\n7,thing 1 of place 2,(red|green|blue),[01]\.\d+\n$/);
      expect(await violations(page)).toEqual([]);
      expect(problems).toEqual([]);
    });

  it("trains nothing of one label, and does not send a table that is too large", async () => {
    await using s = await serving(new FakeGenerator(), { page: undefined, limits: { tableBytes: 2 << 20 } });
    await using opened = await openPage(browser, `${s.address}/#classify`);
    const { page, problems, requests } = opened;
    await upload(page, english.says, "text,label\nink,a\nstone,a\n");
    await page.getByText("There is one label only").waitFor();
    expect(await page.getByRole("button", { name: "Train", exact: true }).isDisabled()).toBe(true);
    const before = requests.filter((one) => one.includes("/check")).length;
    const large = Buffer.from(`text,label\n${"a long row of a table,x\n".repeat(100_000)}`);
    await page.locator("input[type=file]").first().setInputFiles({ name: "large.csv", mimeType: "text/csv", buffer: large });
    await page.getByRole("alert").getByText("larger than 2 MB").waitFor();
    expect(requests.filter((one) => one.includes("/check")).length).toBe(before);
    await upload(page, english.says, "text,label\nink,a\nstone,b\n");
    expect(await page.getByRole("button", { name: "Train", exact: true }).isEnabled()).toBe(true);
    expect(problems).toEqual([]);
  });
});
