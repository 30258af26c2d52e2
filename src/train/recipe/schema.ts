// The fields of a recipe, each with what it is, its range and its default. Knows no files.
import { z } from "zod";
import type { GivenRecipe } from "./types.ts";

const count = z.number().int().positive();
const share = z.number().min(0).max(1);
const path = z.string().min(1);

/** Architectures that recipes train. */
const architectures = ["gpt2", "llama", "lstm", "bert", "encoder-decoder"] as const;

const part = z.strictObject({
  /** A file or a folder. */
  files: path,
  /** How much of what is read is from here, beside the other parts. */
  weight: z.number().positive().default(1),
  /** The column with the text. Default: that of all. */
  column: path.optional(),
});

/** The fields of a recipe. */
export const recipeSchema: z.ZodType<GivenRecipe> = z.strictObject({
  /** For messages and the name of the run. */
  name: z.string().min(1).default("run"),
  /** Of first weights, order of data and samples. */
  seed: z.number().int().nonnegative().default(0),
  data: z.strictObject({
    /** Files of text (.txt, .md), rows (.jsonl, .csv, .tsv, .parquet), or folders of such; or parts of a mixture, each with its weight. */
    files: z.union([path, z.array(z.union([path, part])).min(1)]),
    /** The column of rows that holds the text. */
    column: path.default("text"),
    /** "encoder-decoder": the columns of what is read and what is written. */
    source: path.default("source"),
    target: path.default("target"),
    /** The share that is kept for validation. */
    validation: share.default(0.05),
    /** Which share: the end of each file, or whole documents by the hash of their text. */
    by: z.enum(["end", "hash"]).default("end"),
    /** Whether a window sees across the documents that lie in it, or holds one alone. */
    documents: z.enum(["joined", "apart", "alone"]).default("joined"),
    /** Files of tests, of which nothing should stand in the training texts: looked for before the run. */
    tests: z.array(path).default([]),
    /** Whether duplicates and leaks are looked for before the run. */
    check: z.boolean().default(true),
    /** A label of the Encoding Standard. Default: UTF-8, or UTF-16, GB18030, Big5 where the bytes tell. */
    encoding: path.optional(),
    /** Whether broken rows are left out and counted. */
    skipBad: z.boolean().default(false),
  }),
  tokenizer: z
    .strictObject({
      /** "characters": those of the data; or a tokenizer.json. Not with `train`. */
      file: path.default("characters"),
      /** A tokenizer that is learnt from the training texts first. */
      train: z
        .strictObject({
          kind: z.enum(["byte-level", "characters", "wordpiece", "unigram"]).default("byte-level"),
          size: count.max(1 << 20).default(8192),
          minimumCount: count.default(2),
          special: z.array(z.string().min(1)).optional(),
          byteFallback: z.boolean().optional(),
        })
        .optional(),
    })
    .prefault({}),
  model: z
    .strictObject({
      architecture: z.enum(architectures).default("gpt2"),
      /** Layers; the other sizes, the batch and the learning rate follow from it where they are not given. */
      depth: count.max(256).default(4),
      /** Default: 32 for each layer, at least 64; a multiple of the heads. */
      width: count.max(65_536).optional(),
      /** Default: a head for each 32 of the width. */
      heads: count.max(1024).optional(),
      /** "llama": heads of keys and values. Default: as many as heads. */
      keyValueHeads: count.max(1024).optional(),
      /** Width of the layers between. Default: four widths; "llama": 8/3 of the width, rounded up. */
      mlpWidth: count.max(1 << 20).optional(),
      /** Tokens that it sees at once. */
      contextLength: count.max(1 << 20).default(128),
      /** Biases in linear layers and norms. */
      bias: z.boolean().default(false),
      /** Whether the head is the embedding. */
      tiedHead: z.boolean().default(true),
      /** "bert": the share of the tokens that are to be guessed. */
      masked: z.number().gt(0).max(0.9).default(0.15),
      /** "encoder-decoder": the share of what each part gives that is dropped in training. */
      dropout: z.number().min(0).max(0.9).default(0),
    })
    .prefault({}),
  optimizer: z
    .strictObject({
      /** AdamW; or Muon for matrices, with AdamW for vectors and tables. */
      name: z.enum(["adamw", "muon"]).default("adamw"),
      /** Default: 1e-3 at depth 4, for others times sqrt(4 / depth); four times as much for Muon. */
      learningRate: z.number().positive().optional(),
      weightDecay: z.number().nonnegative().default(0.1),
      beta1: share.default(0.9),
      beta2: share.default(0.99),
      /** The norm to which all gradients together are scaled down; 0: no clipping. */
      clip: z.number().nonnegative().default(1),
      schedule: z.enum(["cosine", "linear", "constant", "inverse-square-root"]).default("cosine"),
      /** Steps in which the rate rises. */
      warmup: z.number().int().nonnegative().default(100),
      /** The rate at the end, as a share of the highest. */
      end: share.default(0.1),
      /** An average of the weights, of so much momentum; 0: none. */
      average: z.number().min(0).max(0.999999).default(0),
      /** "encoder-decoder": the share of each target that is spread over all words, in training. */
      labelSmoothing: z.number().min(0).max(0.9).default(0),
    })
    .prefault({}),
  precision: z.enum(["f32", "bf16"]).default("f32"),
  batch: z
    .strictObject({
      /** Default: as many as make 1,024 tokens for each layer. */
      rows: count.optional(),
      /** So many batches make one step of the optimiser. */
      accumulate: count.default(1),
    })
    .prefault({}),
  budget: z
    .strictObject({
      /** Steps of the optimiser. Default: 1,000, or what the tokens make. */
      steps: count.optional(),
      /** Tokens that are read, in place of steps. */
      tokens: count.optional(),
      /** It ends earlier once so much time has passed, over all its parts. */
      minutes: z.number().positive().optional(),
      /** It ends earlier once so much is spent: `most` at `perHour`, of any currency. */
      money: z.strictObject({ most: z.number().positive(), perHour: z.number().positive() }).optional(),
    })
    .prefault({}),
  evaluation: z
    .strictObject({
      /** Steps between looks at the validation data; checkpoints are written with them. */
      every: count.default(100),
      /** Batches of a look; 0: all of the validation data. */
      batches: z.number().int().nonnegative().default(20),
      /** What samples begin with. */
      prompt: z.string().default("\n"),
      /** Tokens of a sample; 0: none are written. */
      sample: z.number().int().nonnegative().max(4096).default(200),
      /** Whether a sample is written with every look, too. */
      samples: z.boolean().default(false),
      /** "encoder-decoder": so many pairs of the validation data are answered at each look, for BLEU and chrF; 0: none. */
      answers: z.number().int().nonnegative().default(100),
      /** Beams of these answers. */
      beams: count.max(16).default(1),
      /** Looks without anything better before it stops; 0: it does not. */
      patience: z.number().int().nonnegative().default(0),
      /** What a loss that is not finite does: end the run with its last checkpoint whole, leave the step out, or go back to the last checkpoint and on with other data. */
      notFinite: z.enum(["stop", "skip", "rollback"]).default("stop"),
      /** A loss of so many times the mean of the 32 before is a spike; 0: there are none. */
      spike: z.number().min(0).default(0),
      /** What a spike does; as `notFinite`. */
      onSpike: z.enum(["stop", "skip", "rollback"]).default("skip"),
    })
    .prefault({}),
  /** Watts that the machine is taken to draw, for an estimate of energy; 0: none is made. */
  watts: z.number().nonnegative().default(0),
  /** What a kilowatt hour costs, for an estimate; 0: none is made. */
  pricePerKilowattHour: z.number().nonnegative().default(0),
});
