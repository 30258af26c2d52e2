// Which wording does better: outcomes of variants come back, the next is chosen by Thompson's sampling, with intervals to see. Knows no texts.
import { checkOption, countFromZero, uniform } from "../../core/index.ts";

/** What is known of a variant. */
export interface VariantOutcome {
  readonly name: string;
  readonly shown: number;
  readonly successes: number;
}

/** A variant with its rate and Wilson's interval at 95 %. */
export interface VariantReport extends VariantOutcome {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Rates of variants with Wilson's interval at 95 %, best first.
 *
 * @example
 * variantReport([{ name: "a", shown: 100, successes: 10 }])[0].low.toFixed(3); // "0.055"
 */
export function variantReport(outcomes: readonly VariantOutcome[]): VariantReport[] {
  const z = 1.959964;
  return outcomes
    .map((outcome) => {
      const { shown, successes } = checked(outcome);
      if (shown === 0) return { ...outcome, rate: 0, low: 0, high: 1 };
      const rate = successes / shown;
      const middle = (rate + (z * z) / (2 * shown)) / (1 + (z * z) / shown);
      const half = (z / (1 + (z * z) / shown)) * Math.sqrt((rate * (1 - rate)) / shown + (z * z) / (4 * shown * shown));
      return { ...outcome, rate, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
    })
    .sort((a, b) => b.rate - a.rate);
}

/**
 * The variant to show next: each draws from its Beta(successes + 1, failures + 1), the highest is chosen. The same seed and step choose the same.
 *
 * Errors: E_OPTION for counts that cannot be. Source: Thompson 1933; the draw by order statistics of uniforms up to 200 outcomes, by the normal approximation beyond.
 *
 * @example
 * chooseVariant([{ name: "a", shown: 500, successes: 5 }, { name: "b", shown: 500, successes: 200 }], { seed: 1, step: 0 }); // "b"
 */
export function chooseVariant(
  outcomes: readonly VariantOutcome[],
  { seed = 0, step = 0 }: { readonly seed?: number; readonly step?: number } = {},
): string {
  checkOption("outcomes", outcomes.length, { allowed: { en: "at least one variant", zh: "至少一个变体" }, holds: (value) => (value as number) > 0 });
  const draws = outcomes.map((outcome, i) => drawn(checked(outcome), (k) => uniform(seed, step, i, k)));
  return outcomes[draws.indexOf(Math.max(...draws))].name;
}

function checked(outcome: VariantOutcome): VariantOutcome {
  checkOption("shown", outcome.shown, countFromZero);
  checkOption("successes", outcome.successes, {
    allowed: { en: "a count that is not above shown", zh: "不大于展示次数的计数" },
    holds: (value) => countFromZero.holds(value) && (value as number) <= outcome.shown,
  });
  return outcome;
}

function drawn({ shown, successes }: VariantOutcome, random: (k: number) => number): number {
  const [a, b] = [successes + 1, shown - successes + 1];
  if (shown <= 200) return Array.from({ length: a + b - 1 }, (_, k) => random(k)).sort((x, y) => x - y)[a - 1];
  const mean = a / (a + b);
  const deviation = Math.sqrt((a * b) / ((a + b) ** 2 * (a + b + 1)));
  return mean + deviation * Math.sqrt(-2 * Math.log(1 - random(0))) * Math.cos(2 * Math.PI * random(1));
}
