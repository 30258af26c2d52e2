// The counters of the server while somebody looks: a point every two seconds, the last five minutes of them. Knows no components.
import { type Failure, failureOf, reach } from "../../api/http.ts";
import { readMetrics, type Sample, sumOf } from "./metrics.ts";

/** Seconds between two points. */
export const every = 2;
const kept = 150;

export interface Point {
  readonly at: number;
  readonly requests: number | null;
  readonly tokens: number | null;
  readonly open: number;
  readonly waiting: number;
  readonly memory: number;
  readonly loop: number;
}

export class Watch {
  points: Point[] = $state.raw([]);
  samples: Sample[] = $state.raw([]);
  failure: Failure | undefined = $state.raw();
  held = $state(false);
  #before: { at: number; requests: number; tokens: number } | undefined;

  async look(signal: AbortSignal): Promise<void> {
    try {
      const samples = readMetrics(await (await reach("./metrics", { signal })).text());
      this.samples = samples;
      this.failure = undefined;
      this.#add(samples);
    } catch (error) {
      if (!signal.aborted) this.failure = failureOf(error);
    }
  }

  #add(samples: readonly Sample[]): void {
    const at = Date.now() / 1000;
    const requests = sumOf(samples, "inkstone_requests_total") - sumOf(samples, "inkstone_requests_total", { route: "/metrics" });
    const tokens = sumOf(samples, "inkstone_tokens_total", { kind: "completion" });
    const before = this.#before;
    const rate = (now: number, then: number | undefined) =>
      before === undefined || then === undefined ? null : Math.max(0, now - then) / Math.max(0.1, at - before.at);
    const point = {
      at,
      requests: rate(requests, before?.requests),
      tokens: rate(tokens, before?.tokens),
      open: sumOf(samples, "inkstone_calls_open"),
      waiting: sumOf(samples, "inkstone_calls_waiting"),
      memory: sumOf(samples, "inkstone_process_resident_memory_bytes"),
      loop: sumOf(samples, "inkstone_nodejs_eventloop_lag_p99_seconds"),
    };
    this.#before = { at, requests, tokens };
    this.points = [...this.points, point].slice(-kept);
  }
}
