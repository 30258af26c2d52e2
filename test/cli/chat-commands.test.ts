// Lines of the chat: which of them are one message, which are commands, what /set takes.
import { describe, expect, it } from "vitest";
import { Lines, setOption } from "../../dist/cli/chat/commands.js";

describe("lines", () => {
  it("between three quotes are one message, with their indentation", () => {
    const lines = new Lines();
    expect(lines.take('"""def f():')).toEqual({ kind: "more" });
    expect(lines.isOpen).toBe(true);
    expect(lines.take("    return 1")).toEqual({ kind: "more" });
    expect(lines.take("/clear")).toEqual({ kind: "more" }); // inside, nothing is a command
    expect(lines.take('"""')).toEqual({ kind: "message", text: "def f():\n    return 1\n/clear" });
    expect(lines.take("  Hi  ")).toEqual({ kind: "message", text: "Hi" });
    expect(lines.take('"""one"""')).toEqual({ kind: "message", text: "one" });
  });

  it("that begin with a slash and a word are commands; a path in a sentence is none", () => {
    const lines = new Lines();
    expect(lines.take("/set top_p 0.5")).toEqual({ kind: "command", name: "/set", rest: "top_p 0.5" });
    expect(lines.take("/bye")).toEqual({ kind: "command", name: "/bye", rest: "" });
    expect(lines.take("/etc/hosts is a file").kind).toBe("message");
  });
});

describe("/set", () => {
  it("sets, forgets, and names what is meant", () => {
    expect(setOption({ seed: 1 }, "temperature 0.5")).toEqual({ seed: 1, temperature: 0.5 });
    expect(setOption({ temperature: 1 }, "temperature")).toEqual({});
    expect(setOption({}, "stop the end")).toEqual({ stop: ["the end"] });
    expect(() => setOption({}, "temprature 1")).toThrowError(
      expect.objectContaining({ message: expect.stringMatching(/did you mean "temperature"/) }),
    );
  });
});
