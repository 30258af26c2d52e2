// Encoder-decoder models against PyTorch: logits, memory, attention, loss, all gradients, ten steps of losses.
import { describe, expect, it } from "vitest";
import { RecurrentEncoderDecoder, TransformerEncoderDecoder } from "#models";
import { Adam, type Module } from "#nn";
import { gradients, type Tensor, tidy, transpose } from "#tensor";
import { cases, expectClose, expectLosses, type ModelCase, numbers, tensorOf } from "./support.ts";

/** Where a weight of the fixture lies in ours: rows `part` of `parts` of it, turned where ours is [in, out]; of several of ours, the gradient is that of each. */
interface Place {
  readonly own: string;
  readonly part?: number;
  readonly parts?: number;
  readonly turned?: boolean;
}

function place(name: string): Place[] {
  const qkv = (own: string, kind: string) =>
    ["query", "key", "value"].map((each, part): Place => ({ own: `${own}.${each}.${kind}`, part, parts: 3 }));
  const renamed = name
    .replace(/^transformer\.(encoder|decoder)\.layers\.(\d+)/, "$1.$2")
    .replace(/^transformer\.(encoder|decoder)\.norm/, "$1Norm")
    .replace("linear1", "mlp.up")
    .replace("linear2", "mlp.down")
    .replace("self_attn", "attention")
    .replace("multihead_attn", "cross")
    .replace("out_proj", "output")
    .replace(/^source_embedding/, "sourceEmbedding")
    .replace(/^target_embedding/, "targetEmbedding")
    .replace(/^embedding/, "sourceEmbedding")
    .replace("norm1", "attentionNorm")
    .replace("norm3", "mlpNorm")
    .replace("norm2", name.includes(".decoder.") ? "crossNorm" : "mlpNorm");
  const packed = /^(.*)\.in_proj_(weight|bias)$/.exec(renamed);
  if (packed) return qkv(packed[1], packed[2]);
  const recurrent = /^(encoder|decoder)\.(weight_ih|weight_hh|bias_ih|bias_hh)_l0$/.exec(renamed);
  if (recurrent) {
    const own = { weight_ih: "kernel", weight_hh: "recurrentKernel", bias_ih: "bias", bias_hh: "bias" }[recurrent[2]] as string;
    return [{ own: `${recurrent[1]}.${own}`, turned: own !== "bias" }];
  }
  return [{ own: renamed }];
}

// Ours has one bias where PyTorch's LSTM has two: their sum.
function load(model: Module, one: ModelCase): void {
  const own = model.stateDict() as Map<string, Tensor>;
  const written = new Map<string, Float32Array>();
  for (const [name, array] of Object.entries(one.weights)) {
    for (const { own: to, part = 0, parts = 1, turned } of place(name)) {
      const whole = turned ? transpose(tensorOf(array)).dataSync() : numbers(array);
      const size = whole.length / parts;
      const values = Float32Array.from(whole.slice(part * size, (part + 1) * size), (value, i) => value + (written.get(to)?.[i] ?? 0));
      written.set(to, values);
      const weight = own.get(to);
      expect(weight, `${name} -> ${to}`).toBeDefined();
      weight?.write(values);
    }
  }
  expect([...written.keys()].sort()).toEqual([...own.keys()].sort());
}

function build(one: ModelCase): RecurrentEncoderDecoder | TransformerEncoderDecoder {
  const { config, weights } = one;
  const rows = (name: string) => weights[name]?.shape[0];
  const sourceVocabulary = rows("source_embedding.weight") ?? rows("embedding.weight");
  const targetVocabulary = rows("target_embedding.weight") ?? rows("embedding.weight");
  const model =
    one.name === "luong"
      ? new RecurrentEncoderDecoder({ sourceVocabulary, targetVocabulary, units: Number(config.units), embedding: Number(config.embedding) })
      : new TransformerEncoderDecoder({
          sourceVocabulary,
          targetVocabulary,
          width: Number(config.width),
          heads: Number(config.heads),
          layers: Number(config.layers),
          mlpWidth: Number(config.feedForward),
          norm: config.normFirst ? "pre" : "post",
          activation: config.activation as "relu" | "gelu",
          shared: config.shared === true,
        });
  load(model, one);
  return model;
}

describe.each([...cases<ModelCase>("seq2seq"), ...cases<ModelCase>("transformer")].map((one) => [one.name, one] as const))("%s", (_, one) => {
  const [source, target] = [tensorOf(one.inputs.source), tensorOf(one.inputs.target)];
  const answers = tensorOf(one.targets);
  const labelSmoothing = Number(one.config.labelSmoothing ?? 0);
  const counted = [...answers.dataSync()].map((id) => id !== 0);
  const rowsThatCount = (values: ArrayLike<number>, flags: readonly boolean[]) => {
    const width = values.length / flags.length;
    return Array.from(values).filter((__, i) => flags[Math.floor(i / width)]);
  };

  it("has PyTorch's logits, memory and attention", () => {
    const model = build(one);
    const encoded = model.encode(source);
    // Where the target is padding PyTorch hides keys that ours, being causal, sees: those places do not count.
    expectClose(
      rowsThatCount(model.decode(target, encoded).dataSync(), counted),
      rowsThatCount(numbers(one.outputs.logits), counted),
      1e-5,
      "logits",
    );
    const read = [...source.dataSync()].map((id) => id !== 0);
    expectClose(rowsThatCount(encoded.memory.dataSync(), read), rowsThatCount(numbers(one.outputs.memory), read), 1e-5, "memory");
    if (one.outputs.attention) {
      const [weights] = model.attentionWeights(target, encoded);
      expectClose(weights.dataSync(), numbers(one.outputs.attention), 1e-5, "attention");
    } else {
      for (const weights of model.attentionWeights(target, encoded)) {
        const sums = Array.from(weights.dataSync()).reduce((sum, value) => sum + value, 0);
        expect(sums).toBeCloseTo(weights.shape[0] * weights.shape[1] * weights.shape[2], 2);
      }
    }
  });

  it("has PyTorch's loss and gradients", () => {
    const model = build(one);
    const own = model.stateDict() as Map<string, Tensor>;
    const loss = model.loss(source, target, answers, { labelSmoothing });
    expect(Math.abs(loss.dataSync()[0] - one.loss) / one.loss).toBeLessThan(1e-5);
    const names = [...own.keys()];
    const found = new Map(gradients(loss, [...own.values()]).map((gradient, i) => [names[i], gradient]));
    for (const [name, array] of Object.entries(one.gradients)) {
      const places = place(name);
      const parts = places.map(({ own: at, turned }) => {
        const gradient = found.get(at) as Tensor;
        return [...(turned ? transpose(gradient) : gradient).dataSync()];
      });
      // The gradient of key biases is nothing but rounding.
      if (name.endsWith("in_proj_bias")) parts[1] = [...numbers(array).slice(parts[0].length, 2 * parts[0].length)];
      expectClose(parts.flat(), numbers(array), 1e-4, name);
    }
  });

  it("has PyTorch's losses over ten steps of Adam", () => {
    const model = build(one);
    const [run] = one.runs;
    const { lr, betas, eps } = run.settings as { lr: number; betas: [number, number]; eps: number };
    // Two biases of one sum move twice as far together as one alone: only PyTorch's LSTM has them, and Adam's steps of both are the same.
    const twice =
      one.name === "luong"
        ? model
            .trainableParameters()
            .filter((parameter) => parameter === model.stateDict().get("encoder.bias") || parameter === model.stateDict().get("decoder.bias"))
        : [];
    const others = model.trainableParameters().filter((parameter) => !twice.includes(parameter));
    const groups = [{ parameters: others }, ...(twice.length > 0 ? [{ parameters: twice, learningRateScale: 2 }] : [])];
    const optimizer = new Adam(groups, { learningRate: lr, beta1: betas[0], beta2: betas[1], epsilon: eps });
    const losses = run.losses.map(() =>
      tidy(() => {
        optimizer.zeroGrad();
        const loss = model.loss(source, target, answers, { labelSmoothing });
        loss.backward();
        optimizer.step();
        return loss.dataSync()[0];
      }),
    );
    expectLosses(losses, run.losses, "loss");
  });
});
