// What the routes share. Knows no route.
import type { TextGenerator } from "../generate/index.ts";
import type { Calls } from "./calls.ts";
import type { Classifiers } from "./classifiers/store.ts";
import type { ServerLimits } from "./limits.ts";
import type { Turnstile } from "./turnstile.ts";

/** Handed to every route family. */
export interface ServerContext {
  readonly generator: TextGenerator;
  readonly limits: ServerLimits;
  readonly calls: Calls;
  readonly turnstile: Turnstile;
  readonly classifiers: Classifiers;
  /** Seconds since 1970 when the server was made. */
  readonly created: number;
  readonly isStopping: () => boolean;
}
