// Sampling against its textbook definitions: each cut written out plainly over sorted probabilities, and draws counted against the distribution.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { uniform } from "#core";
import {
  allOf,
  argmax,
  type Candidates,
  type CheckedOptions,
  type Cuts,
  checkOptions,
  choose,
  fewOf,
  fromLikeliest,
  penalize,
  pick,
  type Scores,
  wantOf,
} from "#generate";

const noCuts: Cuts = { topK: 0, topP: 1, minP: 0 };

interface Token {
  readonly id: number;
  readonly probability: number;
}

// softmax(logits / temperature), the likeliest first, the lower id first of equals.
function distribution(logits: ArrayLike<number>, temperature: number): Token[] {
  const values = Array.from(logits);
  const most = Math.max(...values);
  const weights = values.map((value) => Math.exp((value - most) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return values
    .map((value, id) => ({ id, value, probability: weights[id] / total }))
    .sort((a, b) => b.value - a.value || a.id - b.id)
    .map(({ id, probability }) => ({ id, probability }));
}

// The cuts as the papers say them, each on what the one before has left, made to sum to 1 again.
function cutPlainly(tokens: readonly Token[], { topK, topP, minP }: Cuts): Token[] {
  let kept = tokens.slice(0, topK > 0 ? topK : tokens.length);
  kept = normalized(kept);
  if (topP < 1) {
    let mass = 0;
    const end = kept.findIndex(({ probability }) => {
      mass += probability;
      return mass >= topP;
    });
    kept = normalized(kept.slice(0, end < 0 ? kept.length : end + 1));
  }
  return normalized(kept.filter(({ probability }) => probability >= minP * kept[0].probability));
}

function normalized(tokens: readonly Token[]): Token[] {
  const total = tokens.reduce((sum, { probability }) => sum + probability, 0);
  return tokens.map(({ id, probability }) => ({ id, probability: probability / total }));
}

// Ids that `choose` can give, with the length of the interval of u that gives each.
function intervals(candidates: Candidates, cuts: Cuts, steps = 4000): Map<number, number> {
  const found = new Map<number, number>();
  for (let i = 0; i < steps; i++) {
    const id = choose(candidates, cuts, (i + 0.5) / steps) as number;
    found.set(id, (found.get(id) ?? 0) + 1 / steps);
  }
  return found;
}

const logit = fc.float({ min: -30, max: 30, noNaN: true });
const logitsOf = (most: number) => fc.array(logit, { minLength: 1, maxLength: most }).map((values) => Float32Array.from(values));
const temperature = fc.double({ min: 0.05, max: 5, noNaN: true });
const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const cuts = fc.record({
  topK: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40 })),
  topP: fc.oneof(fc.constant(1), fc.double({ min: 0.01, max: 1, noNaN: true })),
  minP: fc.oneof(fc.constant(0), fc.double({ min: 1e-4, max: 1, noNaN: true })),
});

describe("candidates", () => {
  it("all of them are softmax(logits / temperature) in falling order, and sum to 1", () => {
    fc.assert(
      fc.property(logitsOf(300), temperature, (logits, t) => {
        const { ids, weights, total, complete, slack } = allOf(logits, t) as Candidates;
        expect([complete, slack, [...ids].sort((a, b) => a - b)]).toEqual([true, 0, [...logits.keys()]]);
        const right = distribution(logits, t);
        expect([...ids]).toEqual(right.map(({ id }) => id));
        let sum = 0;
        for (const [i, { probability }] of right.entries()) {
          expect(weights[i] / total).toBeCloseTo(probability, 12);
          sum += weights[i] / total;
        }
        expect(sum).toBeCloseTo(1, 12);
      }),
    );
  });

  it("a few of them are the beginning of all of them, with the same weights and the same total", () => {
    fc.assert(
      fc.property(logitsOf(300), temperature, fc.integer({ min: 1, max: 300 }), (logits, t, count) => {
        const few = fewOf(logits, t, count) as Candidates;
        const all = allOf(logits, t) as Candidates;
        const length = Math.min(count, logits.length);
        expect([...few.ids]).toEqual([...all.ids.subarray(0, length)]);
        expect([...few.weights]).toEqual([...all.weights.subarray(0, length)]);
        expect(Math.abs(few.total / all.total - 1)).toBeLessThanOrEqual(1e-9);
        expect(few.complete).toBe(count >= logits.length);
      }),
    );
  });

  it("what a model tells becomes the same: probability = exp(value / temperature - normalizer)", () => {
    const logits = Float32Array.of(1, 3, 2, -1);
    const t = 0.7;
    const normalizer = Math.fround(Math.log(logits.reduce((sum, value) => sum + Math.exp(value / t), 0)));
    const told = { values: Float32Array.of(3, 2), indices: Int32Array.of(1, 2), normalizer };
    const some = fromLikeliest(told, t, 4) as Candidates;
    const all = allOf(logits, t) as Candidates;
    expect([...some.weights]).toEqual([...all.weights.subarray(0, 2)]);
    expect(Math.abs(some.total / all.total - 1)).toBeLessThan(some.slack);
    expect(some.complete).toBe(false);
  });

  it("there are none where a logit is NaN or the largest is not finite", () => {
    const bad = [[1, Number.NaN], [Number.NaN], [Number.POSITIVE_INFINITY, 1], [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]];
    for (const values of bad) {
      const logits = Float32Array.from(values);
      expect([allOf(logits, 1), fewOf(logits, 1, 1), argmax(logits)], String(values)).toEqual([undefined, undefined, undefined]);
    }
    expect(fromLikeliest({ values: Float32Array.of(Number.NaN), indices: Int32Array.of(0), normalizer: 0 }, 1, 9)).toBeUndefined();
  });

  it("a token that a model rules out (-Infinity) is never drawn", () => {
    const logits = Float32Array.of(Number.NEGATIVE_INFINITY, 0, Number.NEGATIVE_INFINITY, 0);
    for (const candidates of [allOf(logits, 1), fewOf(logits, 1, 3)]) expect([...intervals(candidates as Candidates, noCuts).keys()]).toEqual([1, 3]);
  });
});

describe("choose", () => {
  it("without cuts, each token has an interval of u as long as its probability", () => {
    fc.assert(
      fc.property(logitsOf(12), temperature, (logits, t) => {
        const lengths = intervals(allOf(logits, t) as Candidates, noCuts);
        for (const { id, probability } of distribution(logits, t)) expect(Math.abs((lengths.get(id) ?? 0) - probability)).toBeLessThan(1 / 2000);
      }),
      { numRuns: 30 },
    );
  });

  it("each cut, and all together, keep exactly what the definitions keep, renormalised", () => {
    fc.assert(
      fc.property(logitsOf(12), temperature, cuts, (logits, t, cut) => {
        const kept = cutPlainly(distribution(logits, t), cut);
        const lengths = intervals(allOf(logits, t) as Candidates, cut);
        for (const id of lengths.keys()) expect(kept.map((token) => token.id)).toContain(id);
        for (const { id, probability } of kept) expect(Math.abs((lengths.get(id) ?? 0) - probability)).toBeLessThan(1 / 2000);
      }),
      { numRuns: 60 },
    );
  });

  it("top-p keeps the smallest set that reaches it: without its last token it would not", () => {
    fc.assert(
      fc.property(logitsOf(40), temperature, fc.double({ min: 0.05, max: 0.95, noNaN: true }), (logits, t, topP) => {
        const ids = new Set(intervals(allOf(logits, t) as Candidates, { ...noCuts, topP }, 20_000).keys());
        const masses = distribution(logits, t)
          .filter(({ id }) => ids.has(id))
          .map(({ probability }) => probability);
        const mass = masses.reduce((sum, probability) => sum + probability, 0);
        expect(mass).toBeGreaterThan(topP - 0.02); // tokens rarer than a step of u are not met
        expect(mass - masses[masses.length - 1]).toBeLessThan(topP + 1e-9);
      }),
      { numRuns: 30 },
    );
  });

  it("one token is always left, whatever is cut", () => {
    fc.assert(
      fc.property(logitsOf(40), temperature, fraction, (logits, t, u) => {
        const best = argmax(logits);
        for (const cut of [
          { topK: 1, topP: 1, minP: 0 },
          { topK: 0, topP: 1e-9, minP: 0 },
        ])
          expect(choose(allOf(logits, t) as Candidates, cut, u)).toBe(best);
        const all = allOf(logits, t) as Candidates;
        const equals = [...all.ids].filter((_, i) => all.weights[i] === 1);
        expect(equals).toContain(choose(all, { topK: 0, topP: 1, minP: 1 }, u));
      }),
    );
  });

  it("few candidates either give what all of them give, or say that they cannot decide", () => {
    let decided = 0;
    fc.assert(
      fc.property(logitsOf(200), temperature, cuts, fraction, fc.integer({ min: 1, max: 60 }), (logits, t, cut, u, count) => {
        const some = choose(fewOf(logits, t, count) as Candidates, cut, u);
        if (some === undefined) return;
        decided++;
        expect(some).toBe(choose(allOf(logits, t) as Candidates, cut, u));
      }),
      { numRuns: 3000 },
    );
    expect(decided).toBeGreaterThan(1000);
  });

  it("min-p with few candidates that are all likely enough cannot decide: what is not listed might be too", () => {
    const logits = new Float32Array(100).fill(1); // all 100 pass min-p, 10 are known
    logits.fill(-9, 50); // of the others some do not
    const cut = { ...noCuts, minP: 0.5 };
    expect(choose(fewOf(logits, 1, 10) as Candidates, cut, 0.1)).toBeUndefined();
    expect(choose(allOf(logits, 1) as Candidates, cut, 0.1)).toBe(5 - 1);
  });
});

describe("repetition penalty", () => {
  it("divides positive logits of seen ids and multiplies negative ones, and touches no other", () => {
    const property = fc.property(logitsOf(20), fc.array(fc.nat(19)), fc.double({ min: 0.1, max: 10, noNaN: true }), (logits, ids, penalty) => {
      const seen = new Set(ids.filter((id) => id < logits.length));
      const after = logits.slice();
      penalize(after, seen, penalty);
      for (const [id, value] of logits.entries())
        expect(after[id]).toBe(seen.has(id) ? Math.fround(value > 0 ? value / penalty : value * penalty) : value);
    });
    fc.assert(property);
  });

  it("above 1 it makes seen ids less likely, below 1 more likely", () => {
    const logits = [2, -1, 0.5];
    for (const [penalty, sign] of [
      [2, -1],
      [0.5, 1],
    ]) {
      const after = Float32Array.from(logits);
      penalize(after, [0, 1], penalty);
      const change = (id: number) => Math.sign(after[id] - logits[id]);
      expect([change(0), change(1), change(2)]).toEqual([sign, sign, 0]);
    }
  });
});

// What a model tells that gives always the same logits; `asked`: how often all of them were asked for.
function scoresOf(logits: Float32Array, options: CheckedOptions): Scores & { asked: number } {
  const { likeliest: count, scale } = wantOf(options);
  const order = [...logits.keys()].sort((a, b) => logits[b] - logits[a] || a - b).slice(0, count);
  const most = logits[order[0]];
  const sum = logits.reduce((total, value) => total + Math.exp(scale * (value - most)), 0);
  const told = {
    asked: 0,
    likeliest: {
      values: Float32Array.from(order, (id) => logits[id]),
      indices: Int32Array.from(order),
      normalizer: Math.fround(scale * most + Math.log(sum)),
    },
    logits: () => {
      told.asked++;
      return logits.slice();
    },
  };
  return told;
}

const pickFrom = (logits: Float32Array, options: CheckedOptions, seen: readonly number[], step: number) =>
  pick(scoresOf(logits, options), logits.length, options, seen, step);

const usual = checkOptions({ maxTokens: 1, temperature: 1, seed: 1 });

describe("pick", () => {
  const wide = Float32Array.from({ length: 5000 }, (_, id) => 4 * Math.sin(id * 12.9898) + 2 * Math.cos(id * 78.233));

  it("at temperature 0 it is the largest logit, the lowest id of equals", () => {
    const logits = Float32Array.of(1, 7, 7, -2);
    expect(pickFrom(logits, { ...usual, temperature: 0 }, [], 0)).toBe(1);
    expect(pickFrom(logits, { ...usual, temperature: 0, repetitionPenalty: 2 }, [1], 0)).toBe(2);
  });

  it("frequencies follow the distribution (chi-square, fixed seeds)", () => {
    const logits = Float32Array.of(0, 0.5, 1, 1.5, 2, -1, -2, 0.25);
    for (const options of [
      usual,
      { ...usual, temperature: 0.6 },
      { ...usual, temperature: 1.5, topK: 5 },
      { ...usual, topP: 0.8 },
      { ...usual, minP: 0.2 },
    ]) {
      const expected = cutPlainly(distribution(logits, options.temperature), options);
      const draws = 20_000;
      const counts = new Map<number, number>();
      const told = scoresOf(logits, options);
      for (let step = 0; step < draws; step++) {
        const id = pick(told, logits.length, { ...options, seed: 42 }, [], step);
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
      let chi = 0;
      for (const { id, probability } of expected) chi += ((counts.get(id) ?? 0) - draws * probability) ** 2 / (draws * probability);
      expect([...counts.keys()].sort()).toEqual(expected.map(({ id }) => id).sort());
      expect(chi).toBeLessThan(24.3); // chi-square with 7 degrees of freedom: exceeded once in 1,000 seeds
    }
  });

  it("is the token that the full distribution gives for the same (seed, step), from few candidates or from all logits", () => {
    const property = fc.property(temperature, cuts, fc.nat(1000), fc.nat(1000), (t, cut, seed, step) => {
      const id = pickFrom(wide, { ...usual, temperature: t, ...cut, seed }, [], step);
      expect(id).toBe(choose(allOf(wide, t) as Candidates, cut, uniform(seed, step, 1, 0)));
    });
    fc.assert(property, { numRuns: 200 });
  });

  it("asks for all logits only where a few candidates do not decide", () => {
    const asked = (logits: Float32Array, options: CheckedOptions) => {
      const told = scoresOf(logits, options);
      pick(told, logits.length, options, [], 0);
      return told.asked;
    };
    expect(
      asked(
        Float32Array.from({ length: 5000 }, (_, id) => -id / 10),
        usual,
      ),
    ).toBe(0);
    expect(asked(new Float32Array(5000), { ...usual, seed: 3 })).toBe(1);
    expect(asked(wide, { ...usual, topK: 1000 })).toBe(1);
  });

  it("says E_LOGITS with the position where the model gives no numbers", () => {
    const likeliest = { values: Float32Array.of(Number.NaN), indices: Int32Array.of(0), normalizer: 0 };
    const none = { likeliest, logits: () => Float32Array.of(Number.NaN, 1) };
    for (const options of [usual, { ...usual, temperature: 0, repetitionPenalty: 2 }, { ...usual, temperature: 1e-6 }, { ...usual, topK: 300 }])
      expect(() => pick(none, 2, options, [], 5)).toThrowError(expect.objectContaining({ code: "E_LOGITS", parameters: { position: 5 } }));
  });
});
