// Signals that end a program, told to whoever handles them: also one that came before anybody did.
import { describe, expect, it } from "vitest";
import { Signals } from "#cli";

// The listener of this object, called as Node calls it; no signal reaches the tests' own process.
function begun(): { readonly signals: Signals; readonly send: (name: "SIGINT" | "SIGTERM") => void } {
  const before = new Set(process.listeners("SIGTERM"));
  const [int, term] = [new Set(process.listeners("SIGINT")), before];
  const signals = new Signals();
  const own = {
    SIGINT: process.listeners("SIGINT").find((one) => !int.has(one)),
    SIGTERM: process.listeners("SIGTERM").find((one) => !term.has(one)),
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) if (own[name] !== undefined) process.off(name, own[name]);
  return { signals, send: (name) => own[name]?.(name) };
}

describe("a signal", () => {
  it("that came at the end of a start, before anybody handled it, is told to the first who does, and to nobody after", async () => {
    const { signals, send } = begun();
    send("SIGTERM");
    expect(signals.signal.aborted).toBe(true);
    const told: unknown[] = [];
    signals.handle((name, count) => told.push(["first", name, count]));
    await Promise.resolve();
    expect(told).toEqual([["first", "SIGTERM", 1]]);
    signals.handle((name, count) => told.push(["second", name, count]));
    await Promise.resolve();
    expect(told).toHaveLength(1);
    send("SIGINT");
    expect(told[1]).toEqual(["second", "SIGINT", 2]);
  });

  it("is told once where a terminal and a parent both pass it on", () => {
    const { signals, send } = begun();
    const told: unknown[] = [];
    signals.handle((name, count) => told.push([name, count]));
    send("SIGINT");
    send("SIGINT");
    expect(told).toEqual([["SIGINT", 1]]);
    expect(signals.last).toBe("SIGINT");
  });
});
