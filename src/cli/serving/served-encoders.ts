// Encoders that a server serves beside its chat model: those that are named, and those of the catalogue that are in the store. Opens none before it is wanted.
import { Option } from "commander";
import type { Precision } from "../../native/index.ts";
import type { ServedEntry } from "../../server/index.ts";
import type { Say } from "../options.ts";
import { calledBy } from "./offered.ts";

/** What is named on the command line. */
export interface EncoderFlags {
  readonly embeddings: readonly string[];
  readonly rerank: readonly string[];
  readonly precision?: Precision | undefined;
  readonly threads?: number | undefined;
}

/** `--embeddings MODEL` and `--rerank MODEL`, each as often as one likes. */
export function encoderOptions(say: Say): Option[] {
  const several = (flags: string, words: string) =>
    new Option(flags, words).argParser((value: string, before: string[]) => [...before, value]).default([], "");
  return [
    several("--embeddings <model>", say({ en: "also serve vectors of this model; may be repeated", zh: "同时提供此模型的向量，可重复" })),
    several("--rerank <model>", say({ en: "also serve this model's ranking of passages; may be repeated", zh: "同时提供此模型的段落重排，可重复" })),
  ];
}

/** Entries for a server, those that were named first. */
export async function servedEncoders({ embeddings, rerank, precision, threads }: EncoderFlags): Promise<ServedEntry[]> {
  const [{ EmbeddingModel, Reranker }, { localFile, storedFor }] = await Promise.all([
    import("../../generate/index.ts"),
    import("../../hub/index.ts"),
  ]);
  const options = { precision, threads };
  const names = async (given: readonly string[], use: "embed" | "rerank") => [...new Set([...given, ...(await storedFor(use))])];
  const told = async (reference: string) => ({ name: calledBy(reference), file: await localFile(reference).catch(() => undefined) });
  const vectors = (await names(embeddings, "embed")).map(async (reference) => ({
    kind: "embeddings" as const,
    ...(await told(reference)),
    open: () => EmbeddingModel.open(reference, options),
  }));
  const rankers = (await names(rerank, "rerank")).map(async (reference) => ({
    kind: "rerank" as const,
    ...(await told(reference)),
    open: () => Reranker.open(reference, options),
  }));
  return (await Promise.all([...vectors, ...rankers])) as unknown as ServedEntry[];
}
