// The review queue: who may do what when, what is counted; drift that was planted is found, and none where there is none.
import { afterAll, describe, expect, it } from "vitest";
import { ModerationQueue, Moderator, moderationDrift } from "#apps";
import { openStore } from "#store";

const store = await openStore({ file: ":memory:" });
afterAll(() => store.close());
const moderator = await Moderator.open();

describe("cases", () => {
  const open = async (queue: ModerationQueue, text: string, id: string) => queue.add({ text, id }, await moderator.judge(text));

  it("go from waiting to decided, appealed, settled, each once, and by another person at the end", async () => {
    const queue = new ModerationQueue(store, "a");
    await open(queue, "wtf", "1");
    await expect(queue.appeal("1", "no")).rejects.toMatchObject({ code: "E_CASE_STATE" });
    expect((await queue.decide("1", { action: "remove", by: "ann", note: "rude" })).decision).toMatchObject({
      action: "remove",
      by: "ann",
      note: "rude",
    });
    await expect(queue.decide("1", { action: "allow", by: "bob" })).rejects.toMatchObject({ code: "E_CASE_STATE" });
    await expect(open(queue, "wtf", "1")).rejects.toMatchObject({ code: "E_CASE_STATE" });
    await queue.appeal("1", "a joke");
    await expect(queue.settle("1", { action: "allow", by: "ann" })).rejects.toMatchObject({ code: "E_OPTION" });
    expect((await queue.settle("1", { action: "allow", by: "bob" })).state).toBe("settled");
    expect(await queue.outcomes()).toMatchObject({ cases: 1, waiting: 0, decided: 1, appeals: 1, granted: 1 });
    expect(await queue.examples()).toEqual([{ text: "wtf", decision: "allow" }]);
  });

  it("of two people who decide at once one is refused", async () => {
    const queue = new ModerationQueue(store, "b");
    await open(queue, "buy cocaine", "1");
    const both = await Promise.allSettled([queue.decide("1", { action: "allow", by: "ann" }), queue.decide("1", { action: "remove", by: "bob" })]);
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(await queue.outcomes()).toMatchObject({ judged: 1, agreed: 0 });
  });

  it("are their owner's, listed by state, and taken away whole", async () => {
    const queue = new ModerationQueue(store, "c");
    await open(queue, "wtf", "1");
    await open(queue, "wtf again", "2");
    await queue.decide("2", { action: "allow", by: "ann" });
    expect((await queue.list({ state: "waiting" })).map(({ id }) => id)).toEqual(["1"]);
    await expect(new ModerationQueue(store, "d").get("1")).rejects.toMatchObject({ code: "E_RECORD_UNKNOWN" });
    expect([await queue.remove("1"), (await queue.list()).length]).toEqual([true, 1]);
    await expect(queue.decide("2", { action: "ban" as "remove", by: "x" })).rejects.toMatchObject({ code: "E_CASE_STATE" });
  });
});

describe("drift", () => {
  const posts = (from: number, spam: (i: number) => boolean) =>
    Array.from({ length: 200 }, (_, i) => ({ post: { text: spam(i) ? `earn money fast ${i % 7}` : `see you on day ${(from + i) % 30}, friend` } }));

  it("finds a wave of spam, and nothing where nothing changed", async () => {
    const before = posts(0, (i) => i % 20 === 0);
    const calm = await moderationDrift(
      moderator,
      before,
      posts(9, (i) => i % 20 === 3),
    );
    expect([calm.findings.filter(({ drifted }) => drifted), calm.stability < 0.1]).toEqual([[], true]);
    const wave = await moderationDrift(
      moderator,
      before,
      posts(9, (i) => i % 3 === 0),
    );
    expect(wave.findings.filter(({ drifted }) => drifted).map(({ what }) => what)).toContain("label:spam");
    expect(wave.stability).toBeGreaterThan(0.25);
    await expect(moderationDrift(moderator, before.slice(0, 5), before)).rejects.toMatchObject({ code: "E_OPTION" });
  });
});
