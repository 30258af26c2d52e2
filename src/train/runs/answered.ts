// How well a model answers: sources of the validation data, its answers beside theirs. Knows no steps.
import { bleu, chrf } from "../../metrics/index.ts";
import { TransformerEncoderDecoder } from "../../models/index.ts";
import { PairShard } from "../recipe/pairs.ts";
import { answersOf } from "../recipe/writing.ts";
import type { Run } from "./run.ts";
import { runFiles } from "./run-folder.ts";

/** Answers of a sample. */
const SHOWN = 5;

/** BLEU and chrF of its answers to the first pairs of the validation data; nothing where there are none, or the model answers nothing. Chinese is cut into characters. */
export async function answered({ recipe, folder, data, model }: Run): Promise<{ readonly bleu?: number; readonly chrF?: number }> {
  const { answers: count, beams } = recipe.evaluation;
  if (!(model instanceof TransformerEncoderDecoder) || count === 0) return {};
  const shard = await PairShard.open(folder.at(`${runFiles.data}/validation`));
  const pairs = await shard.pairsFrom(0, count);
  if (pairs.length === 0) return {};
  const written = await answersOf(
    model,
    pairs.map(({ source }) => source),
    { most: recipe.model.contextLength, beams },
  );
  const [texts, references] = [written, pairs.map(({ target }) => target)].map((rows) => rows.map((ids) => data.coder.decode(ids)));
  const isChinese = references.filter((text) => /\p{Script=Han}/u.test(text)).length > references.length / 2;
  const [one, other] = [await bleu(texts, references, isChinese ? { tokenizer: "zh" } : {}), await chrf(texts, references)];
  return { bleu: one.score, chrF: other.score };
}

/** What it answers to the first few sources of the validation data, each below its source; undefined for other models. */
export async function answeredSample({ recipe, folder, data, model }: Run): Promise<string | undefined> {
  if (!(model instanceof TransformerEncoderDecoder)) return undefined;
  const shard = await PairShard.open(folder.at(`${runFiles.data}/validation`));
  const sources = (await shard.pairsFrom(0, SHOWN)).map(({ source }) => source);
  const written = await answersOf(model, sources, { most: recipe.model.contextLength, beams: recipe.evaluation.beams });
  return sources.map((ids, i) => `${data.coder.decode(ids)}\n-> ${data.coder.decode(written[i])}`).join("\n");
}
