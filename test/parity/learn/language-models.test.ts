// GPT and Llama block stacks against PyTorch: logits, loss, all gradients, ten steps of losses, on every executor.
import { describe, expect, it } from "vitest";
import {
  AdamW,
  Decoder,
  DecoderBlock,
  DenseWeight,
  decayGroups,
  GatedMlp,
  GroupedQueryAttention,
  LayerNorm,
  Linear,
  Mlp,
  RMSNorm,
  RotaryPositions,
  TokenEmbedding,
} from "#nn";
import { type Device, gelu, gradients, type Tensor, tensor, tidy } from "#tensor";
import { devices } from "../../support/devices.ts";
import { cases, expectClose, expectLosses, type FixtureArray, type ModelCase, numbers, tensorOf } from "./support.ts";

/** A decoder, and which of its tensors each weight of the fixture is (a part of one, where the fixture has several in one). */
interface Built {
  readonly decoder: Decoder;
  readonly places: ReadonlyMap<string, readonly Tensor[]>;
}

class Weights {
  readonly places = new Map<string, readonly Tensor[]>();
  readonly #arrays: Readonly<Record<string, FixtureArray>>;
  readonly #device: Device;

  constructor(arrays: Readonly<Record<string, FixtureArray>>, device: Device) {
    this.#arrays = arrays;
    this.#device = device;
  }

  take(name: string): Tensor {
    const [made] = this.split(name, 1);
    return made;
  }

  /** A weight cut into equal parts along its first dimension. */
  split(name: string, parts: number): Tensor[] {
    const { shape } = this.#arrays[name];
    const values = numbers(this.#arrays[name]) as Float32Array;
    const size = values.length / parts;
    const made = Array.from({ length: parts }, (_, i) =>
      tensor(values.slice(i * size, (i + 1) * size), [shape[0] / parts, ...shape.slice(1)], { device: this.#device }).requireGrad(),
    );
    this.places.set(name, made);
    return made;
  }

  linear(name: string, bias: boolean): Linear {
    return new Linear(new DenseWeight(this.take(`${name}.weight`)), bias ? this.take(`${name}.bias`) : undefined);
  }
}

function gpt({ config, weights: arrays }: ModelCase, device: Device): Built {
  const weights = new Weights(arrays, device);
  const [width, heads, layers, eps] = [config.width, config.heads, config.layers, config.eps].map(Number);
  const norm = (name: string) => new LayerNorm(weights.take(`${name}.weight`), weights.take(`${name}.bias`), eps);
  const block = (layer: number) => {
    const at = (name: string) => `transformer.h.${layer}.${name}`;
    const qkv = weights.split(at("attn.c_attn.weight"), 3);
    const biases = weights.split(at("attn.c_attn.bias"), 3);
    const [query, key, value] = qkv.map((weight, i) => new Linear(new DenseWeight(weight), biases[i]));
    return new DecoderBlock({
      attentionNorm: norm(at("ln_1")),
      attention: new GroupedQueryAttention({
        query,
        key,
        value,
        output: weights.linear(at("attn.c_proj"), true),
        heads,
        keyValueHeads: heads,
        width: width / heads,
        layer,
      }),
      mlpNorm: norm(at("ln_2")),
      mlp: new Mlp({
        up: weights.linear(at("mlp.c_fc"), true),
        down: weights.linear(at("mlp.c_proj"), true),
        activation: (x) => gelu(x, { approximate: "tanh" }),
      }),
    });
  };
  const decoder = new Decoder({
    embedding: new TokenEmbedding(new DenseWeight(weights.take("transformer.wte.weight"))),
    positions: new TokenEmbedding(new DenseWeight(weights.take("transformer.wpe.weight"))),
    layers: Array.from({ length: layers }, (_, i) => block(i)),
    norm: norm("transformer.ln_f"),
    head: new DenseWeight(weights.take("lm_head.weight")),
  });
  return { decoder, places: weights.places };
}

function llama({ config, weights: arrays }: ModelCase, device: Device): Built {
  const weights = new Weights(arrays, device);
  const [width, heads, keyValueHeads, layers, epsilon] = [config.width, config.heads, config.keyValueHeads, config.layers, config.eps].map(Number);
  const norm = (name: string) => new RMSNorm(weights.take(`${name}.weight`), epsilon);
  const positions = new RotaryPositions(device, { width: width / heads, base: Number(config.ropeBase), positions: 64, adjacent: false });
  const block = (layer: number) => {
    const at = (name: string) => `model.layers.${layer}.${name}`;
    const linear = (name: string) => weights.linear(at(name), false);
    return new DecoderBlock({
      attentionNorm: norm(at("input_layernorm")),
      attention: new GroupedQueryAttention({
        query: linear("self_attn.q_proj"),
        key: linear("self_attn.k_proj"),
        value: linear("self_attn.v_proj"),
        output: linear("self_attn.o_proj"),
        heads,
        keyValueHeads,
        width: width / heads,
        positions,
        layer,
      }),
      mlpNorm: norm(at("post_attention_layernorm")),
      mlp: new GatedMlp({ gate: linear("mlp.gate_proj"), up: linear("mlp.up_proj"), down: linear("mlp.down_proj") }),
    });
  };
  const decoder = new Decoder({
    embedding: new TokenEmbedding(new DenseWeight(weights.take("model.embed_tokens.weight"))),
    layers: Array.from({ length: layers }, (_, i) => block(i)),
    norm: norm("model.norm"),
    head: new DenseWeight(weights.take("lm_head.weight")),
  });
  return { decoder, places: weights.places };
}

const families = { gpt, llama } as const;

describe.each(["gpt", "llama"] as const)("%s", (family) => {
  const [one] = cases<ModelCase>(family);
  const [batch, length] = one.inputs.ids.shape;
  const positions = (device: Device) =>
    tensor(
      Int32Array.from({ length: batch * length }, (_, i) => i % length),
      undefined,
      { device },
    );
  const inputs = (device: Device) => [
    tensorOf(one.inputs.ids, device).reshape([batch * length]),
    tensorOf(one.targets, device).reshape([batch * length]),
  ];

  it.each(devices)("has PyTorch's logits, loss and gradients on $name", ({ device }) => {
    const { decoder, places } = families[family](one, device);
    const [ids, targets] = inputs(device);
    const logits = tidy(() => decoder.logits(decoder.hidden(ids, { batch, length, places: positions(device) })).dataSync());
    expectClose(logits, numbers(one.outputs.logits), 1e-5, "logits");
    const loss = decoder.loss(ids, targets, { batch, length, places: positions(device) });
    expect(Math.abs(loss.dataSync()[0] - one.loss) / one.loss).toBeLessThan(1e-5);
    const names = [...places.keys()];
    const found = gradients(loss, [...places.values()].flat()).map((gradient) => gradient.dataSync());
    for (const name of names) {
      const parts = (places.get(name) ?? []).map(() => Array.from(found.shift() ?? []));
      // The gradient of key biases is nothing but rounding.
      if (!name.endsWith("c_attn.bias")) expectClose(parts.flat(), numbers(one.gradients[name]), 1e-4, name);
    }
  });

  it.each(one.runs.map((run) => [JSON.stringify(run.settings), run] as const))("has PyTorch's losses over ten steps of AdamW %s", (_, run) => {
    const { lr, betas, eps, weight_decay, decayOnlyMatrices, clipNorm } = run.settings as {
      lr: number;
      betas: [number, number];
      eps: number;
      weight_decay: number;
      decayOnlyMatrices?: boolean;
      clipNorm?: number;
    };
    const { device } = devices[devices.length - 1];
    const { decoder } = families[family](one, device);
    const [ids, targets] = inputs(device);
    const parameters = decayOnlyMatrices ? decayGroups(decoder) : decoder.trainableParameters();
    const optimizer = new AdamW(parameters, {
      learningRate: lr,
      beta1: betas[0],
      beta2: betas[1],
      epsilon: eps,
      weightDecay: weight_decay,
      maxGradNorm: clipNorm,
    });
    const losses = run.losses.map(() =>
      tidy(() => {
        optimizer.zeroGrad();
        const loss = decoder.loss(ids, targets, { batch, length, places: positions(device) });
        loss.backward();
        optimizer.step();
        return loss.dataSync()[0];
      }),
    );
    expectLosses(losses, run.losses, "loss");
  });
});
