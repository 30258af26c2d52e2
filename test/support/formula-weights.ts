// Weights by a formula that the generators of fixtures use as well (test/parity/generate/decoders/make.py), so that fixtures hold answers only.

/** The values of a tensor by its name and shape. `plus` is added to each. */
export function formulaWeights(name: string, shape: readonly number[], plus = 0): Float32Array {
  let hash = 2166136261;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 16777619) >>> 0;
  const scale = shape.length === 2 ? 3 / Math.sqrt(shape[1]) : 0.5;
  return Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, i) => {
    let x = (Math.imul(i, 2654435761) + hash) >>> 0;
    x ^= x >>> 15;
    x = Math.imul(x, 2246822519) >>> 0;
    x = (x ^ (x >>> 13)) >>> 0;
    return Math.fround((x / 2 ** 32 - 0.5) * scale) + plus;
  });
}
