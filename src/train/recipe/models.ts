// The model of a recipe, as a task of the training loop, and its optimiser. Knows no data and no folders.
import { Gpt } from "../../models/index.ts";
import { AdamW, cosine, Dense, decayGroups, Embedding, LSTM, linear, Module, Muon, type Optimizer, type Schedule, warmUp } from "../../nn/index.ts";
import { cpu, crossEntropy, noGrad, scale, type Tensor, tensor, tidy, withRandom } from "../../tensor/index.ts";
import { Turns } from "../inputs/turns.ts";
import type { TrainingTask } from "../loop/index.ts";
import type { Recipe } from "./recipe.ts";

/** A language model that is trained: ids [B, T] in, logits [B, T, V] out. */
export interface LanguageTask extends Module {
  forward(ids: Tensor): Tensor;
  /** Mean cross-entropy of the next ids, in nats. */
  loss(ids: Tensor, targets: Tensor): Tensor;
}

/** Sizes of a model, all of them. */
export interface ModelSizes {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly contextLength: number;
}

/**
 * Sizes of a recipe's model: what is not given follows from its depth.
 *
 * @example
 * sizesOf(recipeOf({ data: { files: "x" }, model: { depth: 6 } })); // { layers: 6, width: 192, heads: 6, contextLength: 128 }
 */
export function sizesOf({ model }: Recipe): ModelSizes {
  const width = model.width ?? Math.max(64, 32 * model.depth);
  const heads = model.heads ?? Math.max(1, Math.floor(width / 32));
  return { layers: model.depth, width, heads, contextLength: model.contextLength };
}

// Long short-term memory over tokens: an embedding, layers, a head.
class TokenLstm extends Module implements LanguageTask {
  readonly embedding: Embedding;
  readonly layers: readonly LSTM[];
  readonly head: Dense;
  readonly #vocabulary: number;

  constructor(vocabulary: number, { layers, width }: ModelSizes) {
    super();
    this.#vocabulary = vocabulary;
    this.embedding = new Embedding({ inputDim: vocabulary, outputDim: width });
    this.layers = Array.from({ length: layers }, () => new LSTM({ units: width, returnSequences: true }));
    this.head = new Dense({ units: vocabulary });
    this.embedding.ensureBuilt([1]);
    for (const layer of this.layers) layer.ensureBuilt([1, width]);
    this.head.ensureBuilt([1, width]);
  }

  forward(ids: Tensor): Tensor {
    return this.head.call(this.layers.reduce((x, layer) => layer.call(x), this.embedding.call(ids)));
  }

  loss(ids: Tensor, targets: Tensor): Tensor {
    return crossEntropy(this.forward(ids).reshape([ids.size, this.#vocabulary]), targets.reshape([targets.size]));
  }
}

/** The model of a recipe with fresh weights. */
export function languageModelOf(recipe: Recipe, vocabulary: number): LanguageTask {
  const sizes = sizesOf(recipe);
  const { bias, tiedHead, architecture } = recipe.model;
  return withRandom({ seed: recipe.seed, step: 0 }, () =>
    architecture === "lstm" ? new TokenLstm(vocabulary, sizes) : new Gpt({ vocabularySize: vocabulary, ...sizes, bias, tiedHead }),
  );
}

/** It as a task of the training loop. */
export function languageTask(model: LanguageTask, { name, precision }: Pick<Recipe, "name" | "precision">): TrainingTask {
  return {
    name,
    device: cpu(),
    precision,
    key: () => "",
    loss([ids, targets]) {
      const mean = model.loss(ids, targets);
      return { total: scale(mean, targets.size).reshape([1]), count: targets.size };
    },
    train: (training) => model.train(training),
    trainableParameters: () => model.trainableParameters(),
    stateDict: () => model.stateDict(),
    lookupTables: model.lookupTables,
  };
}

/** The optimiser of a recipe: no decay of biases and norms; AdamW for the vectors and tables beside Muon. */
export function recipeOptimizer({ optimizer, budget }: Recipe, model: LanguageTask): Optimizer {
  const { name, weightDecay, beta1, beta2, clip, average } = optimizer;
  const learningRate = scheduleOf(optimizer, budget.steps);
  const shared = {
    learningRate,
    weightDecay,
    ...(clip > 0 ? { maxGradNorm: clip } : {}),
    ...(average > 0 ? { useEma: true, emaMomentum: average } : {}),
  };
  if (name === "muon") {
    const made = new Muon([], { ...shared, adamBeta1: beta1, adamBeta2: beta2, adamWeightDecay: weightDecay, adjustLrFn: "match_rms_adamw" });
    made.bindModule(model);
    return made;
  }
  return new AdamW(decayGroups(model), { ...shared, beta1, beta2 });
}

function scheduleOf({ learningRate: rate, schedule, warmup, end }: Recipe["optimizer"], steps: number): number | Schedule {
  const rest = Math.max(1, steps - warmup);
  const then =
    schedule === "constant"
      ? rate
      : schedule === "cosine"
        ? cosine({ rate, steps: rest, end: rate * end })
        : linear({ rate, steps: rest, end: rate * end });
  return warmup > 0 ? warmUp(warmup, then, rate / warmup) : then;
}

/** What a model writes behind some ids: drawn by a seed, at temperature 0.8. */
export async function sampleIds(
  model: LanguageTask,
  start: readonly number[],
  count: number,
  { contextLength, draw }: { contextLength: number; draw: (i: number) => number },
): Promise<number[]> {
  const ids = [...start];
  const turns = new Turns();
  model.eval();
  for (let i = 0; i < count; i++) {
    const seen = ids.slice(-contextLength);
    const row = tidy(() =>
      noGrad(() => {
        const logits = model.forward(tensor(Int32Array.from(seen), [1, seen.length]));
        const width = logits.shape[2];
        return logits
          .reshape([seen.length, width])
          .rows(seen.length - 1, 1)
          .dataSync();
      }),
    );
    ids.push(drawn(row, draw(i)));
    await turns.rest();
  }
  return ids.slice(start.length);
}

function drawn(logits: ArrayLike<number>, at: number): number {
  const most = Array.from(logits).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const shares = Array.from(logits, (value) => Math.exp((value - most) / 0.8));
  let left = at * shares.reduce((sum, one) => sum + one, 0);
  const found = shares.findIndex((one) => {
    left -= one;
    return left < 0;
  });
  return found < 0 ? shares.length - 1 : found;
}
