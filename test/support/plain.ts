// The arithmetic of a decoder in plain f64 loops, one line after the other from the papers: what layers and operations are held against. Knows no tensors.

type Numbers = ArrayLike<number>;

/** y[r, o] = sum over k of x[r, k] · w[o, k]. */
export function product(x: Numbers, w: Numbers, rows: number, outputs: number, inputs: number): Float64Array {
  const y = new Float64Array(rows * outputs);
  for (let r = 0; r < rows; r++)
    for (let o = 0; o < outputs; o++) for (let k = 0; k < inputs; k++) y[r * outputs + o] += x[r * inputs + k] * w[o * inputs + k];
  return y;
}

export const sum = (a: Numbers, b: Numbers): Float64Array => Float64Array.from(a, (value, i) => value + b[i]);

export const gated = (gate: Numbers, up: Numbers): Float64Array => Float64Array.from(gate, (g, i) => (g / (1 + Math.exp(-g))) * up[i]);

/** x / sqrt(mean(x²) + epsilon) · weight, row by row. */
export function normed(x: Numbers, weight: Numbers, epsilon: number): Float64Array {
  const width = weight.length;
  const y = new Float64Array(x.length);
  for (let row = 0; row < x.length; row += width) {
    let squares = 0;
    for (let i = 0; i < width; i++) squares += x[row + i] ** 2;
    for (let i = 0; i < width; i++) y[row + i] = (x[row + i] / Math.sqrt(squares / width + epsilon)) * weight[i];
  }
  return y;
}

/** Pairs of each head turned by position · base^(-2i/width) / scale; neighbours, or halves. */
export function turned(
  x: Numbers,
  {
    heads,
    width,
    start,
    base,
    scale = 1,
    adjacent,
  }: { heads: number; width: number; start: number; base: number; scale?: number; adjacent: boolean },
): Float64Array {
  const y = Float64Array.from(x);
  for (let head = 0; head * width < x.length; head++) {
    const position = start + Math.floor(head / heads);
    for (let i = 0; i < width / 2; i++) {
      const angle = (position / scale) * base ** ((-2 * i) / width);
      const [first, second] = adjacent ? [2 * i, 2 * i + 1] : [i, i + width / 2];
      const [a, b] = [x[head * width + first], x[head * width + second]];
      y[head * width + first] = a * Math.cos(angle) - b * Math.sin(angle);
      y[head * width + second] = a * Math.sin(angle) + b * Math.cos(angle);
    }
  }
  return y;
}

/** Causal attention: row r of q stands at `start` + r and sees k and v [positions, keyValueHeads, width] up to there. */
export function attended(
  q: Numbers,
  k: Numbers,
  v: Numbers,
  { heads, keyValueHeads, width, start, scale }: { heads: number; keyValueHeads: number; width: number; start: number; scale: number },
): Float64Array {
  const y = new Float64Array(q.length);
  for (let at = 0; at < q.length / width; at++) {
    const [row, head] = [Math.floor(at / heads), at % heads];
    const shared = Math.floor((head * keyValueHeads) / heads);
    const scores = Float64Array.from({ length: start + row + 1 }, (_, position) => {
      let dot = 0;
      for (let i = 0; i < width; i++) dot += q[at * width + i] * k[(position * keyValueHeads + shared) * width + i];
      return scale * dot;
    });
    const most = scores.reduce((a, b) => Math.max(a, b));
    const weights = scores.map((score) => Math.exp(score - most));
    const total = weights.reduce((a, b) => a + b);
    for (const [position, weight] of weights.entries())
      for (let i = 0; i < width; i++) y[at * width + i] += (weight / total) * v[(position * keyValueHeads + shared) * width + i];
  }
  return y;
}

/** log(sum exp(x)). */
export function logSumExp(x: Numbers, scale: number = 1): number {
  const scaled = Array.from(x, (value) => value * scale);
  const most = Math.max(...scaled);
  return most + Math.log(scaled.reduce((total, value) => total + Math.exp(value - most), 0));
}

/** Blocks of 32 to integers: d = max|x| / 127, q = x / d to nearest, ties to even. */
export function integers(x: Numbers): { q: Int8Array; d: Float32Array } {
  const q = new Int8Array(x.length);
  const d = new Float32Array(x.length / 32);
  for (let block = 0; block < d.length; block++) {
    let largest = 0;
    for (let i = 0; i < 32; i++) largest = Math.max(largest, Math.abs(x[block * 32 + i]));
    d[block] = largest / 127;
    for (let i = 0; i < 32; i++) q[block * 32 + i] = d[block] === 0 ? 0 : halfEven(Math.fround(x[block * 32 + i] / d[block]));
  }
  return { q, d };
}

function halfEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
}

/** To the nearest bf16, ties to even. */
export function toBf16(value: number): number {
  const word = new Uint32Array(Float32Array.of(value).buffer);
  word[0] = (word[0] + 0x7fff + ((word[0] >>> 16) & 1)) & 0xffff0000;
  return new Float32Array(word.buffer)[0];
}
