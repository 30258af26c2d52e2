// Marian and T5 beside transformers (tiny random ones of each kind): encoder rows, logits step by step with a cache, greedy and beam search. Firefox's translators beside their own engine.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openMarian } from "#formats";
import { beamSearch, Translator } from "#generate";
import { localPath, resolveModel } from "#hub";
import { loadHubTextToText, loadMarian } from "#models";
import { createReferenceExecutor, nativeStatus, openExecutor } from "#native";
import { PackedWeight } from "#nn";
import { cpu, unpackMatrix } from "#tensor";
import { root } from "../support/processes.ts";

const fixtures = new URL("fixtures/text-to-text/", import.meta.url).pathname;

interface Row {
  readonly source: number[];
  readonly encoder_first: number[];
  readonly encoder_last: number[];
  readonly forced: number[];
  readonly logits: number[][];
  readonly greedy: number[];
  readonly beams: { readonly ids: number[]; readonly score: number }[];
}

const worst = (got: ArrayLike<number>, expected: readonly number[]) =>
  expected.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i])), 0);

const executors = [
  ["reference", () => createReferenceExecutor()],
  ...(nativeStatus().available ? [["native", () => openExecutor({ executor: "native", threads: 2 })] as const] : []),
] as const;

describe.each(executors)("on the %s executor", (_, open) => {
  it.each(["marian", "t5", "t5-gated"])("%s: what is read and what is written, alone and side by side", async (name) => {
    const rows = JSON.parse(readFileSync(join(fixtures, name, "answers.json"), "utf8")) as Row[];
    const { model } = await loadHubTextToText(join(fixtures, name), cpu(open()), "exact");
    const { start, end, never, sizes } = model.parts;
    let seen = 0;
    model.reader.read(
      rows.map(({ source }) => source),
      undefined,
      (text, values) => {
        seen++;
        expect(worst(values, rows[text].encoder_first)).toBeLessThan(1e-4);
        expect(worst(values.subarray(values.length - sizes.width), rows[text].encoder_last)).toBeLessThan(1e-4);
      },
    );
    expect(seen).toBe(rows.length);
    model.writer.begin(rows.length, 10);
    for (let step = 0; step < rows[0].forced.length; step++) {
      const scores = model.writer.step({ ids: rows.map(({ forced }) => forced[step]), texts: rows.map((_, text) => text), likeliest: 1 });
      for (const [row, { logits }] of rows.entries()) expect(worst(scores.logits(row), logits[step])).toBeLessThan(1e-3);
    }
    const ids = { start, end, never, most: rows.map(() => 10) };
    const greedy = await beamSearch(model.writer, rows.length, ids);
    expect(greedy.map(([best]) => best.ids)).toEqual(rows.map((row) => row.greedy));
    const beams = await beamSearch(model.writer, rows.length, { ...ids, beams: 4, best: 2, lengthPenalty: 0.7 });
    for (const [i, row] of rows.entries()) {
      expect(beams[i].map((each) => each.ids)).toEqual(row.beams.map((each) => each.ids));
      expect(
        worst(
          beams[i].map(({ score }) => score),
          row.beams.map(({ score }) => score),
        ),
      ).toBeLessThan(1e-3);
      // Alone it is the same to the bit.
      model.reader.read([row.source]);
      expect(await beamSearch(model.writer, 1, { ...ids, most: [10], beams: 4, best: 2, lengthPenalty: 0.7 })).toEqual([beams[i]]);
    }
    model.dispose();
  });
});

describe("a folder of the hub", () => {
  it("of another family is refused by name", async () => {
    await expect(loadHubTextToText(fixtures, cpu(), "exact")).rejects.toMatchObject({ code: "E_MODEL_FOLDER" });
    await expect(Translator.open(join(fixtures, "none"))).rejects.toMatchObject({ code: expect.stringMatching(/^E_MODEL_/) });
  });
});

interface Answer {
  readonly direction: "en-pt" | "pt-en";
  readonly text: string;
  readonly ids: number[];
  readonly target_ids: number[];
  readonly translation: string;
  readonly encoder_first: number[];
  readonly encoder_sum: number;
}

const shared = join(root, "../shared/reference");
const directions = ["en-pt", "pt-en"] as const;
const at =
  existsSync(shared) && nativeStatus().available && (await Promise.all(directions.map((each) => localPath(`bergamot:${each}`)))).every(Boolean);
const answers = (direction: string) =>
  (JSON.parse(readFileSync(join(shared, "models-2.json"), "utf8"))["bergamot-tiny"].rows as Answer[]).filter((row) => row.direction === direction);

describe.runIf(at).each(directions)("bergamot:%s", (direction) => {
  it("reads and writes as its own engine does: encoder rows, ids of every sentence", async () => {
    const model = await loadMarian(
      (await resolveModel(`bergamot:${direction}`)).path,
      cpu(openExecutor({ executor: "native", threads: 2 })),
      "exact",
    );
    const rows = answers(direction);
    const { start, end, never } = model.parts;
    model.reader.read(
      rows.map(({ ids }) => ids),
      undefined,
      (text, values) => {
        expect(worst(values, rows[text].encoder_first)).toBeLessThan(1e-4);
        expect(Math.abs(values.reduce((sum, value) => sum + value, 0) - rows[text].encoder_sum)).toBeLessThan(2e-3);
      },
    );
    const written = await beamSearch(model.writer, rows.length, { start, end, never, most: rows.map(() => 64) });
    expect(written.map(([{ ids }]) => [...ids, end])).toEqual(rows.map((row) => row.target_ids));
    model.dispose();
  });

  it.each(["exact", "bf16", "fast"] as const)(
    "translates every sentence of the reference in %s, and texts of several as they stand",
    async (precision) => {
      const translator = await Translator.open(`bergamot:${direction}`, { precision, threads: 2 });
      const rows = answers(direction);
      const found = await translator.translateScored(rows.map(({ text }) => text));
      expect(found.map(({ text }) => text)).toEqual(rows.map((row) => row.translation));
      expect(found.every(({ score }) => score < 0 && score > -1)).toBe(true);
      const [first, second] = rows;
      const texts = await translator.translate([`${first.text} ${second.text}\n\n${first.text}`, "", "   "]);
      expect(texts).toEqual([`${first.translation} ${second.translation}\n\n${first.translation}`, "", "   "]);
      const [best] = await translator.translateSentences([first.text], { beams: 4, best: 3 });
      expect([best[0].text, best.length]).toEqual([first.translation, 3]);
      expect(best[0].score).toBeGreaterThanOrEqual(best[1].score);
      await expect(translator.translate(["x"], { to: "zh" })).rejects.toMatchObject({ code: "E_OPTION" });
      await translator.close();
    },
  );

  it("takes fast natively unless asked otherwise: the integers of the file as they lie", async () => {
    const path = (await resolveModel(`bergamot:${direction}`)).path;
    const file = await openMarian(path);
    const values = file.values("Wemb");
    file.close();
    const model = await loadMarian(path, cpu(openExecutor({ executor: "native" })), "fast");
    const weight = model.parts.owned.find((each) => each instanceof PackedWeight);
    const most = values.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
    const kept = weight === undefined ? [] : unpackMatrix(weight.matrix).dataSync();
    expect(kept.length).toBe(values.length);
    let top = 0;
    for (const value of kept) top = Math.max(top, Math.abs(value));
    const step = top / 127;
    // Scales are halves: within 2^-11 of those of the file. The integers are the same.
    expect(Math.abs(step / (most / 127) - 1)).toBeLessThan(2 ** -11);
    expect(values.every((value, i) => Math.round(kept[i] / step) === Math.round(value / (most / 127)))).toBe(true);
    model.dispose();
    const translator = await Translator.open(`bergamot:${direction}`);
    expect(translator.information.precision).toBe("fast");
    await translator.close();
  });
});

const english = join(root, "../shared/data/translation/wmt-news-zh-en/valid.zh-en.json");

describe.runIf(at && existsSync(english))("fast beside exact, English news into Portuguese", () => {
  it("four of five sentences at least are the same, and numbers are kept as often", async () => {
    const rows = JSON.parse(readFileSync(english, "utf8")) as { translation: { en: string } }[];
    const texts = rows
      .map(({ translation }) => translation.en)
      .filter((text) => /\d/.test(text) && text.length < 160)
      .slice(0, 60);
    const [exact, fast] = await Promise.all(
      (["exact", "fast"] as const).map(async (precision) => {
        await using translator = await Translator.open("bergamot:en-pt", { precision, threads: 1 });
        return await translator.translate(texts);
      }),
    );
    const kept = (answers: readonly string[]) =>
      texts.flatMap((text, i) => (text.match(/\d+/g) ?? []).filter((number) => answers[i].includes(number))).length;
    expect(exact.filter((text, i) => text === fast[i]).length).toBeGreaterThanOrEqual(48);
    expect(kept(fast)).toBeGreaterThanOrEqual(kept(exact) - 1);
  });
});
