// What the routes share. Knows no route.
import type { SupportService } from "../apps/index.ts";
import type { Store } from "../store/index.ts";
import type { Files } from "./batches/files.ts";
import type { Classifiers } from "./classifiers/store.ts";
import type { Evaluations } from "./evaluations/evaluations.ts";
import type { Access } from "./http/access.ts";
import type { Calls } from "./http/calls.ts";
import type { Counters } from "./http/counters.ts";
import type { Turnstile } from "./http/turnstile.ts";
import type { ServerLimits } from "./limits.ts";
import type { Runs } from "./runs/runs.ts";
import type { SamplingDefaults } from "./sampling-defaults.ts";
import type { Adapters } from "./served/adapters.ts";
import type { ServedEntry } from "./served/entry.ts";
import type { Registry } from "./served/registry.ts";
import type { Tuner } from "./tuning/tuner.ts";

/** Handed to every route family. */
export interface ServerContext {
  readonly served: Registry;
  readonly adapters: Adapters;
  readonly evaluations: Evaluations;
  readonly sampling: SamplingDefaults;
  readonly limits: ServerLimits;
  readonly calls: Calls;
  /** The line before a served thing, by its kind and name. */
  readonly line: (name: string) => Turnstile;
  readonly classifiers: Classifiers;
  readonly access: Access;
  readonly counters: Counters;
  /** What outlives this process; undefined: nothing does. */
  readonly store: Store | undefined;
  /** Files of clients; undefined without a store. */
  readonly files: Files | undefined;
  /** A batch waits. */
  readonly wakeBatches: () => void;
  /** Projects of customer service, by name. */
  readonly support: ReadonlyMap<string, SupportService>;
  /** Trainings; undefined: none are shown and none begun. */
  readonly runs: Runs | undefined;
  /** Folders whose files trainings may name. */
  readonly readable: readonly string[];
  /** Fine-tunings; undefined: models are not tuned. */
  readonly tuner: Tuner | undefined;
  /** How a model that was pulled is served; undefined: not at all. */
  readonly pulled: (reference: string) => ServedEntry | undefined;
  readonly isStopping: () => boolean;
}
