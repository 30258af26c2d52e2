// Stop strings in text that comes in any pieces: nothing of one, and nothing after it, is ever let out; everything before it is.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StopScanner } from "#generate";

// What the scanner lets out, and after which pieces.
function scan(stops: readonly string[], pieces: readonly string[]): { shown: string[]; stopped: boolean } {
  const scanner = new StopScanner(stops);
  const shown = pieces.map((piece) => scanner.push(piece));
  shown.push(scanner.end());
  return { shown, stopped: scanner.stopped };
}

function firstOf(text: string, stops: readonly string[]): number {
  const places = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
  return places.length === 0 ? -1 : Math.min(...places);
}

const few = fc.string({ unit: fc.constantFrom("a", "b", "c", "你", "\n"), maxLength: 12 });
const stopText = fc.string({ unit: fc.constantFrom("a", "b", "c", "你", "\n"), minLength: 1, maxLength: 4 });

describe("StopScanner", () => {
  it("lets out everything at once where there are no stop strings", () => {
    expect(scan([], ["a", "", "b"])).toEqual({ shown: ["a", "", "b", ""], stopped: false });
  });

  it("finds a stop string that comes split over pieces, and lets out nothing of it", () => {
    expect(scan(["END"], ["the E", "N", "D is near"])).toEqual({ shown: ["the ", "", "", ""], stopped: true });
  });

  it("gives back what only began like one, as soon as it cannot become one", () => {
    expect(scan(["END"], ["the E", "N", "T", "E"])).toEqual({ shown: ["the ", "", "ENT", "", "E"], stopped: false });
    expect(scan(["aab"], ["aa", "a", "b"])).toEqual({ shown: ["", "a", "", ""], stopped: true });
  });

  it("takes the first of several, whichever that is", () => {
    expect(scan(["late", "ear"], ["an early late"]).shown.join("")).toBe("an ");
  });

  it("lets out nothing after one", () => {
    const scanner = new StopScanner(["."]);
    expect([scanner.push("one. two"), scanner.push(" three"), scanner.end()]).toEqual(["one", "", ""]);
  });

  it("for any text, any stop strings and any cuts: the text before the first stop string, or all of it", () => {
    const property = fc.property(fc.array(few, { maxLength: 8 }), fc.array(stopText, { maxLength: 4 }), (pieces, stops) => {
      const { shown, stopped } = scan(stops, pieces);
      // A stop string that ends earlier is seen earlier: the scanner cannot know what would come.
      let text = "";
      let at = -1;
      for (const piece of pieces) {
        text += piece;
        at = firstOf(text, stops);
        if (at >= 0) break;
      }
      expect([shown.join(""), stopped]).toEqual([at < 0 ? text : text.slice(0, at), at >= 0]);
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it("holds back no more than the longest beginning of a stop string", () => {
    const property = fc.property(fc.array(few, { maxLength: 8 }), fc.array(stopText, { minLength: 1, maxLength: 4 }), (pieces, stops) => {
      const scanner = new StopScanner(stops);
      let given = "";
      let shown = "";
      for (const piece of pieces) {
        given += piece;
        shown += scanner.push(piece);
        if (scanner.stopped) return;
        const held = given.slice(shown.length);
        expect(held === "" || stops.some((stop) => stop.startsWith(held))).toBe(true);
      }
    });
    fc.assert(property, { numRuns: 1000 });
  });
});
