// The model of a recipe, as a task of the training loop, and its optimiser. Knows no data and no folders.
import { Bert, Gpt, Llama, TransformerEncoderDecoder } from "../../models/index.ts";
import {
  AdamW,
  cosine,
  Dense,
  decayGroups,
  Embedding,
  inverseSquareRoot,
  LSTM,
  linear,
  Module,
  Muon,
  type Optimizer,
  type Schedule,
  warmUp,
} from "../../nn/index.ts";
import { cpu, crossEntropy, multiply, scale, type Tensor, withRandom } from "../../tensor/index.ts";
import type { TrainingTask } from "../loop/index.ts";
import { lossOf, summedLoss } from "../step/losses.ts";
import type { Recipe } from "./types.ts";
import { maskedCount } from "./windows.ts";

/** A model that reads ids and says what comes next, or what was hidden: ids [B, T] in, logits [B, T, V] out. */
export interface LanguageTask extends Module {
  forward(ids: Tensor, segments?: Tensor): Tensor;
  /** Mean cross-entropy of the targets, in nats; those of -100 do not count. */
  loss(ids: Tensor, targets: Tensor, segments?: Tensor): Tensor;
}

/** What recipes train. */
export type RecipeModel = LanguageTask | TransformerEncoderDecoder;

/** Sizes of a model, all of them. */
export interface ModelSizes {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly contextLength: number;
  readonly mlpWidth?: number;
}

/**
 * Sizes of a recipe's model: what is not given follows from its depth.
 *
 * @example
 * sizesOf(recipeOf({ data: { files: "x" }, model: { depth: 6 } })); // { layers: 6, width: 192, heads: 6, contextLength: 128 }
 */
export function sizesOf({ model }: Recipe): ModelSizes {
  const usual = Math.max(64, 32 * model.depth);
  const width = model.width ?? (model.heads === undefined ? usual : Math.ceil(usual / model.heads) * model.heads);
  const heads = model.heads ?? mostHeads(width);
  const { mlpWidth } = model;
  return { layers: model.depth, width, heads, contextLength: model.contextLength, ...(mlpWidth === undefined ? {} : { mlpWidth }) };
}

// A head for each 32 of the width, or fewer where these would not share it evenly.
function mostHeads(width: number): number {
  for (let heads = Math.floor(width / 32); heads > 1; heads--) if (width % heads === 0) return heads;
  return 1;
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
export function languageModelOf(recipe: Recipe, vocabulary: number): RecipeModel {
  const sizes = sizesOf(recipe);
  const { bias, tiedHead, architecture, keyValueHeads } = recipe.model;
  const { layers, width, heads, contextLength, mlpWidth } = sizes;
  const make = (): RecipeModel => {
    switch (architecture) {
      case "lstm":
        return new TokenLstm(vocabulary, sizes);
      case "llama":
        return new Llama({ vocabularySize: vocabulary, ...sizes, tiedHead, ...(keyValueHeads === undefined ? {} : { keyValueHeads }) });
      case "bert":
        return new Bert({ vocabularySize: vocabulary, ...sizes });
      case "encoder-decoder":
        return new TransformerEncoderDecoder({
          ...{ sourceVocabulary: vocabulary, targetVocabulary: vocabulary, width, heads, layers, mlpWidth, contextLength: contextLength + 8 },
          // The form of Marian's models, which others open.
          ...{ shared: true, activation: "gelu", norm: "post", lastNorm: false, sines: "half" },
          ...{ dropout: recipe.model.dropout, blockDropout: recipe.model.dropout },
        });
      case "gpt2":
        return new Gpt({ vocabularySize: vocabulary, ...sizes, bias, tiedHead });
    }
  };
  return withRandom({ seed: recipe.seed, step: 0 }, make);
}

/** It as a task of the training loop. */
export function languageTask(model: RecipeModel, recipe: Pick<Recipe, "name" | "precision" | "data" | "model" | "optimizer">): TrainingTask {
  const { name, precision } = recipe;
  const shared = {
    ...{ name, device: cpu(), precision, key: () => "" },
    train: (training: boolean) => model.train(training),
    trainableParameters: () => model.trainableParameters(),
    stateDict: () => model.stateDict(),
  };
  if (model instanceof TransformerEncoderDecoder) {
    const { labelSmoothing } = recipe.optimizer;
    const plain = { name: "sparse_categorical_crossentropy", fromLogits: true, ignoreIndex: 0 } as const;
    const losses = { learnt: lossOf({ ...plain, labelSmoothing }), looked: lossOf(plain) };
    return {
      ...shared,
      loss([source, target, answers]) {
        const logits = model.forward(source, target);
        return summedLoss(model.training ? losses.learnt : losses.looked, answers, { prediction: () => logits });
      },
    };
  }
  if (recipe.data.documents === "alone")
    return {
      ...shared,
      loss: ([ids, targets, count]) => ({ total: multiply(model.loss(ids, targets), count), count }),
      lookupTables: model.lookupTables,
    };
  const masked = recipe.model.architecture === "bert";
  return {
    ...shared,
    loss([ids, targets, segments]) {
      const [rows, length] = ids.shape;
      const count = masked ? rows * maskedCount(length, recipe.model.masked) : targets.size;
      return { total: scale(model.loss(ids, targets, segments), count).reshape([1]), count };
    },
    lookupTables: model.lookupTables,
  };
}

/** The optimiser of a recipe: no decay of biases and norms; AdamW for the vectors and tables beside Muon. */
export function recipeOptimizer({ optimizer, budget }: Recipe, model: RecipeModel): Optimizer {
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
        : schedule === "inverse-square-root"
          ? inverseSquareRoot({ rate, timescale: Math.max(1, warmup) })
          : linear({ rate, steps: rest, end: rate * end });
  return warmup > 0 ? warmUp(warmup, then, rate / warmup) : then;
}
