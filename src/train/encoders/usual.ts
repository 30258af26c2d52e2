// What tuning an encoder does where nothing is said: how many passes, and which look is kept. Knows no model.

/** A look at the validation examples after an epoch. */
export interface TuneLook {
  readonly epoch: number;
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Rows a class, and the passes that so many want; fewer rows want more of them. */
const passes: readonly (readonly [least: number, epochs: number])[] = [
  [1000, 5],
  [50, 6],
  [16, 10],
];
const MOST = 15;
/** Of so many examples three passes are enough, of five times as many one. */
const MANY = 20_000;

/**
 * Passes over the examples where none are asked for: 5 where a class has a thousand, more where it has fewer, 3 or 2 of more than 20,000 examples, 1 of more than 100,000.
 *
 * @example
 * usualEpochs(8000, 77); // 6
 * usualEpochs(6000, 2); // 5
 */
export function usualEpochs(examples: number, classes: number): number {
  const each = examples / Math.max(1, classes);
  const wanted = passes.find(([least]) => each >= least)?.[1] ?? MOST;
  if (examples > 5 * MANY) return 1;
  return examples > MANY ? Math.min(wanted, Math.max(2, Math.ceil((3 * MANY) / examples))) : wanted;
}

/**
 * Whether a later look is kept: unless its first metric is worse than the best so far by more than the standard error of that one on so many examples, √(m (1 - m) / n). The rate has fallen
 * further by then, and what differs by less is chance.
 *
 * @example
 * const look = (accuracy: number) => ({ epoch: 0, loss: 1, metrics: { accuracy } });
 * isKept(look(0.87), look(0.88), 800); // true
 * isKept(look(0.87), look(0.89), 800); // false
 */
export function isKept(later: TuneLook, best: TuneLook, examples: number): boolean {
  const [own, most] = [later, best].map(({ metrics }) => Object.values(metrics)[0] ?? 0);
  const error = Math.sqrt(Math.max(0, most * (1 - most)) / Math.max(1, examples));
  return own >= most - error;
}
