// What a server and the process of a training say to each other. Types only.

import type { InkstoneError } from "../../core/index.ts";
import type { FinetuneForecast, FinetuneSettings, Recipe } from "../../train/index.ts";
import type { ToldError } from "./told.ts";

/** A fine-tuning: a model by what it is opened by, and how. */
export interface TuneAsked {
  readonly model: string;
  readonly settings: FinetuneSettings;
}

/** To the process, once. */
export type Asked =
  | { readonly kind: "train"; readonly recipe: Recipe; readonly output: string; readonly resume: boolean }
  | ({ readonly kind: "finetune"; readonly data: string; readonly output: string; readonly resume: boolean } & TuneAsked)
  | ({ readonly kind: "forecast"; readonly data: string } & TuneAsked);

/** From the process: that it is at work; then how it ended. */
export interface Told {
  readonly alive?: true;
  readonly ended?: "finished" | "stopped" | "failed";
  /** Why it failed, for people and as an error of this process. */
  readonly why?: ToldError;
  readonly error?: ReturnType<InkstoneError["toJSON"]>;
  /** Of a forecast. */
  readonly result?: FinetuneForecast;
}
