// Encoders beside transformers: tiny random ones of each kind with their heads, and the real ones where they are in the store.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cosine, EmbeddingModel, Reranker } from "#generate";
import { localPath } from "#hub";
import { type HeadKind, loadEncoder } from "#models";
import { createReferenceExecutor, nativeStatus, openExecutor } from "#native";
import { cpu } from "#tensor";
import { root } from "../support/processes.ts";

const folder = new URL("fixtures/encoders/", import.meta.url).pathname;

interface Row {
  readonly ids: number[];
  readonly types: number[];
  readonly hidden: number[];
  readonly logits: number[];
}

const worst = (got: ArrayLike<number>, expected: readonly number[]) =>
  expected.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i])), 0);

const kinds: readonly (readonly [string, HeadKind])[] = [
  ["bert-classes", "classes"],
  ["bert-words", "words"],
  ["roberta-tokens", "tokens"],
  ["xlm-roberta-classes", "classes"],
  ["distilbert-answers", "answers"],
];

describe.each([
  ["reference", () => createReferenceExecutor()],
  ...(nativeStatus().available ? [["native", () => openExecutor({ executor: "native", threads: 2 })] as const] : []),
] as const)("tiny encoders on the %s executor", (_, open) => {
  it.each(kinds)("%s: every row of all sentences in one pass, and the scores of its head", async (name, head) => {
    const { config, rows } = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as { config: Record<string, unknown>; rows: Row[] };
    const loaded = await loadEncoder(join(folder, `${name}.safetensors`), config, cpu(open()), { head });
    const { width } = loaded.encoder.config;
    let seen = 0;
    loaded.encoder.run(rows, (index, values) => {
      seen++;
      expect(worst(values, rows[index].hidden)).toBeLessThan(1e-4);
      const perRow = head === "classes" ? 1 : rows[index].ids.length;
      const scores = Array.from({ length: perRow }, (_, i) => Array.from(loaded.head!.scores(values.slice(i * width, (i + 1) * width)))).flat();
      expect(scores.length).toBe(rows[index].logits.length);
      expect(worst(scores, rows[index].logits)).toBeLessThan(1e-3);
    });
    expect(seen).toBe(rows.length);
    loaded.encoder.dispose();
  });

  it("gives a sentence the same bits whatever pass it goes with, a larger one that stands in or one of its own size", async () => {
    const { config, rows } = JSON.parse(readFileSync(join(folder, "bert-classes.json"), "utf8")) as { config: Record<string, unknown>; rows: Row[] };
    const { encoder } = await loadEncoder(join(folder, "bert-classes.safetensors"), config, cpu(open()));
    const [row] = rows;
    const first = (count: number) => {
      let bits = "";
      encoder.run(Array(count).fill(row), (index, values) => {
        if (index === 0) bits = Buffer.from(values.slice().buffer).toString("hex");
      });
      return bits;
    };
    const counts = [320, 300, 300, 1, 310].map((ids) => Math.ceil(ids / row.ids.length));
    expect(new Set(counts.map(first)).size).toBe(1);
    encoder.dispose();
  });
});

const shared = join(root, "../shared/reference");
const reference = (file: string) => JSON.parse(readFileSync(join(shared, file), "utf8"));
const at = existsSync(shared) && nativeStatus().available;
const [minilm, bge, rerank] = await Promise.all(["minilm", "bge-small-zh", "rerank-minilm"].map(localPath));
const least = { exact: 0.9999, bf16: 0.999, fast: 0.995 } as const;

describe.runIf(at)("real encoders", () => {
  it.runIf(minilm).each(["exact", "bf16", "fast"] as const)("minilm in %s gives the reference's vectors", async (precision) => {
    const rows: { text: string; embedding: number[] }[] = reference("real-models.json").embeddings;
    const model = await EmbeddingModel.open("minilm", { precision });
    const { vectors } = await model.embed(rows.map(({ text }) => text));
    for (const [i, { embedding }] of rows.entries()) expect(cosine(vectors[i], embedding)).toBeGreaterThanOrEqual(least[precision]);
    await model.close();
  });

  it.runIf(bge).each(["exact", "bf16", "fast"] as const)("bge-small-zh in %s gives the reference's vectors", async (precision) => {
    const { rows }: { rows: { text: string; embedding: number[] }[] } = reference("models-2.json")["bge-small-zh-v1.5"];
    const model = await EmbeddingModel.open("bge-small-zh", { precision });
    const { vectors } = await model.embed(rows.map(({ text }) => text));
    for (const [i, { embedding }] of rows.entries()) expect(cosine(vectors[i], embedding)).toBeGreaterThanOrEqual(least[precision]);
    await model.close();
  });

  it.runIf(rerank)("rerank-minilm in exact gives the reference's logits within 1e-3, and ranks by them", async () => {
    const { rows }: { rows: { query: string; passage: string; logit_f32: number }[] } = reference("models-2.json")["ms-marco-MiniLM-L-12-v2"];
    const model = await Reranker.open("rerank-minilm", { precision: "exact" });
    for (const query of new Set(rows.map((row) => row.query))) {
      const own = rows.filter((row) => row.query === query);
      const passages = own.map(({ passage }) => passage);
      const { scores } = await model.rerank(query, passages);
      expect(
        worst(
          scores,
          own.map((row) => row.logit_f32),
        ),
      ).toBeLessThan(1e-3);
      const [best] = await model.rank(query, passages, { top: 1 });
      expect(best.score).toBe(Math.max(...scores));
    }
    await model.close();
  });
});
