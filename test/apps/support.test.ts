// Customer service: the example projects in two languages, slots that are checked, digressions, moods, other people's records; real intents and stories where ../shared is at hand.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  cents,
  emotionOf,
  exchange,
  fee,
  interest,
  parseExample,
  parseNumber,
  readSupportProject,
  SlotTagger,
  StoryPolicy,
  type SupportReply,
  SupportService,
  slotValue,
  storiesOf,
  trainSupport,
  wantsPerson,
} from "#apps";
import { openStore, type Store } from "#store";
import { finish, mainFile, root } from "../support/processes.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-support-"));
let store: Store;
let english: SupportService;
let chinese: SupportService;
beforeAll(async () => {
  store = await openStore({ file: join(folder, "s.db") });
  for (const name of ["support", "support-zh"]) {
    cpSync(join(root, "examples", name), join(folder, name), { recursive: true });
    await trainSupport(join(folder, name), store);
  }
  english = await SupportService.open(join(folder, "support"), store);
  chinese = await SupportService.open(join(folder, "support-zh"), store);
}, 300_000);
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

let sessions = 0;
async function talk(service: SupportService, said: readonly string[], customer?: string): Promise<SupportReply[]> {
  const session = `s${++sessions}`;
  const replies: SupportReply[] = [];
  for (const text of said) replies.push(await service.ask(session, text, { customer }));
  return replies;
}
const words = (replies: readonly SupportReply[]): string[] => replies.map(({ reply }) => reply);

describe("a talk", () => {
  it("asks for what is missing, checks it, and computes its numbers", async () => {
    expect(words(await talk(english, ["how much interest would I earn", "a lot", "10,000", "2"]))).toEqual([
      "How much do you want to save?",
      "I could not make sense of that. How much do you want to save?",
      "For how many years?",
      "10000 at 2.5 % for 2 years earn 500: 10500 in all.",
    ]);
    expect(words(await talk(english, ["convert 100 EUR to USD"]))).toEqual(["100 EUR are 125 USD (rate 1.25, as of 2026-11-27)."]);
  });

  it("answers a digression and returns to its question", async () => {
    const replies = words(await talk(english, ["start a timer", "when are you open?", "5"]));
    expect(replies[1]).toBe("We are open from Monday to Saturday, 9:00 to 18:30. For how many minutes?");
    expect(replies[2]).toMatch(/^The timer ends at 20/);
  });

  it("asks before it changes something, and leaves it when it is told to", async () => {
    const replies = words(await talk(english, ["please update my delivery address", "4 Mill Lane, Leeds", "yes"]));
    expect(replies).toEqual([
      "What is your new address?",
      "Shall I go ahead? (address: 4 Mill Lane, Leeds) Please say yes or no.",
      "Your address is now: 4 Mill Lane, Leeds.",
    ]);
    expect(words(await talk(english, ["change my address", "cancel"]))[1]).toContain("stopped");
  });

  it("answers from its documents with the place, and says that it does not know", async () => {
    const [known, unknown] = [
      await talk(english, ["Within how many days can goods be returned?"]),
      await talk(english, ["Who won the chess championship of 1972?"]),
    ];
    expect(known[0]).toMatchObject({ reply: "Goods can be returned within 30 days of delivery.", handOver: null });
    expect(known[0].citations[0].document).toMatch(/returns\.md$/);
    expect(unknown[0].citations).toEqual([]);
    expect(unknown[0].reply).toContain("I do not know");
  });

  it("uses the customer's own record and never another's", async () => {
    const customers = store.records<Record<string, unknown>>("customer");
    await customers.put("", "ada", { name: "Ada", orders: [{ id: "A-1001", state: "on its way" }] });
    await customers.put("", "bob", { name: "Bob", orders: [{ id: "A-1002", state: "delivered" }] });
    expect(words(await talk(english, ["where is my order", "a-1001"], "ada"))[1]).toBe("Your order A-1001 is on its way.");
    expect(words(await talk(english, ["where is my order", "A-1002"], "ada"))[1]).not.toContain("delivered");
    expect(words(await talk(english, ["where is my order", "A-1002"]))[1]).not.toContain("delivered");
    await english.ask("mine", "hello", { customer: "ada" });
    await expect(english.ask("mine", "hello", { customer: "bob" })).rejects.toMatchObject({ code: "E_SUPPORT_CUSTOMER" });
    await expect(english.ask("mine", "hello")).rejects.toMatchObject({ code: "E_SUPPORT_CUSTOMER" });
  });

  it("speaks Chinese", async () => {
    expect(words(await talk(chinese, ["你好", "我的订单到哪了", "a-1001"]))).toEqual([
      "您好，请问有什么可以帮您？",
      "请提供订单号，例如 A-1001。",
      "正在为您查询订单 A-1001。",
    ]);
    expect(words(await talk(chinese, ["算一下存款利息", "三万", "两年"]))[2]).toBe("已记录：本金 30000 元，期限 2 年。");
    expect((await talk(chinese, ["签收后多少天内可以退货？"]))[0].reply).toContain("30天内可以退货");
  });

  it("goes on in another process, forgets when it is told to, and takes hostile texts as texts", async () => {
    await english.ask("long", "how much interest would I earn");
    const other = await SupportService.open(join(folder, "support"), store);
    expect((await other.ask("long", "300")).reply).toBe("For how many years?");
    expect(await other.forget("long")).toBe(true);
    await expect(english.ask("x", "  ")).rejects.toMatchObject({ code: "E_INPUT_EMPTY" });
    await expect(english.ask("x", "a".repeat(5000))).rejects.toMatchObject({ code: "E_OPTION" });
    for (const text of ["{customer.password}", "\u0000\u202e", "'; DROP TABLE records; --", "🙂🙂🙂", "constructor", "__proto__"])
      expect(typeof (await english.ask(`h${text}`, text)).reply).toBe("string");
  });
});

describe("what is done to a session while it answers", () => {
  it("waits for the answer: what was forgotten does not come back, what was taken is not lost", async () => {
    const asked = english.ask("brief", "Where is my order?");
    expect(await english.forget("brief")).toBe(true);
    await asked;
    expect(await english.forget("brief")).toBe(false);

    await english.ask("taken", "This is unacceptable, I am furious and I will call my lawyer!");
    const [, after] = await Promise.all([english.resolve("taken"), english.ask("taken", "Hello?")]);
    expect(after.reply).not.toBe("");
    expect((await english.waiting()).map(({ session }) => session)).not.toContain("taken");
  });
});

describe("moods", () => {
  const angry = [
    "This is unacceptable, I am furious and I will call my lawyer!",
    "You are thieves! This is the worst shop, I hate you!!",
    "你们就是骗子，气死我了，我要投诉！",
    "太过分了！垃圾客服，我要曝光你们！",
  ];
  const neutral = [
    "Where is my order?",
    "I would like to change my address.",
    "What are the opening hours?",
    "请问几点开门？",
    "我想查一下订单",
    "It is not bad at all",
    "不生气，就是想问问",
    "Can I pay by card?",
    "My hello kitty bag arrived.",
  ];

  it("call a person for anger, and for none of the neutral", async () => {
    for (const text of angry) expect((await talk(english, [text]))[0].handOver?.reason, text).toBe("mood");
    for (const text of neutral) expect((await talk(english, [text]))[0].handOver, text).toBeNull();
    expect(wantsPerson(["It still doesn't work.", "Again and again the same error, this is so frustrating."].map(emotionOf))).toBe(true);
  });

  it("are told apart, and soothed", async () => {
    expect(
      [
        "Thank you, that is perfect!",
        "I am so sad, my grandfather passed away.",
        "等了好久没人理我",
        "太好了，谢谢",
        "The lamp is on the table.",
      ].map((text) => emotionOf(text).emotion),
    ).toEqual(["joy", "sadness", "frustration", "joy", "neutral"]);
    expect((await talk(english, ["I am sad and disappointed. When are you open?"]))[0].reply).toMatch(/^I am sorry to hear that\./);
  });

  it("leave a summary for the person, a queue, and questions to answer in the documents", async () => {
    const [, second] = await talk(english, ["Can you paint my house in violet tomorrow?", "Do you sell submarines to penguins?"]);
    expect(second.handOver).toMatchObject({ reason: "unanswered", summary: expect.stringContaining("submarines") });
    const waiting = await english.waiting();
    expect(waiting.length).toBeGreaterThan(0);
    await english.resolve(waiting[0].session);
    expect((await english.waiting()).length).toBe(waiting.length - 1);
    const analytics = await english.analytics();
    expect(analytics.unanswered.map(({ text }) => text).join()).toContain("submarines");
    expect(analytics.deflection).toBeLessThan(1);
  });
});

describe("numbers", () => {
  it("are computed to the cent", () => {
    expect(interest({ principal: 1000, percent: 5, years: 3, timesAYear: 12 })).toEqual({ interest: 161.47, total: 1161.47 });
    expect(fee({ amount: 10, percent: 1, least: 0.5 })).toEqual({ fee: 0.5, total: 10.5 });
    expect([cents(1.005), cents(-2.675), cents(0.1 + 0.2)]).toEqual([1.01, -2.68, 0.3]);
    expect(() => exchange({ amount: 1, from: "EUR", to: "constructor" }, { EUR: 1 })).toThrow(expect.objectContaining({ code: "E_SUPPORT_SKILL" }));
    expect(["1,200", "二十三万四千", "两百", "3k", "twelve", "none"].map(parseNumber)).toEqual([1200, 234_000, 200, 3000, 12, undefined]);
    expect(slotValue("2026-02-30", { type: "date" })).toBeUndefined();
    expect(slotValue("于2026年3月5日", { type: "date" })).toBe("2026-03-05");
  });
});

describe("slots", () => {
  it("tell a country from a town that no example named", async () => {
    const countries = ["France", "Kenya", "Brazil", "Nepal", "Sri Lanka"].map((name) => `weather in [${name}](country) today`);
    const towns = ["Elba", "Frostburg", "Lucky", "Ludden"].map((name) => `weather in [${name}](city) today`);
    const examples = [...countries, ...towns].map((line) => parseExample(line, "weather"));
    const tagger = await SlotTagger.train({ examples, synonyms: {}, lookups: {}, patterns: {} });
    const said = ["New Zealand", "Norway", "Zell"].flatMap((name) => tagger.find(`weather in ${name} today`, "weather"));
    expect(said.map(({ entity, value }) => [entity, value])).toEqual([
      ["country", "New Zealand"],
      ["country", "Norway"],
      ["city", "Zell"],
    ]);
  });
});

describe("a project", () => {
  it.each([
    ["nlu: 5", "nlu"],
    ["flows:\n  a: { intent: x, slots: [nope] }", "flows.a"],
    ["slots:\n  a: { type: colour }", "slots.a"],
    ["slots:\n  a: { type: text, pattern: '(' }", "slots.a"],
    ["settings: { langauge: en }", "settings.langauge"],
    ["a: [1", "1:"],
    ["x: &a [1]\ny: *a", "-"],
  ])("that is wrong is refused by its place: %s", async (text, place) => {
    const wrong = mkdtempSync(join(folder, "wrong-"));
    writeFileSync(join(wrong, "nlu.yml"), "nlu:\n- intent: x\n  examples: |\n    - one\n");
    writeFileSync(join(wrong, "z.yml"), text);
    await expect(readSupportProject(wrong)).rejects.toMatchObject({
      code: "E_SUPPORT_PROJECT",
      parameters: { place: expect.stringContaining(place) },
    });
  });

  it("that has changed must be trained again; the verbs train, ask, evaluate and chat", async () => {
    const own = join(folder, "own");
    // Whoever tried the example has trained it where it lies.
    cpSync(join(root, "examples/support"), own, { recursive: true, filter: (path) => basename(path) !== "model" });
    const env = { INKSTONE_DATA: join(folder, "data") };
    const early = await finish(process.execPath, [mainFile, "support", "ask", own, "hello"], { env });
    expect([early.code, early.stderr]).toEqual([66, expect.stringContaining("E_SUPPORT_UNTRAINED")]);
    expect((await finish(process.execPath, [mainFile, "support", "train", own], { env })).code).toBe(0);
    const { stdout } = await finish(process.execPath, [mainFile, "support", "ask", own, "interest on 1000 for 2 years", "--json"], { env });
    expect(Object.keys(JSON.parse(stdout)).sort()).toEqual(["citations", "confidence", "emotion", "handOver", "intent", "reply", "slots"]);
    expect(JSON.parse(stdout)).toMatchObject({ intent: "savings", slots: { principal: 1000, years: 2 } });
    const asked = join(folder, "asked.jsonl");
    const marked = { text: "has order A-1001 been sent", intent: "track_order", spans: [{ entity: "order", start: 10, end: 16 }] };
    const rows = [marked, { text: "hi there", intent: "greet" }, { text: "xyzzy plugh", intent: "oos" }, { text: "sing", intent: "sing" }];
    writeFileSync(asked, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    const tried = await finish(process.execPath, [mainFile, "support", "evaluate", own, asked, "--json"], { env });
    expect(JSON.parse(tried.stdout)).toMatchObject({
      rows: 4,
      intents: { rows: 3, accuracy: 2 / 3 },
      slots: { marked: 1, recall: 1 },
      outOfScope: { rows: 1, auroc: 1, told: 1 },
      unknownIntents: ["sing"],
    });
    writeFileSync(asked, JSON.stringify({ ...marked, spans: [{ entity: "order", start: 10, end: 99 }] }));
    const broken = await finish(process.execPath, [mainFile, "support", "evaluate", own, asked], { env });
    expect([broken.code, broken.stderr]).toEqual([65, expect.stringContaining("E_DATA_ROW")]);
    const chat = await finish(process.execPath, [mainFile, "support", "chat", own], { env, input: "hello\nstart a timer\n" });
    expect(chat.stdout).toBe("Hello! How can I help you?\nFor how many minutes?\n");
    writeFileSync(join(own, "more.yml"), "responses:\n  utter_x: [y]\n");
    await expect(SupportService.open(own, store)).rejects.toMatchObject({ code: "E_SUPPORT_UNTRAINED" });
  }, 400_000);
});

const shared = join(root, "../shared/data/qa-customer-service");
describe.skipIf(!existsSync(shared))("real projects", () => {
  it("rasa-demo's stories play through", () => {
    const { stories } = parse(readFileSync(join(shared, "rasa-demo/faqs.yml"), "utf8")) as { stories: Record<string, unknown>[] };
    const all = storiesOf(stories, false);
    const policy = new StoryPolicy(all, 8);
    const wrong = all.filter(({ steps }) => steps.some((step, i) => step.kind === "action" && policy.next(steps.slice(0, i)) !== step.action));
    expect(all.length).toBeGreaterThan(40);
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it("rasa-demo is read as it is", async () => {
    const project = await readSupportProject(join(shared, "rasa-demo"));
    expect(project.examples.length).toBeGreaterThan(1000);
    expect(Object.keys(project.responses).length).toBeGreaterThan(20);
  });
});
