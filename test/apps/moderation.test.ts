// Moderation: words and the ways around a list, policies, rules, verdicts, recipes, a dry run; on real rows where they are at hand.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { dryRun, Moderator, parsePolicy, trainModeration, WordFilter } from "#apps";
import type { InkstoneError } from "#core";
import { hiddenWords } from "./evasions.ts";

const shared = "../shared/data";
const folder = mkdtempSync(join(tmpdir(), "inkstone-moderation-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const lines = (path: string): string[] =>
  readFileSync(join(shared, path), "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
const codeOf = async (work: () => Promise<unknown>): Promise<InkstoneError | undefined> =>
  work().then(
    () => undefined,
    (error: unknown) => error as InkstoneError,
  );

describe("a word filter", () => {
  it("finds a word as it is hidden, at its place", async () => {
    const filter = await WordFilter.open({ words: ["casino", "blackmail", "赌博", "强奸"].map((word) => ({ word, label: "x" })) });
    const cases: readonly (readonly [string, string, string])[] = [
      ["a casino here", "casino", "none"],
      ["CASINO", "CASINO", "none"],
      ["ｃａｓｉｎｏ", "ｃａｓｉｎｏ", "spelling"],
      ["c a s i n o", "c a s i n o", "spelling"],
      ["my c.a.s.i.n.o!", "c.a.s.i.n.o", "spelling"],
      ["ca\u200bsino", "ca\u200bsino", "spelling"],
      ["c4s1n0", "c4s1n0", "spelling"],
      ["саsіnо", "саsіnо", "spelling"],
      ["caaaasino", "caaaasino", "spelling"],
      ["c*sino", "c*sino", "masked"],
      ["𝐜𝐚𝐬𝐢𝐧𝐨", "𝐜𝐚𝐬𝐢𝐧𝐨", "spelling"],
      ["casinos", "casino", "none"],
      ["网上赌博", "赌博", "none"],
      ["賭博", "賭博", "spelling"],
      ["赌*博", "赌*博", "spelling"],
      ["去赌bo吧", "赌bo", "pinyin"],
      ["一起du bo吧", "du bo", "pinyin"],
      ["强女干", "强女干", "split-character"],
    ];
    for (const [text, found, evasion] of cases)
      expect(
        filter.find(text).map((hit) => [hit.text, hit.evasion]),
        text,
      ).toEqual([[found, evasion]]);
  });

  it("leaves alone what only looks so", async () => {
    const filter = await WordFilter.open({
      words: ["ass", "tit", "cum", "赌博", "和服", "kill"].map((word) => ({ word, label: "x" })),
      allow: ["kill switch"],
    });
    for (const text of [
      "class assess as shot",
      "title constitution",
      "document cucumber",
      "455 4 5 5",
      "他在读博士",
      "和服务员说",
      "a kill switch",
      "skills",
    ])
      expect(filter.find(text), text).toEqual([]);
  });

  it("gives places that slice the text, whatever the text", async () => {
    const filter = await WordFilter.open({ words: ["abc", "赌博", "bad word"].map((word) => ({ word, label: "x" })) });
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "b", "c", "赌", "博", "*", " ", "\u200b", "😀", "\ud83d", "ａ", "4", "bad", "word", "。")),
        (pieces) => {
          const text = pieces.join("");
          for (const { start, end, text: found } of filter.find(text)) expect(text.slice(start, end)).toBe(found);
        },
      ),
    );
  });

  it("refuses a word without a letter, and one that is too long", async () => {
    for (const word of ["。。", "a".repeat(61)])
      expect((await codeOf(() => WordFilter.open({ words: [{ word, label: "x" }] })))?.code).toBe("E_WORD_LIST");
  });

  it.skipIf(!existsSync(join(shared, "safety-lists/ldnoobw/en")))(
    "finds 500 evasions of public lists, and next to nothing in questions to a bank",
    async () => {
      const en = lines("safety-lists/ldnoobw/en").filter((word) => /^[a-z]{4,}$/.test(word));
      const zh = lines("safety-lists/ldnoobw/zh").filter((word) => /^\p{Script=Han}{2,6}$/u.test(word));
      const filter = await WordFilter.open({ words: [...en, ...zh].map((word) => ({ word, label: "x" })) });
      const hidden = [...hiddenWords(en, "en", 300, 11), ...hiddenWords(zh, "zh", 200, 12)];
      const missed = hidden.filter(({ text }) => filter.find(text).length === 0);
      expect(
        1 - missed.length / hidden.length,
        missed
          .slice(0, 10)
          .map(({ kind, text }) => `${kind}: ${text}`)
          .join(" | "),
      ).toBeGreaterThanOrEqual(0.95);
      const questions = lines("qa-customer-service/banking77/train.csv");
      const wrong = questions.filter((text) => filter.find(text).length > 0);
      expect(wrong.length / questions.length).toBeLessThanOrEqual(0.01);
      expect(hidden.length / (hidden.length + (wrong.length * 500) / questions.length)).toBeGreaterThanOrEqual(0.95);
    },
  );
});

describe("a policy", () => {
  const yaml = `
labels: {promo: {review: 0.4, remove: 2}}
usual: {review: 0.5, remove: 0.9}
starter: false
allow: [free speech]
words:
  - {label: promo, list: [free, 优惠], score: 0.6}
rules:
  - name: trusted
    author: {name: [ada]}
    action: approve
    priority: 10
  - name: new and short
    body_shorter_than: 12
    author: {account_age: "< 3 days"}
    action: filter
    action_reason: a new account
  - title+body (regex): ['v\\d+iagra']
    action: remove
  - domain (includes): [bad.example]
    ~body (includes): [quote]
    action: remove
`;
  it("judges: thresholds, rules, negation, what is trusted first", async () => {
    const moderator = await Moderator.open(await parsePolicy(yaml));
    const actionOf = async (post: Parameters<typeof moderator.judge>[0]) => (await moderator.judge(post)).action;
    expect(await actionOf("now free")).toBe("review");
    expect(await actionOf("free speech is good")).toBe("allow");
    expect(await actionOf({ text: "v1iagra" })).toBe("remove");
    expect(await actionOf({ text: "v1iagra", author: { name: "Ada" } })).toBe("allow");
    expect(await moderator.judge({ text: "hi", author: { account_age: 1 } })).toMatchObject({ action: "review", reason: "a new account" });
    expect(await actionOf({ text: "hi", author: { account_age: 30 } })).toBe("allow");
    expect(await actionOf("see https://bad.example/x")).toBe("remove");
    expect(await actionOf("quote: see https://bad.example/x")).toBe("allow");
    const { spans } = await moderator.judge({ text: "x v22iagra", title: "t" });
    expect(spans).toEqual([{ start: 2, end: 10, label: "rule", rule: "rule 3" }]);
  });

  it("names the place of what is wrong in it", async () => {
    const wrong: readonly (readonly [string, string])[] = [
      ["wrds: []", "wrds:1"],
      ["a: [", "/:"],
      ["labels: {x: {review: no}}", "/labels/x/review:1"],
      ["words:\n  - {list: [a]}", "/words/0/label:2"],
      ["rules:\n  - {action: explode, body: [x]}", "/rules/0/action:2"],
      ["rules:\n  - {boddy: [x], action: remove}", "/rules/0/boddy:2"],
      ["rules:\n  - {body (regex): ['('], action: remove}", "/rules/0/body (regex):2"],
      ["rules:\n  - {action: remove}", "/rules/0/:2"],
      ["rules: 5", "/rules:1: it must be a list"],
      ["- 1", "/:1"],
      [`a: &a [x, x]\nlabels: {${Array.from({ length: 200 }, (_, i) => `l${i}: *a`).join(", ")}}`, "/:1"],
    ];
    for (const [text, place] of wrong) {
      const error = await codeOf(() => parsePolicy(text));
      expect(error?.code, text).toBe("E_RULES_FILE");
      expect(error?.message).toContain(place);
    }
  });

  it("is tried on history without changing it", async () => {
    const moderator = await Moderator.open();
    const run = await dryRun(moderator, [
      { post: { text: "加微信领红包" }, decided: "remove" },
      { post: { text: "你好" }, decided: "allow" },
      { post: { text: "kill you" }, decided: "allow" },
    ]);
    expect(run).toMatchObject({ posts: 3, actions: { allow: 1, review: 1, remove: 1 }, decided: 3, agreed: 1 });
    expect(run.differences).toContainEqual({ decided: "allow", policy: "remove", posts: 1 });
  });

  it("uses a trained classifier, whose thresholds keep what was asked", async () => {
    const examples = Array.from({ length: 60 }, (_, i) =>
      i % 2 === 0 ? { text: `cheap pills number ${i % 7} order today`, label: "spam" } : { text: `lunch at ${i % 5} with the team`, label: "none" },
    );
    const { classifier, thresholds } = await trainModeration(examples, { model: "logistic-regression", folds: 3 });
    expect(thresholds.every(({ precision }) => precision >= 0.95)).toBe(true);
    await classifier.save(join(folder, "spam.json"));
    writeFileSync(
      join(folder, "policy.yml"),
      "starter: false\nclassifiers:\n  - {file: spam.json, labels: {spam: spam}}\nlabels: {spam: {review: 0.3, remove: 0.6}}\n",
    );
    const moderator = await Moderator.open(join(folder, "policy.yml"));
    expect((await moderator.judge("order cheap pills")).action).toBe("remove");
    expect((await moderator.judge("lunch with the team")).action).toBe("allow");
  });

  it("sends an insult and a win that nobody asked for to review or away from the first minute, and leaves near sentences", async () => {
    const moderator = await Moderator.open();
    for (const [text, label] of [
      ["You are an idiot.", "harassment"],
      ["you m0ron", "harassment"],
      ["Click here to win £1000 free money now", "spam"],
      ["go kill yourself", "self-harm"],
    ])
      expect(Object.keys((await moderator.judge(text)).labels), text).toContain(label);
    for (const text of ["Your idea is not stupid, you are right.", "Dostoevsky wrote The Idiot.", "We play to win free time."])
      expect((await moderator.judge(text)).action, text).toBe("allow");
  });

  it("takes an empty post, a long one, one of all scripts; refuses one that is too long", async () => {
    const moderator = await Moderator.open();
    expect((await moderator.judge("")).action).toBe("allow");
    expect((await moderator.judge(`${"harmless ".repeat(50_000)}kill you`)).action).toBe("remove");
    expect((await codeOf(async () => moderator.judge("a".repeat(1_000_001))))?.code).toBe("E_OPTION");
  });
});

describe.skipIf(!existsSync(join(shared, "classification")))("on real rows", () => {
  it("of SMS, a recipe tells spam apart on messages that it has not seen, by the threshold that it found", async () => {
    const rows = lines("classification/sms-spam/train.tsv").map((line) => ({
      label: line.slice(0, line.indexOf("\t")),
      text: line.slice(line.indexOf("\t") + 1),
    }));
    const train = rows.filter((_, i) => i % 5 !== 0);
    const unseen = rows.filter((_, i) => i % 5 === 0);
    const { classifier, thresholds } = await trainModeration(train, { model: "linear-svm", folds: 3 });
    const { balanced } = thresholds.find(({ label }) => label === "spam")!;
    expect(balanced.f1).toBeGreaterThanOrEqual(0.95);
    const given = await classifier.classifyAll(unseen.map(({ text }) => text));
    const answers = given.map(({ classes }) => (classes.find(({ label }) => label === "spam")!.confidence >= balanced.threshold ? "spam" : "ham"));
    const hits = answers.filter((label, i) => label === "spam" && unseen[i].label === "spam").length;
    const f1 = (2 * hits) / (answers.filter((label) => label === "spam").length + unseen.filter(({ label }) => label === "spam").length);
    expect(f1).toBeGreaterThanOrEqual(0.955);
  });
});
