// From one sampling rate to another. Knows no files.

/** Zero crossings on each side of the middle. */
const LOBES = 16;

/**
 * Band-limited interpolation: each new sample is a sum of old ones around its place, weighted by a sinc that leaves out what the lower of both rates cannot hold, under a Hann window.
 *
 * Source: Smith & Gossett 1984, "A flexible sampling-rate conversion method".
 *
 * @example
 * resampled(new Float32Array(48).fill(1), 48, 16).length; // 16
 */
export function resampled(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const cut = Math.min(1, to / from);
  const reach = LOBES / cut;
  const made = new Float32Array(Math.round((samples.length * to) / from));
  // The places of new samples among old ones repeat after `to / gcd` of them: so do the weights.
  const period = to / divisor(from, to);
  const weights = new Map<number, Float64Array>();
  for (let i = 0; i < made.length; i++) {
    const middle = (i * from) / to;
    const first = Math.ceil(middle - reach);
    const phase = i % period;
    let taps = weights.get(phase);
    if (taps === undefined) {
      taps = tapsAt(first - middle, reach, cut);
      if (weights.size < 4096) weights.set(phase, taps);
    }
    let sum = 0;
    for (let t = Math.max(0, -first); t < taps.length && first + t < samples.length; t++) sum += taps[t] * samples[first + t];
    made[i] = sum;
  }
  return made;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

// Weights of the old samples from `offset` (below zero) on, as many as reach to the other side; they sum up to one.
function tapsAt(offset: number, reach: number, cut: number): Float64Array {
  const taps = Float64Array.from({ length: Math.floor(reach - offset) + 1 }, (_, t) => {
    const x = offset + t;
    if (Math.abs(x) >= reach) return 0;
    const turn = Math.PI * x * cut;
    return (turn === 0 ? 1 : Math.sin(turn) / turn) * (0.5 + 0.5 * Math.cos((Math.PI * x) / reach));
  });
  const total = taps.reduce((sum, each) => sum + each, 0);
  return taps.map((each) => each / total);
}
