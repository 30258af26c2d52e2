// What a run is made of while it is under way, and what it comes to. Knows no steps.
import type { Optimizer } from "../../nn/index.ts";
import type { TrainingLoop } from "../loop/index.ts";
import type { RecipeModel } from "../recipe/models.ts";
import type { Recipe } from "../recipe/types.ts";
import type { World } from "../world/index.ts";
import type { RunData } from "./prepare.ts";
import type { RunFolder } from "./run-folder.ts";
import type { SpikeWatch } from "./spikes.ts";

/** What a run came to. */
export interface TrainedRun {
  readonly path: string;
  readonly steps: number;
  readonly parameters: number;
  readonly seconds: number;
  readonly best: Best | undefined;
  readonly sample: string;
}

/** The best look so far. */
export interface Best {
  readonly step: number;
  readonly loss: number;
  readonly bitsPerByte?: number;
}

/** All that a run is made of. */
export interface Run {
  readonly recipe: Recipe;
  readonly folder: RunFolder;
  readonly data: RunData;
  /** Of what it is trained with. */
  readonly digest: string;
  readonly model: RecipeModel;
  readonly optimizer: Optimizer;
  loop: TrainingLoop;
  readonly watch: SpikeWatch;
  /** The processes that train it together, where there are several: the first one writes. */
  readonly world: World | undefined;
  /** Seconds of the parts before this one. */
  readonly before: number;
  readonly began: number;
  step: number;
  best: Best | undefined;
  waited: number;
  /** The step of the last look. */
  looked: number;
  /** How often it went back to a checkpoint; in all, and since the last look. */
  attempt: number;
  fallen: number;
  /** A loss of this step was refused. */
  refused: boolean;
}

/** Seconds of a run, over all its parts. */
export const secondsOf = (run: Pick<Run, "before" | "began">): number => run.before + (performance.now() - run.began) / 1000;
