// Low-rank weights: what is added, what is trained, DoRA's norms against the whole matrix. The numbers of peft stand in test/parity.
import { expect, it } from "vitest";
import { DenseWeight, FrozenWeight, Linear, LowRankWeight } from "#nn";
import { add, gradients, matmul, multiply, packMatrix, scale, type Tensor, tensor } from "#tensor";
import { devices } from "../support/devices.ts";
import { expectNear, noise, on } from "../support/numbers.ts";

const [outputs, inputs, rank] = [5, 32, 3];

for (const { name, device } of [devices[0], devices[devices.length - 1]]) {
  const values = Float32Array.from(noise(outputs * inputs, 1));
  const part = (seed: number, ...shape: number[]) =>
    on(
      device,
      noise(
        shape.reduce((a, b) => a * b, 1),
        seed,
      ),
      shape,
    );
  const packedBase = () =>
    new FrozenWeight(
      packMatrix(device, {
        sourceType: 0,
        outputs,
        inputs,
        readRows: (first, rows, into) => into.set(new Uint8Array(values.buffer, first * inputs * 4, rows * inputs * 4)),
      }),
    );
  const parts = () => ({ a: part(2, rank, inputs).requireGrad(), b: part(3, outputs, rank).requireGrad(), scale: 0.5 });

  it(`${name}: a product is the sum of both, over packed and over dense weights, and its gradients go to the addition alone`, () => {
    const x = part(4, 2, inputs);
    const dense = tensor(values, [outputs, inputs], { device });
    for (const base of [packedBase(), new DenseWeight(dense)]) {
      const weight = new LowRankWeight({ base, ...parts() });
      const whole = add(dense, scale(matmul(weight.b, weight.a), 0.5));
      const expected = matmul(x, whole, { transposeB: true, bias: part(5, outputs) });
      const found = weight.apply(x, undefined, part(5, outputs));
      expectNear(found.dataSync(), expected.dataSync(), 1e-5);
      expectNear(weight.merged().dataSync(), whole.dataSync(), 1e-6);
      const seed = part(6, 2, outputs);
      const of = (y: Tensor) => gradients(y, [weight.a, weight.b], { seed }).map((each) => each.dataSync());
      const [a, b] = of(found);
      const [wholeA, wholeB] = of(expected);
      expectNear(a, wholeA, 1e-5);
      expectNear(b, wholeB, 1e-5);
    }
  });

  it(`${name}: a magnitude turns each row to its size; fresh, it changes nothing`, () => {
    const base = packedBase();
    const bare = new LowRankWeight({ base, ...parts() });
    const x = part(4, 2, inputs);
    const whole = bare.merged().dataSync();
    const norms = Array.from({ length: outputs }, (_, o) => Math.hypot(...whole.slice(o * inputs, (o + 1) * inputs)));
    expectNear(bare.norms().dataSync(), norms, 1e-5);
    const fresh = new LowRankWeight({ ...bare.parts, base, a: bare.a, b: bare.b, scale: 0.5, magnitude: bare.norms() });
    expectNear(fresh.apply(x).dataSync(), bare.apply(x).dataSync(), 1e-5);
    const turned = new LowRankWeight({ base, a: bare.a, b: bare.b, scale: 0.5, magnitude: multiply(bare.norms(), part(7, outputs)) });
    expectNear(turned.apply(x).dataSync(), matmul(x, turned.merged(), { transposeB: true }).dataSync(), 1e-5);
  });

  it(`${name}: a layer that has one names its parts, and trains them alone`, () => {
    const layer = new Linear(new LowRankWeight({ base: packedBase(), ...parts() }));
    expect([...layer.stateDict().keys()]).toEqual(["weight", "weight.a", "weight.b"]);
    expect(layer.trainableParameters().map(({ shape }) => shape)).toEqual([
      [rank, inputs],
      [outputs, rank],
    ]);
  });
}
