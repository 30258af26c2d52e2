// What tests of classical models share: the fixture of scikit-learn, matrices drawn by seed, errors by code. Knows no model.
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { type SparseMatrix, sparseMatrix, uniform } from "#core";
import { createReferenceExecutor, type Executor } from "#native";
import { executors } from "../support/devices.ts";

interface PlainMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly starts: number[];
  readonly indices: number[];
  readonly values: number[];
}

/** A case of test/parity/fixtures/classical.json. */
export interface ClassicalCase {
  readonly name: string;
  readonly x: PlainMatrix;
  readonly y: (string | number)[];
  readonly test: PlainMatrix;
  readonly bayes: {
    kind: "MultinomialNB" | "ComplementNB" | "BernoulliNB";
    options: Record<string, unknown>;
    probabilities: number[][];
    predicted: unknown[];
  }[];
  readonly svm: LinearCase[];
  readonly logistic: (LinearCase & { probabilities: number[][] })[];
  readonly neighbours: { metric: "euclidean" | "cosine"; weights: "uniform" | "distance"; probabilities: number[][] }[];
  readonly kmeans: { start: number[]; labels: number[]; inertia: number; centres: number[][] };
}

/** What a linear model of scikit-learn found. */
export interface LinearCase {
  readonly options: Record<string, unknown>;
  readonly coefficients: number[][];
  readonly intercepts: number[];
  readonly predicted: unknown[];
}

/** The cases. */
export const classicalCases: readonly ClassicalCase[] = (
  JSON.parse(readFileSync(new URL("../parity/fixtures/classical.json", import.meta.url), "utf8")) as { cases: ClassicalCase[] }
).cases;

/** A matrix of a fixture. */
export function matrixOf({ rows, columns, starts, indices, values }: PlainMatrix): SparseMatrix {
  return { rows, columns, starts: Int32Array.from(starts), indices: Int32Array.from(indices), values: Float64Array.from(values) };
}

/** Options as scikit-learn names them, as we do. */
export function camel(options: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), value]),
  );
}

/** Numbers are those, to a tolerance. */
export function expectNear(found: Iterable<number>, expected: readonly number[], tolerance: number): void {
  const all = [...found];
  expect(all.length).toBe(expected.length);
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - all[i])), 0);
  expect(worst).toBeLessThanOrEqual(tolerance);
}

/** Rows of values above 0 at columns drawn by seed, and labels of that many classes that columns tell something of. */
export function drawn(rows: number, columns: number, classes: number, seed = 1): { x: SparseMatrix; y: string[] } {
  const labels = Array.from({ length: rows }, (_, row) => (row < classes ? row : Math.floor(uniform(seed, row, 1, 0) * classes)));
  const row = (i: number) => {
    const chosen = new Set([labels[i] % columns, ...Array.from({ length: 6 }, (_, j) => Math.floor(uniform(seed, i, 2, j) * columns))]);
    return [...chosen].map((column): [number, number] => [column, 0.25 + uniform(seed, i, 3, column)]);
  };
  const x = sparseMatrix(
    labels.map((_, i) => row(i)),
    columns,
  );
  return { x, y: labels.map((label) => `class ${label}`) };
}

/** An error of a code, with these facts. */
export function code(name: string, parameters: object = {}): unknown {
  return expect.objectContaining({ code: name, parameters: expect.objectContaining(parameters) });
}

/** The twin, and the best native executor on one thread and on two. */
export const places: readonly { readonly name: string; readonly executor: () => Executor }[] = [
  { name: "reference", executor: createReferenceExecutor },
  ...[1, 2].flatMap((threads) => {
    const best = executors[executors.length - 1];
    if (best.name === "reference") return [];
    const executor = () => {
      const made = best.executor();
      made.threads = threads;
      return made;
    };
    return [{ name: `${best.name}, ${threads} threads`, executor }];
  }),
];
