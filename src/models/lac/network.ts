// LAC's network: characters into scores of tags by an embedding and two recurrent layers that read both ways, and the likeliest path of tags. Reads weights from an ONNX file.
// Source: Jiao, Sun & Sun 2018, arXiv:1807.01882. Knows no text.
import { InkstoneError, type Words } from "../../core/index.ts";
import type { OnnxFile, OnnxNode } from "../../formats/index.ts";

/** Weights of one direction of a layer: gates z, r, n, each `units` rows. */
interface Direction {
  readonly inputs: Float32Array;
  readonly states: Float32Array;
  readonly inputBias: Float32Array;
  readonly stateBias: Float32Array;
}

interface Layer {
  readonly width: number;
  readonly units: number;
  readonly directions: readonly [forward: Direction, backward: Direction];
}

/** All weights. */
export interface LacNetwork {
  readonly words: Float32Array;
  readonly width: number;
  readonly vocabularySize: number;
  readonly layers: readonly Layer[];
  /** [inputs, tags], as it lies in the file. */
  readonly head: Float32Array;
  readonly bias: Float32Array;
}

function problem(problems: Words): InkstoneError {
  return new InkstoneError("E_MODEL_TENSORS", { problems });
}

function values(file: OnnxFile, name: string | undefined, shape: readonly number[]): Float32Array {
  const tensor = name === undefined ? undefined : file.tensors.get(name);
  const fits =
    tensor !== undefined &&
    tensor.type === "f32" &&
    tensor.shape.length === shape.length &&
    shape.every((size, i) => size < 0 || size === tensor.shape[i]);
  if (!fits)
    throw problem({
      en: `${name ?? "a weight"} is ${tensor === undefined ? "missing" : `[${tensor.shape.join(", ")}]`}, expected f32 [${shape.join(", ")}]`,
      zh: `${name ?? "某个权重"} ${tensor === undefined ? "缺失" : `为 [${tensor.shape.join(", ")}]`}，应为 f32 [${shape.join(", ")}]`,
    });
  const bytes = new Uint8Array(tensor.bytes);
  file.read(tensor, 0, bytes);
  return new Float32Array(bytes.buffer);
}

function layerOf(file: OnnxFile, node: OnnxNode, width: number): Layer {
  const units = node.integers.get("hidden_size") ?? 0;
  if (units < 1 || units > 4096 || node.integers.get("linear_before_reset") !== 1)
    throw problem({ en: `${node.name} is another kind of recurrent layer`, zh: `${node.name} 是另一种循环层` });
  const [, inputs, states, bias] = node.inputs;
  const [w, r, b] = [values(file, inputs, [2, 3 * units, width]), values(file, states, [2, 3 * units, units]), values(file, bias, [2, 6 * units])];
  const direction = (d: number): Direction => ({
    inputs: w.subarray(d * 3 * units * width, (d + 1) * 3 * units * width),
    states: r.subarray(d * 3 * units * units, (d + 1) * 3 * units * units),
    inputBias: b.subarray(d * 6 * units, d * 6 * units + 3 * units),
    stateBias: b.subarray(d * 6 * units + 3 * units, (d + 1) * 6 * units),
  });
  return { width, units, directions: [direction(0), direction(1)] };
}

/** Reads the network of an ONNX file: its lookup, its recurrent nodes in their order, its last product and sum. Errors: `E_MODEL_TENSORS`. */
export function readLac(file: OnnxFile): LacNetwork {
  const lookup = file.nodes.find(({ operation, inputs }) => operation === "Gather" && file.tensors.get(inputs[0])?.shape.length === 2);
  const recurrent = file.nodes.filter(({ operation }) => operation === "GRU");
  const product = file.nodes.findLast(({ operation, inputs }) => operation === "MatMul" && file.tensors.has(inputs[1]));
  const sum = file.nodes.findLast(({ operation, inputs }) => operation === "Add" && file.tensors.has(inputs[1]));
  if (lookup === undefined || recurrent.length === 0 || product === undefined || sum === undefined)
    throw problem({ en: "a lookup, recurrent layers, a product and a sum are needed", zh: "需要查表、循环层、乘积与求和" });
  const [vocabularySize, width] = file.tensors.get(lookup.inputs[0])?.shape ?? [0, 0];
  const layers: Layer[] = [];
  for (const node of recurrent) layers.push(layerOf(file, node, layers.length === 0 ? width : 2 * layers[layers.length - 1].units));
  const inputs = 2 * layers[layers.length - 1].units;
  const head = values(file, product.inputs[1], [inputs, -1]);
  const bias = values(file, sum.inputs[1], [head.length / inputs]);
  return { words: values(file, lookup.inputs[0], [vocabularySize, width]), width, vocabularySize, layers, head, bias };
}

/** y = W x + b, rows of W one after another. */
function product(weight: Float32Array, bias: Float32Array, x: Float32Array, into: Float32Array): void {
  for (let o = 0; o < into.length; o++) {
    let sum = bias[o];
    for (let i = 0, at = o * x.length; i < x.length; i++, at++) sum += weight[at] * x[i];
    into[o] = sum;
  }
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** One direction over all steps: h = (1 - z) n + z h. Writes its states into the columns of `out` from `column` on. */
function walk(direction: Direction, rows: readonly Float32Array[], out: readonly Float32Array[], column: number, backward: boolean): void {
  const units = direction.stateBias.length / 3;
  const [fromInput, fromState] = [new Float32Array(3 * units), new Float32Array(3 * units)];
  const state = new Float32Array(units);
  for (let step = 0; step < rows.length; step++) {
    const at = backward ? rows.length - 1 - step : step;
    product(direction.inputs, direction.inputBias, rows[at], fromInput);
    product(direction.states, direction.stateBias, state, fromState);
    for (let u = 0; u < units; u++) {
      const keep = sigmoid(fromInput[u] + fromState[u]);
      const reset = sigmoid(fromInput[units + u] + fromState[units + u]);
      const fresh = Math.tanh(fromInput[2 * units + u] + reset * fromState[2 * units + u]);
      state[u] = (1 - keep) * fresh + keep * state[u];
    }
    out[at].set(state, column);
  }
}

/** Scores of every tag for every character, before paths are looked at. */
export function emissions(network: LacNetwork, ids: readonly number[]): Float32Array[] {
  let rows = ids.map((id) => network.words.subarray(id * network.width, (id + 1) * network.width));
  for (const { units, directions } of network.layers) {
    const out = rows.map(() => new Float32Array(2 * units));
    for (const [d, direction] of directions.entries()) walk(direction, rows, out, d * units, d === 1);
    rows = out;
  }
  const tags = network.bias.length;
  return rows.map((row) => {
    const scores = Float64Array.from(network.bias);
    for (let i = 0; i < row.length; i++) for (let t = 0; t < tags; t++) scores[t] += row[i] * network.head[i * tags + t];
    return Float32Array.from(scores);
  });
}

/** The path of tags with the best sum of scores and transitions [from, to]; of equals the first. Viterbi 1967. */
export function bestPath(scores: readonly Float32Array[], transitions: Float32Array): number[] {
  if (scores.length === 0) return [];
  const tags = scores[0].length;
  let best = Float64Array.from(scores[0]);
  const back: Int32Array[] = [];
  for (let step = 1; step < scores.length; step++) {
    const [next, from] = [new Float64Array(tags).fill(Number.NEGATIVE_INFINITY), new Int32Array(tags)];
    for (let f = 0; f < tags; f++) {
      for (let t = 0; t < tags; t++) {
        const sum = best[f] + transitions[f * tags + t];
        if (sum > next[t]) [next[t], from[t]] = [sum, f];
      }
    }
    for (let t = 0; t < tags; t++) next[t] += scores[step][t];
    best = next;
    back.push(from);
  }
  const path = [best.indexOf(Math.max(...best))];
  for (const from of back.reverse()) path.push(from[path[path.length - 1]]);
  return path.reverse();
}
