// Looking inside a sequence model: sentences as vectors, and what of a sentence spoke for what was written. Knows no files.
import { WordVectors } from "../../classical/index.ts";
import { InkstoneError } from "../../core/index.ts";
import type { EncoderDecoder } from "../../models/index.ts";
import { gradients, maskOf, noGrad, type Tensor, tensor, tidy } from "../../tensor/index.ts";
import { BEGIN, END, type Side } from "./ids.ts";

/** What of the sentence that was read spoke for each written token. */
export interface SourceAttribution {
  readonly source: readonly string[];
  readonly target: readonly string[];
  /** weights[written token][token that was read]: positive speaks for it, negative against. The last column is the end of the source. */
  readonly weights: readonly Float32Array[];
}

/** Rows of logits [T, V] at a time: a step for each token would read the sentence anew. */
const TOGETHER = 8;
const ends = "</s>";

/** What the encoder makes of each text: the mean over its tokens. */
export async function readVectors(model: EncoderDecoder, side: Side, texts: readonly string[], signal?: AbortSignal): Promise<WordVectors> {
  const vectors: Float32Array[] = [];
  for (const text of texts) {
    if (signal?.aborted) throw new InkstoneError("E_CANCELLED", { what: ["sentenceVectors"] });
    const ids = side.encode(text);
    if (ids.length === 0)
      throw new InkstoneError("E_OPTION", { option: "texts", value: text, allowed: { en: "texts with tokens", zh: "含有词元的文本" } });
    vectors.push(
      tidy(() => {
        const { memory } = noGrad(() => model.encode(rows([[...ids, END]])));
        return meanOf(memory.dataSync() as Float32Array, ids.length, memory.shape[2]);
      }),
    );
    await new Promise((resolve) => setImmediate(resolve));
  }
  return new WordVectors(texts, vectors);
}

function meanOf(values: Float32Array, count: number, width: number): Float32Array {
  const mean = new Float64Array(width);
  for (let i = 0; i < count * width; i++) mean[i % width] += values[i] / count;
  return Float32Array.from(mean);
}

/** Ids that were read and written, and which of the written ones is asked for. */
interface Written {
  readonly read: readonly number[];
  readonly written: readonly number[];
  readonly token?: number;
}

/** Gradient x input of the logit of each written token, with respect to the vectors of those that were read. */
export function sourceAttribution(
  model: EncoderDecoder,
  [source, target]: readonly [Side, Side],
  { read, written, token }: Written,
): SourceAttribution {
  const said = [...written, END];
  if (token !== undefined && !(Number.isInteger(token) && token >= 0 && token < said.length)) {
    throw new InkstoneError("E_OPTION", { option: "token", value: token, allowed: { en: `0 to ${said.length - 1}`, zh: `0 到 ${said.length - 1}` } });
  }
  const wanted = token === undefined ? said.map((_, at) => at) : [token];
  const weights: Float32Array[] = [];
  for (let i = 0; i < wanted.length; i += TOGETHER) weights.push(...attributions(model, [...read, END], said, wanted.slice(i, i + TOGETHER)));
  const names = [...target.tokens(written), ends];
  return { source: [...source.tokens(read), ends], target: wanted.map((at) => names[at]), weights };
}

// The sentence once for each place that is asked for: row i of the logits is seeded at its own place.
function attributions(model: EncoderDecoder, read: readonly number[], said: readonly number[], places: readonly number[]): Float32Array[] {
  return tidy(() => {
    const again = (ids: readonly number[]) => rows(places.map(() => ids));
    const ids = again(read);
    const embedded = noGrad(() => model.sourceEmbedding.forward(ids)).requireGrad();
    const logits = model.decode(again([BEGIN, ...said.slice(0, -1)]), model.read(embedded, maskOf(ids)));
    const [, steps, vocabulary] = logits.shape;
    const seed = new Float32Array(logits.size);
    for (const [row, place] of places.entries()) seed[(row * steps + place) * vocabulary + said[place]] = 1;
    const [gradient] = gradients(logits, [embedded], { seed: tensor(seed, logits.shape) });
    return sumsOfProducts(gradient, embedded);
  });
}

// Over the width: [B, S, C] · [B, S, C] -> B rows of S.
function sumsOfProducts(a: Tensor, b: Tensor): Float32Array[] {
  const [count, length, width] = a.shape;
  const [x, y] = [a.dataSync(), b.dataSync()];
  return Array.from({ length: count }, (_, row) =>
    Float32Array.from({ length }, (__, at) => {
      let sum = 0;
      for (let i = (row * length + at) * width, end = i + width; i < end; i++) sum += x[i] * y[i];
      return sum;
    }),
  );
}

const rows = (ids: readonly (readonly number[])[]) => tensor(Int32Array.from(ids.flat()), [ids.length, ids[0].length]);
