// From samples to the log-mel spectrogram that Whisper reads. Plain arithmetic in f64: 100 frames a second take a few per cent of a core. Knows no network.

/** Samples a second. */
export const SAMPLE_RATE = 16_000;
/** Samples from one frame to the next, and of a window. */
const HOP = 160;
const WINDOW = 400;
const BINS = WINDOW / 2 + 1;
/** The logarithm of the least power that counts. */
const SILENCE = -10;

/** The frequency in Slaney's mels: linear below 1000 Hz, by logarithms above. */
function melOf(hertz: number): number {
  return hertz < 1000 ? (3 * hertz) / 200 : 15 + (27 * Math.log(hertz / 1000)) / Math.log(6.4);
}

function hertzOf(mel: number): number {
  return mel < 15 ? (200 * mel) / 3 : 1000 * Math.exp((Math.log(6.4) * (mel - 15)) / 27);
}

/** A band: weights of the bins from `first` on. */
interface Band {
  readonly first: number;
  readonly weights: Float64Array;
}

/** Triangles of equal area, their corners evenly spaced in mels from 0 to 8000 Hz. Slaney 1998, Auditory Toolbox. */
function bandsOf(count: number): Band[] {
  const top = melOf(SAMPLE_RATE / 2);
  const corners = Array.from({ length: count + 2 }, (_, i) => hertzOf((top * i) / (count + 1)));
  return Array.from({ length: count }, (_, i) => {
    const [low, middle, high] = corners.slice(i, i + 3);
    const at = (bin: number) => (bin * SAMPLE_RATE) / WINDOW;
    const weight = (bin: number) => Math.max(0, Math.min((at(bin) - low) / (middle - low), (high - at(bin)) / (high - middle))) * (2 / (high - low));
    const first = Math.max(0, Math.floor((low * WINDOW) / SAMPLE_RATE));
    const last = Math.min(BINS - 1, Math.ceil((high * WINDOW) / SAMPLE_RATE));
    return { first, weights: Float64Array.from({ length: last - first + 1 }, (_, b) => weight(first + b)) };
  });
}

const factors = [4, 5, 5, 4];

/** The Fourier transform of 400 complex numbers by factors 4, 5, 5, 4 (Cooley & Tukey 1965), in Stockham's order: every pass reads one pair of arrays and writes the other. */
class Transform {
  readonly #cos: Float64Array = Float64Array.from({ length: WINDOW }, (_, i) => Math.cos((2 * Math.PI * i) / WINDOW));
  readonly #sin: Float64Array = Float64Array.from({ length: WINDOW }, (_, i) => -Math.sin((2 * Math.PI * i) / WINDOW));
  #from = pair();
  #to = pair();

  /** What is to be transformed goes in here; `run` gives where the result is. */
  get input(): Pair {
    return this.#from;
  }

  run(): Pair {
    let done = 1;
    for (const factor of factors) {
      this.#pass(factor, done, WINDOW / (done * factor));
      [this.#from, this.#to] = [this.#to, this.#from];
      done *= factor;
    }
    return this.#from;
  }

  // Y'[k + done · out][j] = Σ over parts of w^((k + done · out) · part) · Y[k][j + part · left]
  #pass(factor: number, done: number, left: number): void {
    const { re, im } = this.#from;
    const { re: toRe, im: toIm } = this.#to;
    const [cos, sin] = [this.#cos, this.#sin];
    for (let row = 0; row < done * factor; row++) {
      const step = row * (WINDOW / (done * factor));
      const first = (row % done) * factor * left;
      for (let j = 0; j < left; j++) {
        let [sumRe, sumIm, angle] = [0, 0, 0];
        for (let at = first + j, part = 0; part < factor; part++, at += left) {
          sumRe += re[at] * cos[angle] - im[at] * sin[angle];
          sumIm += re[at] * sin[angle] + im[at] * cos[angle];
          angle += step;
          if (angle >= WINDOW) angle -= WINDOW;
        }
        toRe[row * left + j] = sumRe;
        toIm[row * left + j] = sumIm;
      }
    }
  }
}

interface Pair {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

const pair = (): Pair => ({ re: new Float64Array(WINDOW), im: new Float64Array(WINDOW) });

/**
 * Makes spectrograms: windows and bands are computed once.
 *
 * @example
 * new MelSpectrogram(80, 100).of(new Float32Array(16000)).every((value) => value === -1.5); // true
 */
export class MelSpectrogram {
  readonly bands: number;
  readonly frames: number;
  readonly #bands: readonly Band[];
  readonly #transform = new Transform();
  readonly #window = Float64Array.from({ length: WINDOW }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW));

  /** So many bands, and frames of 10 ms: 80 and 3000 for Whisper up to large-v2. */
  constructor(bands = 80, frames = 3000) {
    this.bands = bands;
    this.frames = frames;
    this.#bands = bandsOf(bands);
  }

  /**
   * Logarithms to base 10 of the power in each band, at least 8 below the largest, then (x + 4) / 4. [frames, bands], frame after frame. Sound that ends before the last frame is
   * followed by silence; what comes after it is not heard. Samples from -1 to 1, 16,000 a second.
   *
   * Source: Radford et al. 2022, arXiv:2212.04356, section 2.2.
   */
  of(samples: Float32Array): Float32Array {
    const { bands, frames } = this;
    const heard = samples.subarray(0, frames * HOP);
    const logs = new Float32Array(frames * bands).fill(SILENCE);
    // Behind these all is silence.
    const last = Math.min(frames, Math.ceil((heard.length + WINDOW / 2) / HOP) + 1);
    for (let frame = 0; frame < last; frame += 2) this.#twoFrames(heard, frame, Math.min(frame + 1, frames - 1), logs);
    let most = SILENCE;
    for (const value of logs) most = Math.max(most, value);
    for (let i = 0; i < logs.length; i++) logs[i] = (Math.max(logs[i], most - 8) + 4) / 4;
    return logs;
  }

  // Two real frames are the two parts of one complex transform: A = (Z[k] + conj Z[-k]) / 2, B = (Z[k] - conj Z[-k]) / 2i.
  #twoFrames(samples: Float32Array, first: number, second: number, logs: Float32Array): void {
    const { input } = this.#transform;
    this.#cut(samples, first, input.re);
    this.#cut(samples, second, input.im);
    const { re, im } = this.#transform.run();
    const [a, b] = [new Float64Array(BINS), new Float64Array(BINS)];
    for (let k = 0; k < BINS; k++) {
      const back = (WINDOW - k) % WINDOW;
      a[k] = ((re[k] + re[back]) ** 2 + (im[k] - im[back]) ** 2) / 4;
      b[k] = ((im[k] + im[back]) ** 2 + (re[back] - re[k]) ** 2) / 4;
    }
    this.#logs(a, logs.subarray(first * this.bands, (first + 1) * this.bands));
    this.#logs(b, logs.subarray(second * this.bands, (second + 1) * this.bands));
  }

  // The window around the middle of a frame; before the beginning the sound is mirrored.
  #cut(samples: Float32Array, frame: number, into: Float64Array): void {
    const start = frame * HOP - WINDOW / 2;
    for (let i = 0; i < WINDOW; i++) into[i] = (samples[Math.abs(start + i)] ?? 0) * this.#window[i];
  }

  #logs(power: Float64Array, into: Float32Array): void {
    for (const [i, { first, weights }] of this.#bands.entries()) {
      let sum = 0;
      for (let b = 0; b < weights.length; b++) sum += weights[b] * power[first + b];
      into[i] = Math.log10(Math.max(sum, 1e-10));
    }
  }
}
