// Layers of convolution, pooling and shape against Keras's, with their gradients, from fixtures/learn/keras_layers.json.
import { describe, expect, it } from "vitest";
import { AveragePooling1D, Conv1D, Embedding, Flatten, GlobalAveragePooling1D, GlobalMaxPooling1D, type Layer, MaxPooling1D } from "#nn";
import { gradients, type Padding, type Tensor, tidy } from "#tensor";
import { cases, expectClose, type LayerCase, numbers, tensorOf } from "./support.ts";

// Arguments as Keras names them, in camel case.
function options(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()), value]),
  );
}

const makers: Readonly<Record<string, (options: Record<string, unknown>) => Layer>> = {
  Conv1D: (given) => new Conv1D(given as { filters: number; kernelSize: number; padding: Padding }),
  MaxPooling1D: (given) => new MaxPooling1D(given),
  AveragePooling1D: (given) => new AveragePooling1D(given),
  GlobalMaxPooling1D: (given) => new GlobalMaxPooling1D(given),
  GlobalAveragePooling1D: (given) => new GlobalAveragePooling1D(given),
  Flatten: (given) => new Flatten(given),
};

const all = cases<LayerCase>("keras_layers");

describe("layers as Keras has them", () => {
  it.each(all.filter(({ layer }) => Object.hasOwn(makers, layer)))("$name", ({ name, layer: type, config, ...right }) => {
    tidy(() => {
      const layer = makers[type](options(config));
      const x = tensorOf(right.inputs["x"]).requireGrad();
      layer.ensureBuilt(x.shape.slice(1));
      const weights = layer.stateDict() as ReadonlyMap<string, Tensor>;
      expect([...weights.keys()].sort()).toEqual(Object.keys(right.weights).sort());
      for (const [path, weight] of weights) weight.write(numbers(right.weights[path]));
      const y = layer.call(x);
      expect(y.shape).toEqual(right.output.shape);
      expect(y.shape.slice(1)).toEqual(layer.outputShape(x.shape.slice(1)));
      expectClose(y.dataSync(), numbers(right.output), 1e-5, name);
      const [dx, ...found] = gradients(y, [x, ...weights.values()], { seed: tensorOf(right.upstream) });
      expectClose(dx.dataSync(), numbers(right.inputGradients["x"]), 1e-5, `${name}: dx`);
      for (const [i, path] of [...weights.keys()].entries()) {
        expectClose(found[i].dataSync(), numbers(right.gradients[path]), 1e-5, `${name}: ${path}`);
      }
    });
  });

  it("GlobalAveragePooling1D counts what a mask counts", () => {
    const right = all.find(({ name }) => name === "mask_zero GlobalAveragePooling1D") as LayerCase;
    tidy(() => {
      const table = new Embedding({ inputDim: 7, outputDim: 3, maskZero: true });
      const ids = tensorOf(right.inputs["x"]);
      table.ensureBuilt([5]);
      table.embeddings.write(numbers(right.weights["embedding/embeddings"]));
      const y = new GlobalAveragePooling1D().call(table.call(ids), { mask: table.outputMask(ids) });
      expectClose(y.dataSync(), numbers(right.output), 1e-5, "output");
      const [found] = gradients(y, [table.embeddings], { seed: tensorOf(right.upstream) });
      expectClose(found.dataSync(), numbers(right.gradients["embedding/embeddings"]), 1e-5, "embeddings");
    });
  });
});
