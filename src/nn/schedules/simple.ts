// Schedules that fall to an end, and the warm-up before any of them. Knows no optimiser.
import { aboveZero, atLeastOne, checkOption, countFromZero, fromZero } from "../../core/index.ts";
import { described, type Schedule } from "./schedule.ts";

/** A rate that goes down over a number of steps, and stays at its end. */
export interface Fall {
  /** At step 0. */
  readonly rate: number;
  readonly steps: number;
  /** Default 0. */
  readonly end?: number;
}

function checkFall({ rate, steps, end = 0 }: Fall): Required<Fall> {
  checkOption("rate", rate, aboveZero);
  checkOption("steps", steps, atLeastOne);
  checkOption("end", end, fromZero);
  return { rate, steps, end };
}

/**
 * The same rate at every step. Errors: `E_OPTION`.
 *
 * @example
 * constant(0.1)(1000); // 0.1
 */
export function constant(rate: number): Schedule {
  checkOption("rate", rate, aboveZero);
  return described(() => rate, "constant", [rate]);
}

/**
 * From `rate` to `end` in a straight line. Hugging Face's `get_linear_schedule_with_warmup`, with `warmUp`. Errors: `E_OPTION`.
 *
 * @example
 * const schedule = linear({ rate: 0.1, steps: 10 });
 * [0, 5, 10, 11].map(schedule); // [0.1, 0.05, 0, 0]
 */
export function linear(options: Fall): Schedule {
  const { rate, steps, end } = checkFall(options);
  return described((step) => end + (rate - end) * Math.max(0, 1 - step / steps), "linear", [options]);
}

/** Options of `cosine`. */
export interface CosineOptions extends Fall {
  /** How often it falls, each time from `rate` anew. Default 1. */
  readonly cycles?: number;
}

/**
 * From `rate` to `end` along half a cosine: end + (rate - end) / 2 · (1 + cos(π · step / steps)); with `cycles`, so often within the steps.
 * PyTorch's `CosineAnnealingLR` up to its end; Hugging Face's cosine schedules, with `warmUp`. Errors: `E_OPTION`.
 *
 * Source: Loshchilov & Hutter 2017, arXiv:1608.03983.
 *
 * @example
 * const schedule = cosine({ rate: 0.1, steps: 10 });
 * [0, 5, 10].map(schedule); // [0.1, 0.05, 0]
 */
export function cosine(options: CosineOptions): Schedule {
  const { rate, steps, end } = checkFall(options);
  const { cycles = 1 } = options;
  checkOption("cycles", cycles, atLeastOne);
  return described(
    (step) => {
      if (step >= steps) return end;
      return end + ((rate - end) / 2) * (1 + Math.cos(Math.PI * (((step / steps) * cycles) % 1)));
    },
    "cosine",
    [options],
  );
}

/**
 * rate · sqrt(timescale / (timescale + step)). Hugging Face's `get_inverse_sqrt_schedule`, with `warmUp` over `timescale` steps. Errors: `E_OPTION`.
 *
 * @example
 * const schedule = inverseSquareRoot({ rate: 0.1, timescale: 100 });
 * [0, 300].map(schedule); // [0.1, 0.05]
 */
export function inverseSquareRoot({ rate, timescale }: { readonly rate: number; readonly timescale: number }): Schedule {
  checkOption("rate", rate, aboveZero);
  checkOption("timescale", timescale, aboveZero);
  return described((step) => rate * Math.sqrt(timescale / (timescale + step)), "inverseSquareRoot", [{ rate, timescale }]);
}

/**
 * factor · width^-0.5 · min(s^-0.5, s · warmup^-1.5), s = step + 1: the schedule of the first Transformer. Errors: `E_OPTION`.
 *
 * Source: Vaswani et al. 2017, arXiv:1706.03762, section 5.3.
 *
 * @example
 * noam({ width: 4, warmup: 4 })(3); // 0.25
 */
export function noam({ width, warmup, factor = 1 }: { readonly width: number; readonly warmup: number; readonly factor?: number }): Schedule {
  checkOption("width", width, atLeastOne);
  checkOption("warmup", warmup, atLeastOne);
  checkOption("factor", factor, aboveZero);
  return described((step) => (factor / Math.sqrt(width)) * Math.min((step + 1) ** -0.5, (step + 1) * warmup ** -1.5), "noam", [
    { width, warmup, factor },
  ]);
}

/**
 * In a straight line from `start` to the first rate of another schedule over `steps` steps; then that schedule, from its step 0. Errors: `E_OPTION`.
 *
 * @example
 * const schedule = warmUp(4, linear({ rate: 0.1, steps: 10 }));
 * [0, 2, 4, 9].map(schedule); // [0, 0.05, 0.1, 0.05]
 */
export function warmUp(steps: number, schedule: number | Schedule, start = 0): Schedule {
  checkOption("steps", steps, countFromZero);
  checkOption("start", start, fromZero);
  const then = typeof schedule === "number" ? constant(schedule) : schedule;
  return described((step) => (step < steps ? start + ((then(0) - start) * step) / steps : then(step - steps)), "warmUp", [steps, schedule, start]);
}

/**
 * Another schedule, begun so many steps later: what is left out before is its first rate. Errors: `E_OPTION`.
 *
 * @example
 * const schedule = later(10, linear({ rate: 0.1, steps: 10 }));
 * [0, 10, 15].map(schedule); // [0.1, 0.1, 0.05]
 */
export function later(steps: number, schedule: Schedule): Schedule {
  checkOption("steps", steps, countFromZero);
  return described((step) => schedule(Math.max(0, step - steps)), "later", [steps, schedule]);
}
