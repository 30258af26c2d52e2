// Every operation and its gradients against PyTorch's, from fixtures/learn/ops.json, on every executor and tier.
import { describe, expect, it } from "vitest";
import {
  add,
  averagePool1d,
  type Conv1dOptions,
  conv1d,
  divide,
  elu,
  embedding,
  exp,
  full,
  gelu,
  gradients,
  layerNorm,
  leakyRelu,
  log,
  logSoftmax,
  matmul,
  max,
  maxPool1d,
  mean,
  multiply,
  relu,
  rmsNorm,
  type ScaledDotProductAttentionOptions,
  scaledDotProductAttention,
  sigmoid,
  silu,
  softmax,
  softplus,
  sqrt,
  subtract,
  sum,
  type Tensor,
  tanh,
  tidy,
  transpose,
} from "#tensor";
import { devices } from "../../support/devices.ts";
import { expectNear } from "../../support/numbers.ts";
import { cases, expectClose, type FixtureArray, numbers, tensorOf } from "./support.ts";

interface OpFixture {
  readonly name: string;
  readonly expression: string;
  readonly inputs: Readonly<Record<string, FixtureArray>>;
  readonly output: FixtureArray;
  readonly upstream: FixtureArray;
  readonly gradients: Readonly<Record<string, FixtureArray>>;
}

type Inputs = Readonly<Record<string, Tensor>>;

// PyTorch has channels before time, filters first; heads before time.
const channelsLast = (x: Tensor) => transpose(x, [0, 2, 1]);
const convolution =
  (options: Conv1dOptions) =>
  ({ x, weight, bias }: Inputs) =>
    channelsLast(conv1d(channelsLast(x), transpose(weight, [2, 1, 0]), { bias, ...options }));
const heads = (x: Tensor) => transpose(x, [0, 2, 1, 3]);
const attention =
  (options: ScaledDotProductAttentionOptions = {}) =>
  ({ q, k, v, mask }: Inputs) =>
    heads(scaledDotProductAttention(heads(q), heads(k), heads(v), { ...options, keySegments: mask, firstSegment: mask ? 1 : 0 }));

/** What each expression of the generator is here. */
const same: Readonly<Record<string, (inputs: Inputs) => Tensor>> = {
  "F.gelu(x, approximate='tanh')": ({ x }) => gelu(x, { approximate: "tanh" }),
  "F.gelu(x)": ({ x }) => gelu(x),
  "F.relu(x)": ({ x }) => relu(x),
  "F.leaky_relu(x, 0.2)": ({ x }) => leakyRelu(x, 0.2),
  "F.leaky_relu(x)": ({ x }) => leakyRelu(x),
  "F.silu(x)": ({ x }) => silu(x),
  "torch.sigmoid(x)": ({ x }) => sigmoid(x),
  "torch.tanh(x)": ({ x }) => tanh(x),
  "F.softplus(x)": ({ x }) => softplus(x),
  "F.elu(x, 0.7)": ({ x }) => elu(x, 0.7),
  "torch.exp(x)": ({ x }) => exp(x),
  "torch.log(x)": ({ x }) => log(x),
  "torch.sqrt(x)": ({ x }) => sqrt(x),
  "torch.rsqrt(x)": ({ x }) => divide(full(x, [1], 1), sqrt(x)),
  "x + y": ({ x, y }) => add(x, y),
  "x - y": ({ x, y }) => subtract(x, y),
  "x * y": ({ x, y }) => multiply(x, y),
  "x / y": ({ x, y }) => divide(x, y),
  "x.sum()": ({ x }) => sum(x),
  "x.mean()": ({ x }) => mean(x),
  "x.sum(1, keepdim=True)": ({ x }) => sum(x, { axis: 1, keepDimensions: true }),
  ...Object.fromEntries(
    [0, 1, 2].flatMap((axis) => [
      [`x.sum(${axis})`, ({ x }: Inputs) => sum(x, { axis })],
      [`x.mean(${axis})`, ({ x }: Inputs) => mean(x, { axis })],
      [`x.amax(${axis})`, ({ x }: Inputs) => max(x, { axis })],
    ]),
  ),
  "F.softmax(x, -1)": ({ x }) => softmax(x),
  "F.log_softmax(x, -1)": ({ x }) => logSoftmax(x),
  ...Object.fromEntries(
    [7, 16, 33].flatMap((width) => [
      [`F.layer_norm(x, (${width},), weight, bias, 1e-5)`, ({ x, weight, bias }: Inputs) => layerNorm(x, weight, bias, 1e-5)],
      [`F.rms_norm(x, (${width},), weight, 1e-5)`, ({ x, weight }: Inputs) => rmsNorm(x, weight, 1e-5)],
    ]),
  ),
  "F.layer_norm(x, (10,), weight, bias, 1e-3)": ({ x, weight, bias }) => layerNorm(x, weight, bias, 1e-3),
  "F.layer_norm(x, (6,), weight, bias, 1e-5)": ({ x, weight, bias }) => layerNorm(x, weight, bias, 1e-5),
  "x @ y": ({ x, y }) => matmul(x, y),
  "x @ y.T": ({ x, y }) => matmul(x, y, { transposeB: true }),
  "x.T @ y": ({ x, y }) => matmul(x, y, { transposeA: true }),
  "x.T @ y.T": ({ x, y }) => matmul(x, y, { transposeA: true, transposeB: true }),
  "x @ y.transpose(1, 2)": ({ x, y }) => matmul(x, y, { transposeB: true }),
  "x @ y.transpose(2, 3)": ({ x, y }) => matmul(x, y, { transposeB: true }),
  "F.linear(x, weight, bias)": ({ x, weight, bias }) => matmul(x, weight, { transposeB: true, bias }),
  "F.embedding(ids, weight)": ({ ids, weight }) => embedding(weight, ids),
  "F.conv1d(x, weight, bias)": convolution({}),
  "F.conv1d(x, weight, bias, padding='same')": convolution({ padding: "same" }),
  "F.conv1d(F.pad(x, (2, 0)), weight, bias)": convolution({ padding: "causal" }),
  "F.conv1d(F.pad(x, (4, 0)), weight, bias, dilation=2)": convolution({ padding: "causal", dilation: 2 }),
  "F.conv1d(x, weight, bias, stride=2)": convolution({ stride: 2 }),
  "F.conv1d(x, weight, bias, dilation=2)": convolution({ dilation: 2 }),
  "F.conv1d(x, weight, bias, padding='same', dilation=2)": convolution({ padding: "same", dilation: 2 }),
  "F.max_pool1d(x, 2)": ({ x }) => channelsLast(maxPool1d(channelsLast(x))),
  "F.max_pool1d(x, 3, stride=1)": ({ x }) => channelsLast(maxPool1d(channelsLast(x), { poolSize: 3, strides: 1 })),
  "F.avg_pool1d(x, 2)": ({ x }) => channelsLast(averagePool1d(channelsLast(x))),
  "F.avg_pool1d(x, 3, stride=1)": ({ x }) => channelsLast(averagePool1d(channelsLast(x), { poolSize: 3, strides: 1 })),
  "F.scaled_dot_product_attention(q, k, v)": attention(),
  "F.scaled_dot_product_attention(q, k, v, is_causal=True)": attention({ causal: true }),
  "F.scaled_dot_product_attention(q, k, v, scale=1.0)": attention({ scale: 1 }),
  "F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)": attention({ causal: true }),
  "F.scaled_dot_product_attention(q, k, v, enable_gqa=True)": attention(),
  "F.scaled_dot_product_attention(q, k, v, attn_mask=mask.bool()[:, None, None])": attention(),
  "F.scaled_dot_product_attention(q, k, v, attn_mask=mask.bool()[:, None, None] & torch.ones(7, 7, dtype=torch.bool).tril())": attention({
    causal: true,
  }),
};

describe("operations and their gradients as PyTorch has them", () => {
  const all = cases<OpFixture>("ops");

  it.each(all)("$name", ({ name, expression, inputs, output, upstream, gradients: right }) => {
    const run = same[expression];
    // Far out gradients are what is left of terms of one another's size: they are held against the size of those, about 1.
    const check = name.endsWith(" far") ? expectNear : expectClose;
    expect(run, expression).toBeDefined();
    for (const { name: executor, device } of devices) {
      tidy(() => {
        const given = Object.fromEntries(Object.entries(inputs).map(([key, array]) => [key, tensorOf(array, device)]));
        const wanted = Object.keys(right);
        for (const key of wanted) given[key].requireGrad();
        const y = run(given);
        expect(y.shape, executor).toEqual(output.shape);
        check(y.dataSync(), numbers(output), 1e-5, `${name} on ${executor}`);
        const found = gradients(
          y,
          wanted.map((key) => given[key]),
          { seed: tensorOf(upstream, device) },
        );
        for (const [i, key] of wanted.entries()) check(found[i].dataSync(), numbers(right[key]), 1e-5, `${name} on ${executor}: d${key}`);
      });
    }
  });
});
