// LAC beside its own package, where its weights and the reference are at hand: ids, paths, words and tags of every sentence; nlp with it; what is refused.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { localPath, resolveModel } from "#hub";
import { LacTagger } from "#models";
import { loadNlp } from "#text";
import { root } from "../support/processes.ts";

const answers = join(root, "../shared/reference/models-2.json");
const there = existsSync(answers) && (await localPath("lac")) !== undefined;

interface Row {
  readonly text: string;
  readonly words: [string, string][];
  readonly ids: number[];
  readonly tags: string[];
  readonly tag_ids: number[];
  readonly emission_first: number[];
}

async function files() {
  const { path, companions = {} } = await resolveModel("lac");
  return {
    encoder: path,
    transitions: companions["transitions.npy"],
    words: companions["word.dic"],
    tags: companions["tag.dic"],
    widths: companions["q2b.dic"],
  };
}

describe.runIf(there)("LAC", () => {
  it("gives the words and tags of every reference sentence, with exact places", async () => {
    const lac = await LacTagger.load(await files());
    const { rows }: { rows: Row[] } = JSON.parse(readFileSync(answers, "utf8")).lac;
    expect(rows.length).toBeGreaterThanOrEqual(12);
    for (const row of rows) {
      const { ids, emissions, tagIds, tags } = lac.analyse(row.text);
      expect([ids, tagIds, tags]).toEqual([row.ids, row.tag_ids, row.tags]);
      for (const [i, score] of row.emission_first.entries()) expect(Math.abs(emissions[0][i] - score)).toBeLessThan(1e-4);
      const spans = lac.tag(row.text);
      expect(spans.map(({ text, tag }) => [text, tag])).toEqual(row.words);
      for (const { text, start, end } of spans) expect(row.text.slice(start, end)).toBe(text);
      expect(spans.map(({ text }) => text).join("")).toBe(row.text);
    }
    expect(lac.tag("")).toEqual([]);
  });

  it("is what nlp takes for words, parts of speech and entities", async () => {
    const nlp = await loadNlp({ language: "zh", chinese: await LacTagger.load(await files()) });
    const { entities, tokens } = nlp("张三在北京市工作。");
    expect(entities.map(({ text, label }) => `${text}/${label}`)).toEqual(["张三/PERSON", "北京市/LOCATION"]);
    expect(tokens.map(({ pos }) => pos)).toEqual(["PROPN", "ADP", "PROPN", "NOUN", "PUNCT"]);
  });

  it("refuses transitions that are no square of its tags", async () => {
    const transitions = join(tmpdir(), `inkstone-${process.pid}.npy`);
    writeFileSync(transitions, "NUMPY");
    await expect(LacTagger.load({ ...(await files()), transitions })).rejects.toMatchObject({
      code: "E_TOKENIZER_INVALID",
      parameters: { where: "transitions" },
    });
  });
});
