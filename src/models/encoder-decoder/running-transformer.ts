// A Transformer that is trained here, ready to write: the same weights under the passes that run with a memory and beams. Knows ids only.
import { HistoryAttention, Linear, MemoryAttention, residual, StepBlock, StepDecoder } from "../../nn/index.ts";
import { add, noGrad, scale, scaledDotProductAttention, selectRows, type Tensor } from "../../tensor/index.ts";
import type { TransformerEncoderDecoder } from "./transformer.ts";
import type { Step, StepScores } from "./writing/step-writer.ts";
import { TextToText } from "./writing/text-to-text.ts";

/** Ids with a meaning. */
export interface WritingIds {
  readonly begin: number;
  readonly end: number;
  /** Never written. */
  readonly never?: readonly number[];
}

/** What reads texts and writes others, step by step. */
export interface RunningTransformer {
  /** Most ids of a text, its end included. */
  readonly longest: number;
  /** Reads texts with their ends; what was read before is forgotten. */
  read(sources: readonly (readonly number[])[]): void;
  begin(rows: number, positions: number, never?: readonly number[]): void;
  step(step: Step): StepScores;
  /** Frees its passes; the model stays. */
  dispose(): void;
}

/**
 * A model as it writes: keys and values are kept, beams share their past. It shares the weights of the model, so what is learnt in between counts. Errors: those of reading and of steps.
 *
 * @example
 * const model = new TransformerEncoderDecoder({ sourceVocabulary: 9, targetVocabulary: 9, width: 8, heads: 2, layers: 1, shared: true });
 * const running = runningTransformer(model, { begin: 1, end: 2 });
 * running.read([[4, 5, 2]]);
 * running.begin(1, 4);
 * running.step({ ids: [1], texts: [0], likeliest: 2 }).count; // 2
 * running.dispose();
 */
export function runningTransformer(model: TransformerEncoderDecoder, { begin, end, never = [0] }: WritingIds): RunningTransformer {
  const { heads, width, place, positions } = model.running;
  const headWidth = width / heads;
  const decoder = new StepDecoder({
    embedding: model.targetEmbedding,
    embeddingScale: Math.sqrt(width),
    positions,
    layers: model.decoder.map((block, layer) => {
      const parts = { heads, width: headWidth, layer };
      return new StepBlock({
        past: new HistoryAttention({ ...partsOf(block.attention), ...parts }),
        pastNorm: block.attentionNorm,
        memory: new MemoryAttention({ ...partsOf(block.cross), ...parts }),
        memoryNorm: block.crossNorm,
        mlp: block.mlp,
        mlpNorm: block.mlpNorm,
        place,
      });
    }),
    ...(model.decoderNorm === undefined ? {} : { norm: model.decoderNorm }),
    head: new Linear(model.output.weight, model.output.bias),
  });
  const [longest] = positions.shape;
  const made = new TextToText(
    {
      architecture: "transformer",
      sizes: { layers: model.decoder.length, width, heads, headWidth, vocabularySize: model.vocabularies[1], positions: longest, past: "history" },
      encoder: ({ ids, places, segments }) => encoded(model, ids, places, segments),
      decoder,
      parameterCount: model.parameterCount,
      ...{ start: begin, end, never, longest, owned: [] },
    },
    positions.device,
    "exact",
  );
  return {
    longest: made.reader.longest,
    read: (sources) => noGrad(() => made.reader.read(sources)),
    begin: (rows, most, banned) => made.writer.begin(rows, most, [...never, ...(banned ?? [])]),
    step: (step) => noGrad(() => made.writer.step(step)),
    dispose: () => made.dispose(),
  };
}

interface Four {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
}

const partsOf = ({ query, key, value, output }: Four): Four => ({ query, key, value, output });

// Rows of texts that lie end to end: ids, places and texts of each i32 [T] -> [T, C].
function encoded(model: TransformerEncoderDecoder, ids: Tensor, places: Tensor, segments: Tensor): Tensor {
  const { heads, width, place, positions } = model.running;
  const [rows] = ids.shape;
  let x = add(scale(model.sourceEmbedding.weight.gather(ids), Math.sqrt(width)), selectRows(positions, places));
  const own = segments.reshape([1, rows]);
  for (const { attention, attentionNorm, mlp, mlpNorm } of model.encoder) {
    const attend = (each: Tensor) => {
      const split = (linear: Linear) => linear.forward(each).reshape([1, rows, heads, width / heads]);
      const y = scaledDotProductAttention(split(attention.query), split(attention.key), split(attention.value), {
        querySegments: own,
        keySegments: own,
      });
      return attention.output.forward(y.reshape([rows, width]));
    };
    x = residual(place, x, attentionNorm, attend);
    x = residual(place, x, mlpNorm, (each) => mlp.forward(each));
  }
  return model.encoderNorm?.forward(x) ?? x;
}
