// What is served over its life: opened when it is wanted, closed when nobody wants it, opened again after its death.
import { describe, expect, it, vi } from "vitest";
import { InkstoneError } from "#core";
import { Registry, type ServedEntry } from "#server";
import { until } from "../support/until.ts";
import { FakeGenerator } from "./fake-generator.ts";

const signal = new AbortController().signal;

function counted(name: string, more: Partial<ServedEntry<"chat">> = {}): { entry: ServedEntry<"chat">; made: FakeGenerator[] } {
  const made: FakeGenerator[] = [];
  const open = async () => {
    made.push(new FakeGenerator());
    return made.at(-1) as FakeGenerator;
  };
  return { entry: { kind: "chat", name, open, ...more }, made };
}

describe("the registry", () => {
  it("opens a thing once for all who want it at once, and gives the first of its kind where no name is said", async () => {
    const registry = new Registry();
    const [one, other] = [counted("one"), counted("other")];
    registry.add(one.entry);
    registry.add(other.entry);
    const leases = await Promise.all([
      registry.use("chat", "one", signal),
      registry.use("chat", undefined, signal),
      registry.use("chat", "one", signal),
    ]);
    expect(new Set(leases.map(({ thing }) => thing)).size).toBe(1);
    expect([one.made.length, other.made.length]).toEqual([1, 0]);
    await registry.close();
    expect(one.made[0].closed).toBe(true);
  });

  it("refuses a name twice within a kind, an unknown name with what there is, and a kind of which there is nothing", async () => {
    const registry = new Registry();
    registry.add(counted("one").entry);
    expect(() => registry.add(counted("one").entry)).toThrowError(expect.objectContaining({ code: "E_OPTION" }));
    await expect(registry.use("chat", "two", signal)).rejects.toMatchObject({ code: "E_SERVED_MODEL", parameters: { served: "one" } });
    await expect(registry.use("moderation", undefined, signal)).rejects.toMatchObject({ code: "E_SERVED_NONE", status: 501 });
  });

  it("closes what nobody has used for its time, not while it is in use, and says when", async () => {
    const { entry, made } = counted("one", { keepAliveMs: 0 });
    const registry = new Registry();
    registry.add(entry);
    const first = await registry.use("chat", "one", signal);
    const second = await registry.use("chat", "one", signal);
    first.leave();
    expect(made[0].closed).toBe(false);
    second.leave();
    await until(() => expect(made[0].closed).toBe(true));
    expect(registry.list()[0].state).toBe("closed");
    (await registry.use("chat", "one", signal, 60_000)).leave();
    expect(registry.list()[0].expires).toBeGreaterThan(Date.now() + 50_000);
    await registry.close();
  });

  it("stop closes a thing that is not in use; it comes back when it is wanted", async () => {
    const { entry, made } = counted("one");
    const registry = new Registry();
    registry.add(entry);
    const lease = await registry.use("chat", "one", signal);
    expect((await registry.unload("one")).state).toBe("open");
    lease.leave();
    expect((await registry.unload("one")).state).toBe("closed");
    await registry.use("chat", "one", signal);
    expect(made).toHaveLength(2);
    await registry.close();
  });

  it("short of memory, it closes what nobody uses and tries again", async () => {
    const idle = counted("idle");
    let tries = 0;
    const open = async () => {
      if (++tries === 1) throw new InkstoneError("E_MEMORY", { needed: 1 });
      return new FakeGenerator();
    };
    const registry = new Registry();
    registry.add(idle.entry);
    registry.add({ kind: "chat", name: "big", open });
    (await registry.use("chat", "idle", signal)).leave();
    await registry.use("chat", "big", signal);
    expect([tries, idle.made[0].closed]).toEqual([2, true]);
    await registry.close();
  });

  it("what dies again and again is opened with longer and longer pauses", async () => {
    const now = vi.spyOn(performance, "now").mockReturnValue(1000);
    const { entry, made } = counted("one");
    const registry = new Registry();
    registry.add(entry);
    const dies = async () => {
      (await registry.use("chat", "one", signal)).leave();
      (made.at(-1) as FakeGenerator).state = { alive: false, why: ["killed"] };
      expect(registry.list()[0].state).toBe("died"); // a death counts from when it is seen
    };
    await dies();
    await dies(); // the first time at once
    await expect(registry.use("chat", "one", signal)).rejects.toMatchObject({ code: "E_ENGINE_DIED" });
    now.mockReturnValue(1000 + 501);
    await dies();
    now.mockReturnValue(1000 + 501 + 900);
    await expect(registry.use("chat", "one", signal)).rejects.toMatchObject({ code: "E_ENGINE_DIED" });
    now.mockReturnValue(1000 + 501 + 1001);
    await dies();
    now.mockRestore();
    await registry.close();
  });

  it("whoever leaves while it is opened does not end the opening", async () => {
    const left = new AbortController();
    let release = (): void => undefined;
    const opened = new Promise<void>((done) => {
      release = done;
    });
    const registry = new Registry();
    registry.add({
      kind: "chat",
      name: "slow",
      open: async () => {
        await opened;
        return new FakeGenerator();
      },
    });
    const leaving = registry.use("chat", "slow", left.signal);
    const staying = registry.use("chat", "slow", signal);
    left.abort(new Error("gone"));
    await expect(leaving).rejects.toThrow("gone");
    release();
    expect((await staying).thing.state.alive).toBe(true);
    await registry.close();
  });
});
