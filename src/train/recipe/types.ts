// What a recipe is, once every default is filled in, and as it may be written. Knows no ranges and no files.

/** An architecture that recipes train. */
export type RecipeArchitecture = "gpt2" | "llama" | "lstm" | "bert" | "encoder-decoder";
/** What a loss does that is not finite, or that is a spike. */
export type LossPolicy = "stop" | "skip" | "rollback";

/** A part of a mixture. */
export interface MixturePart {
  readonly files: string;
  readonly weight: number;
  readonly column?: string;
}

/** A tokenizer that a recipe trains first. */
export interface RecipeTokenizer {
  readonly kind: "byte-level" | "characters" | "wordpiece" | "unigram";
  readonly size: number;
  readonly minimumCount: number;
  readonly special?: readonly string[];
  readonly byteFallback?: boolean;
}

/** A recipe with every default filled in. */
export interface Recipe {
  readonly name: string;
  readonly seed: number;
  readonly data: {
    readonly files: string | readonly (string | MixturePart)[];
    readonly column: string;
    readonly source: string;
    readonly target: string;
    readonly validation: number;
    readonly by: "end" | "hash";
    readonly documents: "joined" | "apart" | "alone";
    readonly tests: readonly string[];
    readonly check: boolean;
    readonly encoding?: string;
    readonly skipBad: boolean;
  };
  readonly tokenizer: { readonly file: string; readonly train?: RecipeTokenizer };
  readonly model: {
    readonly architecture: RecipeArchitecture;
    readonly depth: number;
    readonly width?: number;
    readonly heads?: number;
    readonly keyValueHeads?: number;
    readonly mlpWidth?: number;
    readonly contextLength: number;
    readonly bias: boolean;
    readonly tiedHead: boolean;
    readonly masked: number;
    readonly dropout: number;
  };
  readonly optimizer: {
    readonly name: "adamw" | "muon";
    readonly learningRate: number;
    readonly weightDecay: number;
    readonly beta1: number;
    readonly beta2: number;
    readonly clip: number;
    readonly schedule: "cosine" | "linear" | "constant" | "inverse-square-root";
    readonly warmup: number;
    readonly end: number;
    readonly average: number;
    readonly labelSmoothing: number;
  };
  readonly precision: "f32" | "bf16";
  readonly batch: { readonly rows: number; readonly accumulate: number };
  readonly budget: {
    readonly steps: number;
    readonly tokens?: number;
    readonly minutes?: number;
    readonly money?: { readonly most: number; readonly perHour: number };
  };
  readonly evaluation: {
    readonly every: number;
    readonly batches: number;
    readonly prompt: string;
    readonly sample: number;
    readonly samples: boolean;
    readonly answers: number;
    readonly beams: number;
    readonly patience: number;
    readonly notFinite: LossPolicy;
    readonly spike: number;
    readonly onSpike: LossPolicy;
  };
  readonly watts: number;
  readonly pricePerKilowattHour: number;
}

/** A recipe before batch, learning rate and steps have followed from the rest. */
export interface GivenRecipe extends Omit<Recipe, "optimizer" | "batch" | "budget"> {
  readonly optimizer: Omit<Recipe["optimizer"], "learningRate"> & { readonly learningRate?: number };
  readonly batch: { readonly rows?: number; readonly accumulate: number };
  readonly budget: Omit<Recipe["budget"], "steps"> & { readonly steps?: number };
}

/** A recipe as it may be written: only the files of the data are needed. For recipes in TypeScript: `export default { … } satisfies RecipeInput`. */
export type RecipeInput = {
  readonly data: Pick<Recipe["data"], "files"> & Partial<Recipe["data"]>;
} & { readonly [Part in Exclude<keyof Recipe, "data">]?: Recipe[Part] extends object ? Partial<Recipe[Part]> : Recipe[Part] };
