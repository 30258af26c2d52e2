// Personal data: planted and found again, real rows, check digits, sealing, hostile texts.
import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { chineseIdentity, creditCode, luhn, PiiFinder, type PiiSpan, restorePii } from "#apps";
import type { InkstoneError } from "#core";
import { chineseCheck, creditCheck, luhnCheck } from "./check-digits.ts";
import { harmless, plantedTexts } from "./pii-texts.ts";

let finder: PiiFinder;
beforeAll(async () => {
  finder = await PiiFinder.open();
});

const overlaps = (a: { start: number; end: number }, b: { start: number; end: number }): boolean => a.start < b.end && a.end > b.start;
const checked = new Set(["card", "cn-id", "bank-account", "credit-code", "ssn", "email", "phone", "ip", "plate", "medical-record", "date"]);

describe("planted personal data", () => {
  const texts = plantedTexts(1000, 7);
  it("is found: numbers and nets 0.99 of the time, names and addresses 0.95, with few others beside", () => {
    const hits = { checked: [0, 0], words: [0, 0], exact: [0, 0] };
    let [found, right] = [0, 0];
    for (const { text, planted } of texts) {
      const spans = finder.find(text);
      found += spans.length;
      right += spans.filter((span) => planted.some((one) => overlaps(one, span))).length;
      for (const one of planted) {
        const group = hits[checked.has(one.kind) ? "checked" : "words"];
        group[1]++;
        hits.exact[1]++;
        if (spans.some((span) => span.kind === one.kind && overlaps(span, one))) group[0]++;
        if (spans.some((span) => span.kind === one.kind && span.start === one.start && span.end === one.end)) hits.exact[0]++;
      }
    }
    const share = ([part, whole]: number[]): number => part / whole;
    expect(share(hits.checked)).toBeGreaterThanOrEqual(0.99);
    expect(share(hits.words)).toBeGreaterThanOrEqual(0.95);
    expect(share(hits.exact)).toBeGreaterThanOrEqual(0.9);
    expect(right / found).toBeGreaterThanOrEqual(0.95);
  });

  it("is an address by its post code, its unit and its street's name in other languages", () => {
    for (const [text, address] of [
      ["My zip code is 35350, thanks.", "35350"],
      ["Post code: SW1A 1AA", "SW1A 1AA"],
      ["邮编：200030", "200030"],
      ["Ann\n12 Hill tee 8\nApt. 93\nTartu\nEstonia 62031\nphone", "12 Hill tee 8\nApt. 93\nTartu\nEstonia 62031"],
      ["We are at 808 Imre u. 12. now", "808 Imre u. 12"],
      ["It is ul. Długa 73 there.", "ul. Długa 73"],
      ["Please update the billing address with 27534 Hafnar 63.", "27534 Hafnar 63"],
    ])
      expect(
        finder.find(text).flatMap(({ kind, start, end }) => (kind === "address" ? [text.slice(start, end)] : [])),
        text,
      ).toEqual([address]);
  });

  it("is found in texts without a capital and without a small letter, at its own place", () => {
    for (const [text, ...data] of [
      ["please send it to eric g. samoylova, 12 main street, springfield", "eric g. samoylova", "12 main street, springfield"],
      ["SHIP IT TO MARTIN NOVOTNY, 4410 LOVERS LANE", "MARTIN NOVOTNY", "4410 LOVERS LANE"],
      ["unit 1009 box 0219\ndpo ap 51065", "unit 1009 box 0219\ndpo ap 51065"],
      ["how do i cook rice and where is my card", ...[]],
    ])
      expect(
        finder.find(text).map(({ text }) => text),
        text,
      ).toEqual(data);
  });

  it("is a name by lists of many languages, where words speak of it, and among speakers", () => {
    const names = (text: string): string[] => finder.find(text).flatMap(({ kind, text }) => (kind === "name" ? [text] : []));
    expect(names("We asked Wioletta about the Jensen novel.")).toEqual(["Wioletta", "Jensen"]);
    expect(names("Do not go to town, Derrick!")).toEqual(["Derrick"]);
    expect(names("Kristíana: What a day.\nAmy: Indeed.")).toEqual(["Kristíana", "Amy"]);
    expect(names("Grace and mercy. Paris is a city. Will it rain in May?")).toEqual([]);
    expect(names("Zwei Frauen und ein Mann stehen mit der Tasche auf der Straße vor dem Wasser.")).toEqual([]);
  });

  it("is an address without a number or with one on both sides, and a post code by its form or its place", () => {
    for (const [text, address] of [
      ["They met on Isaac Lodge Street then", "Isaac Lodge Street"],
      ["Please return to 72134 Coronilla 3599\nin any case", "72134 Coronilla 3599"],
      ["Our code: B0J 2H0", "B0J 2H0"],
      ["She works for Slashdb in Arendal 4844 in sales", "4844"],
    ])
      expect(
        finder.find(text).flatMap(({ kind, text }) => (kind === "address" ? [text] : [])),
        text,
      ).toEqual([address]);
    expect(finder.find("It grew from 12 March 2020, Windows 2000 in December 2021 and room 5.").filter(({ kind }) => kind === "address")).toEqual([]);
  });

  it("is not seen where there is none", () => {
    expect(harmless.flatMap((text) => finder.find(text))).toEqual([]);
  });

  it.skipIf(!existsSync("../shared/data/safety-lists/presidio-pii/part.jsonl"))("of presidio's sentences: cards, mails, numbers and phones", () => {
    const kinds: Readonly<Record<string, string>> = {
      CREDIT_CARD: "card",
      EMAIL_ADDRESS: "email",
      US_SSN: "ssn",
      IBAN_CODE: "bank-account",
      IP_ADDRESS: "ip",
      PHONE_NUMBER: "phone",
    };
    const rows = readFileSync("../shared/data/safety-lists/presidio-pii/part.jsonl", "utf8").trim().split("\n");
    let [gold, hits] = [0, 0];
    for (const row of rows) {
      const { full_text: text, spans } = JSON.parse(row) as {
        full_text: string;
        spans: { entity_type: string; start_position: number; end_position: number }[];
      };
      const found = finder.find(text);
      for (const { entity_type, start_position: start, end_position: end } of spans) {
        if (kinds[entity_type] === undefined) continue;
        gold++;
        if (found.some((span) => span.kind === kinds[entity_type] && overlaps(span, { start, end }))) hits++;
      }
    }
    expect(gold).toBeGreaterThan(200);
    expect(hits / gold).toBeGreaterThanOrEqual(0.98);
  });
});

describe.skipIf(!existsSync("../shared/data/safety-lists/presidio-pii/part.jsonl"))(
  "presidio's sentences, every other one not looked at while the rules were written",
  () => {
    it("show nine streets and post codes of ten", () => {
      const rows = readFileSync("../shared/data/safety-lists/presidio-pii/part.jsonl", "utf8").trim().split("\n");
      const met = rows
        .filter((_, i) => i % 2 === 1)
        .flatMap((row) => {
          const { full_text: text, spans } = JSON.parse(row) as {
            full_text: string;
            spans: { entity_type: string; start_position: number; end_position: number }[];
          };
          const found = finder.find(text);
          const streets = spans.filter(({ entity_type }) => entity_type === "STREET_ADDRESS");
          return streets.map(({ start_position: start, end_position: end }) => found.some((one) => overlaps(one, { start, end })));
        });
      expect(met.length).toBeGreaterThan(200);
      expect(met.filter(Boolean).length / met.length).toBeGreaterThanOrEqual(0.9);
    });

    it("show ninety-five identifiers of a hundred, and of what is said nine of ten are one", () => {
      const rows = readFileSync("../shared/data/safety-lists/presidio-pii/part.jsonl", "utf8").trim().split("\n");
      const others = new Set(["ORGANIZATION", "NRP", "TITLE", "GPE", "AGE"]);
      const isDate = (value: string) => /\d.*\d/.test(value) && !/^(?:\d{4}|(?:19|20)\d\d'?s)$/.test(value);
      let [gold, hits, said, right] = [0, 0, 0, 0];
      for (const row of rows.filter((_, i) => i % 2 === 1)) {
        const { full_text: text, spans } = JSON.parse(row) as {
          full_text: string;
          spans: { entity_type: string; entity_value: string; start_position: number; end_position: number }[];
        };
        const places = spans.map(({ start_position: start, end_position: end, ...rest }) => ({ start, end, ...rest }));
        const asked = places.filter(({ entity_type: type, entity_value: value }) => !others.has(type) && (type !== "DATE_TIME" || isDate(value)));
        const found = finder.find(text);
        gold += asked.length;
        hits += asked.filter((one) => found.some((span) => overlaps(one, span))).length;
        said += found.length;
        right += found.filter((span) => places.some((one) => one.entity_type !== "ORGANIZATION" && overlaps(one, span))).length;
      }
      expect(gold).toBeGreaterThan(700);
      expect(hits / gold).toBeGreaterThanOrEqual(0.95);
      expect(right / said).toBeGreaterThanOrEqual(0.9);
    });

    it("have names that are found nine times of ten, and what is found is no company seven times of eight", () => {
      const rows = readFileSync("../shared/data/safety-lists/presidio-pii/part.jsonl", "utf8")
        .trim()
        .split("\n")
        .filter((_, i) => i % 2 === 1);
      let [gold, hits, found, right] = [0, 0, 0, 0];
      for (const row of rows) {
        const { full_text: text, spans } = JSON.parse(row) as {
          full_text: string;
          spans: { entity_type: string; start_position: number; end_position: number }[];
        };
        const names = finder.find(text).filter(({ kind }) => kind === "name");
        const people = spans
          .filter(({ entity_type }) => entity_type === "PERSON")
          .map(({ start_position: start, end_position: end }) => ({ start, end }));
        gold += people.length;
        hits += people.filter((one) => names.some((name) => overlaps(name, one))).length;
        found += names.length;
        const others = spans
          .filter(({ entity_type }) => entity_type !== "ORGANIZATION")
          .map(({ start_position: start, end_position: end }) => ({ start, end }));
        right += names.filter((name) => others.some((one) => overlaps(name, one))).length;
      }
      expect(hits / gold).toBeGreaterThanOrEqual(0.93);
      expect(right / found).toBeGreaterThanOrEqual(0.86);
    });
  },
);

describe("check digits", () => {
  const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`));
  it("take what was made with one, and refuse it with any one digit changed", () => {
    fc.assert(
      fc.property(digits(15), fc.nat(15), fc.integer({ min: 1, max: 9 }), (body, at, by) => {
        const number = luhnCheck(body);
        const changed = number.slice(0, at) + ((Number(number[at]) + by) % 10) + number.slice(at + 1);
        expect([luhn(number), luhn(changed)]).toEqual([true, false]);
      }),
    );
    fc.assert(
      fc.property(digits(3), (order) => {
        const number = chineseCheck(`11010519900307${order}`);
        expect(chineseIdentity(number)).toBe(true);
        expect(chineseIdentity(number.slice(0, 16) + ((Number(number[16]) + 1) % 10) + number[17])).toBe(false);
      }),
    );
    fc.assert(
      fc.property(digits(9), (order) => {
        expect(creditCode(creditCheck(`91330106${order}`))).toBe(true);
      }),
    );
  });
});

describe("spans", () => {
  it("slice the text, in order, without overlaps, whatever the text", () => {
    const alphabet = fc.constantFrom(
      "王芳",
      "13812345678",
      "@",
      "a@b.org ",
      "Dr. Ann Lee ",
      "号",
      "北京市海淀区",
      "12",
      "-",
      " ",
      "\n",
      "😀",
      "2024年1月2日",
      "\ud83d",
      "4111111111111111",
      "Street",
    );
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 30 }), (pieces) => {
        const text = pieces.join("");
        const spans: readonly PiiSpan[] = finder.find(text);
        spans.forEach((span, i) => {
          expect(text.slice(span.start, span.end)).toBe(span.text);
          if (i > 0) expect(span.start).toBeGreaterThanOrEqual(spans[i - 1].end);
        });
        expect(finder.mask(text).length).toBe(text.length);
      }),
      { numRuns: 300 },
    );
  });
});

describe("replace and restore", () => {
  const text = "王芳（13812345678）写信给 Alice Munro <alice@example.org>，王芳等回信。";
  it("give the text back with the key, and the same token for the same value", () => {
    const key = "a key that nobody guesses";
    const { text: hidden } = finder.replace(text, { key });
    for (const secret of ["王芳", "13812345678", "Alice", "alice@"]) expect(hidden).not.toContain(secret);
    expect(new Set(hidden.match(/⟦name:[^⟧]+⟧/g)).size).toBe(2);
    expect(restorePii(hidden, key)).toBe(text);
  });

  it("refuse another key, a short key and a changed token", () => {
    const { text: hidden } = finder.replace(text, { key: "a key that nobody guesses" });
    const codeOf = (work: () => unknown): string => {
      try {
        work();
      } catch (error) {
        return (error as InkstoneError).code;
      }
      return "none";
    };
    expect(codeOf(() => restorePii(hidden, "a key that nobody guessed"))).toBe("E_PII_TOKEN");
    expect(
      codeOf(() =>
        restorePii(
          hidden.replace(/⟦name:./, (start) => start.slice(0, -1) + (start.endsWith("A") ? "B" : "A")),
          "a key that nobody guesses",
        ),
      ),
    ).toBe("E_PII_TOKEN");
    expect(codeOf(() => finder.replace(text, { key: "short" }))).toBe("E_PII_KEY");
  });

  it("without a key number what they replace and list it", () => {
    expect(finder.replace("a@b.org, c@d.org, a@b.org").text).toBe("[EMAIL_1], [EMAIL_2], [EMAIL_1]");
  });
});

describe("hostile texts", () => {
  it("of one kind of character are read to their end", () => {
    for (const unit of ["1", "1-", "A ", "Aa ", "号", "北京", "12 Aa ", "a@", "市", "1 ", "路1", ".", "::", "0:"]) {
      const spans = finder.find(unit.repeat(100_000 / unit.length));
      for (const [i, span] of spans.entries()) if (i > 0) expect(span.start).toBeGreaterThanOrEqual(spans[i - 1].end);
    }
  });
});
