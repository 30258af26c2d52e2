// PageRank on a small weighted graph without directions (Brin & Page 1998; for texts, Mihalcea & Tarau 2004). Knows no texts.
import { InkstoneError } from "../core/index.ts";

/** Neighbours of each node with the weight of the edge; each edge stands at both of its nodes. */
export type Graph = readonly ReadonlyMap<number, number>[];

const DAMPING = 0.85;
const ROUNDS = 200;
const ENOUGH = 1e-10;

/** Rank of each node; they sum to 1. */
export function pageRank(graph: Graph): Float64Array {
  const count = graph.length;
  const totals = graph.map((edges) => [...edges.values()].reduce((sum, weight) => sum + weight, 0));
  let ranks = new Float64Array(count).fill(1 / count);
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Float64Array(count);
    let lost = 0;
    for (const [i, edges] of graph.entries()) {
      if (totals[i] === 0) lost += ranks[i];
      for (const [j, weight] of edges) next[j] += (ranks[i] * weight) / totals[i];
    }
    for (let i = 0; i < count; i++) next[i] = (1 - DAMPING) / count + DAMPING * (next[i] + lost / count);
    const shift = next.reduce((sum, rank, i) => sum + Math.abs(rank - ranks[i]), 0);
    ranks = next;
    if (shift < ENOUGH) break;
  }
  return ranks;
}

/** Checks how many are wanted. Errors: `E_OPTION`. */
export function checkedMost(most: number): number {
  if (!(Number.isInteger(most) && most >= 1))
    throw new InkstoneError("E_OPTION", { option: "most", value: most, allowed: { en: "a whole number from 1 on", zh: "不小于 1 的整数" } });
  return most;
}
