// English words: NLTK's answers, and places that slice the source.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { treebankSpans, treebankTokens, wordSpans, wordTokenize } from "#text";
import { dataLines, digest, fixture, hardTexts, hasData } from "./fixtures.ts";

const answers = fixture<{ tokens: [string, string[]][]; drawn: [string, number, string][] }>("words.json");

// White space as Python sees it.
const onlySpace = new RegExp(`^[\\s${"\u001c-\u001f\u0085"}]*$`);

describe("wordTokenize with preserveLine", () => {
  it.each(answers.tokens)("%j as NLTK", (text, tokens) => {
    expect(wordTokenize(text, { preserveLine: true })).toEqual(tokens);
  });

  it.runIf(hasData)("is NLTK's on 1,000 sentences of tweets, reviews, messages, news and questions", () => {
    const wrong = answers.drawn.filter(([name, line, answer]) => digest(treebankTokens(dataLines(name)[line])) !== answer);
    expect(answers.drawn.length).toBe(1000);
    expect(wrong.map(([name, line]) => dataLines(name)[line])).toEqual([]);
  });
});

describe("wordSpans", () => {
  it.each([...hardTexts, ...answers.tokens.map(([text]) => text)])("of %j slice the text and leave only white space between them", (text) => {
    for (const spans of [wordSpans(text), treebankSpans(text)]) {
      let at = 0;
      for (const { text: word, start, end } of spans) {
        expect(text.slice(start, end)).toBe(word);
        expect(text.slice(at, start)).toMatch(onlySpace);
        at = end;
      }
      expect(text.slice(at)).toMatch(onlySpace);
    }
  });

  it("are the tokens of wordTokenize, for any text", () => {
    const pieces = fc.array(fc.constantFrom(..."aIs't n\"`.,:;!?()[]{}<>$%&*-—“”‘’«»\n 3😀我\ud800".split(""), "''", "``", "n't", "can", "not"), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(
        pieces.map((some) => some.join("")),
        (text) => {
          const tokens = treebankTokens(text);
          const spans = treebankSpans(text);
          expect(spans.length).toBe(tokens.length);
          for (const [i, span] of spans.entries()) {
            expect(text.slice(span.start, span.end)).toBe(span.text);
            if (tokens[i] !== "``" && tokens[i] !== "''") expect(span.text).toBe(tokens[i]);
            else expect(["``", "''", '"']).toContain(span.text);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each([". ", "' ", "'s ", '" ', ".) ", " ", "a", "-", "`", "can", "...", "$", "\n", "x:"])(
    "cost no more than in proportion for %j again and again",
    (unit) => {
      // Its square would be minutes at this length.
      const text = unit.repeat(300_000 / unit.length);
      expect(treebankTokens(`.${text}x`).length).toBeGreaterThan(0);
    },
  );
});
