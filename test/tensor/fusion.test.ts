// Each fusion rule against its unfused list, on every executor and tier: the same bits, that it fired, and that it stays away where it must.
import { describe, expect, it } from "vitest";
import {
  add,
  type Device,
  defineOp,
  type Fusion,
  gelu,
  type Outputs,
  packedLinear,
  quantizeRows,
  type RegisterSet,
  record,
  relu,
  rmsNorm,
  rotary,
  selectRow,
  siluMultiply,
  type Tensor,
  unpackedLinear,
  zeros,
} from "#tensor";
import { devices } from "../support/devices.ts";
import { expectBits, noise, on, packed } from "../support/numbers.ts";

const [ROWS, WIDTH] = [5, 64];

function materials(device: Device) {
  const values = (seed: number) => on(device, noise(ROWS * WIDTH, seed, 2), [ROWS, WIDTH]);
  const matrix = (type: "Q4_1" | "Q8_0" | "F32", seed: number) => packed(device, type, noise(WIDTH * WIDTH, seed, 0.5), WIDTH, WIDTH).matrix;
  const angles = noise((ROWS * WIDTH) / 2, 7);
  return {
    x: values(1),
    z: values(2),
    weight: on(device, noise(WIDTH, 3), [WIDTH]),
    other: on(device, noise(WIDTH, 8), [WIDTH]),
    table: on(
      device,
      [...angles].flatMap((angle) => [Math.cos(angle), Math.sin(angle)]),
      [ROWS, WIDTH / 2, 2],
    ),
    q4: matrix("Q4_1", 4),
    q8: matrix("Q8_0", 5),
    f32: matrix("F32", 6),
    norm: (x: Tensor) => rmsNorm(x, on(device, noise(WIDTH, 3), [WIDTH]), 1e-5),
    turn: (x: Tensor) =>
      rotary(
        x.reshape([ROWS, 1, WIDTH]),
        on(
          device,
          [...angles].flatMap((a) => [Math.cos(a), Math.sin(a)]),
          [ROWS, WIDTH / 2, 2],
        ),
        { start: 0 },
      ),
  };
}

type Materials = ReturnType<typeof materials>;
type Function = (on: Materials, registers: RegisterSet) => Outputs;

const fast = { precision: "fast" } as const;
const tensorsOf = (outputs: Outputs): readonly Tensor[] => ("dataSync" in outputs ? [outputs as Tensor] : Object.values(outputs).flatMap(tensorsOf));

const bytesOf = (tensor: Tensor) => new Uint8Array(tensor.dataSync().buffer);

/** Records with and without a rule, compares all bits, and gives the kernels of both. */
function kernels(device: Device, rule: Fusion, fn: Function, { rows, without = [] }: { rows?: number; without?: readonly Fusion[] } = {}) {
  const lists = [without, [...without, rule]].map((fuse) => {
    // Inputs of their own: a function may change them in place.
    const on = materials(device);
    const recording = record(device, (registers) => fn(on, registers), { fuse });
    recording.run(rows === undefined ? {} : { rows });
    return {
      kernels: recording.commands.map(({ kernel, flags }) => (flags["accumulate"] ? `${kernel}+` : kernel)),
      outputs: tensorsOf(recording.outputs),
      recording,
    };
  });
  const [plain, fused] = lists;
  for (const [i, output] of plain.outputs.entries()) {
    const valid = rows === undefined ? output.shape[0] : rows;
    expectBits(bytesOf(fused.outputs[i].rows(0, valid)), bytesOf(output.rows(0, valid)), `output ${i}`);
  }
  for (const { recording } of lists) recording.dispose();
  return { plain: plain.kernels, fused: fused.kernels };
}

describe.each(devices)("rmsNormQuantize on $name", ({ device }) => {
  const fires = (fn: Function, rows?: number) => {
    const { plain, fused } = kernels(device, "rmsNormQuantize", fn, { rows });
    expect(plain).toEqual(["rmsNorm", "quantizeRows", "linearInt8"]);
    expect(fused).toEqual(["rmsNormQuantize", "linearInt8"]);
  };

  it("makes one kernel of a norm that is read by the rounding alone, with the same bits", () => {
    fires(({ x, weight, q4 }) => packedLinear(rmsNorm(x, weight, 1e-5), q4, fast));
    fires(({ x, weight, q8 }) => packedLinear(rmsNorm(x, weight, 0.1), q8, fast));
  });

  it("does so for some of the rows, too", () => {
    const some: Function = ({ x, weight, q4 }, registers) => {
      const rows = registers.define("rows");
      return packedLinear(rmsNorm(x, weight, 1e-5, { rows }), q4, { ...fast, rows });
    };
    for (const rows of [1, 3, ROWS]) fires(some, rows);
  });

  const stays: Record<string, Function> = {
    "the norm is read by another, too": ({ x, norm, q4 }) => {
      const y = norm(x);
      return add(packedLinear(y, q4, fast), y);
    },
    "the norm is an output": ({ x, norm, q4 }) => {
      const y = norm(x);
      return [packedLinear(y, q4, fast), y];
    },
    "an adapter stands in between": ({ x, z, norm, q4 }) => packedLinear(add(norm(x), z), q4, fast),
    "the precision is another": ({ x, norm, q4 }) => packedLinear(norm(x), q4, { precision: "exact" }),
    "the weights have no blocks": ({ x, norm, f32 }) => packedLinear(norm(x), f32, fast),
    "only some of its rows are rounded": ({ x, norm, q4 }) => packedLinear(norm(x).rows(1, 2), q4, fast),
    "its rows are cut anew": ({ x, norm }) => quantizeRows(norm(x).reshape([2 * ROWS, WIDTH / 2])),
    "what it reads changes before it is rounded": ({ x, z, norm, turn, q4 }) => {
      const sum = add(x, z);
      const y = norm(sum);
      turn(sum);
      return [packedLinear(y, q4, fast), sum];
    },
    "it changes itself before it is rounded": ({ x, norm, turn, q4 }) => {
      const y = norm(x);
      turn(y);
      return packedLinear(y, q4, fast);
    },
  };
  it.each(Object.entries(stays))("stays away where %s", (_, fn) => {
    const { plain, fused } = kernels(device, "rmsNormQuantize", fn);
    expect(fused).toEqual(plain);
  });
});

describe.each(devices)("siluMultiplyQuantize on $name", ({ device }) => {
  it("makes one kernel of a gated activation that is read by the rounding alone, with the same bits", () => {
    for (const weights of ["q4", "q8"] as const) {
      const { plain, fused } = kernels(device, "siluMultiplyQuantize", (on) => packedLinear(siluMultiply(on.x, on.z), on[weights], fast));
      expect(plain).toEqual(["siluMultiply", "quantizeRows", "linearInt8"]);
      expect(fused).toEqual(["siluMultiplyQuantize", "linearInt8"]);
    }
  });

  it("does so for some of the rows, and where the elements are cut into other rows", () => {
    const some: Function = ({ x, z, q4 }, registers) => {
      const rows = registers.define("rows");
      return packedLinear(siluMultiply(x, z, { rows }), q4, { ...fast, rows });
    };
    for (const rows of [1, 4]) expect(kernels(device, "siluMultiplyQuantize", some, { rows }).fused).toEqual(["siluMultiplyQuantize", "linearInt8"]);
    const cut: Function = ({ x, z }) => quantizeRows(siluMultiply(x, z).reshape([2 * ROWS, WIDTH / 2]));
    expect(kernels(device, "siluMultiplyQuantize", cut).fused).toEqual(["siluMultiplyQuantize"]);
  });

  const stays: Record<string, Function> = {
    "it is read by another, too": ({ x, z, q4, f32 }) => {
      const y = siluMultiply(x, z);
      return add(packedLinear(y, q4, fast), packedLinear(y, f32));
    },
    "it is an output": ({ x, z, q4 }) => {
      const y = siluMultiply(x, z);
      return [packedLinear(y, q4, fast), y];
    },
    "an adapter stands in between": ({ x, z, q4 }) => packedLinear(add(siluMultiply(x, z), z), q4, fast),
    "the precision is another": ({ x, z, q4 }) => packedLinear(siluMultiply(x, z), q4, { precision: "bf16" }),
    "the up half changes before it is rounded": ({ x, z, turn, q4 }) => {
      const up = add(x, z);
      const y = siluMultiply(x, up);
      turn(up);
      return [packedLinear(y, q4, fast), up];
    },
  };
  it.each(Object.entries(stays))("stays away where %s", (_, fn) => {
    const { plain, fused } = kernels(device, "siluMultiplyQuantize", fn);
    expect(fused).toEqual(plain);
  });
});

describe.each(devices)("linearInt8Quantize on $name", ({ device }) => {
  const product = ["quantizeRows", "linearInt8"];

  it("makes one kernel of a product, its activation and the rounding that alone reads it, with the same bits", () => {
    for (const weights of ["q4", "q8"] as const) {
      const mlp: Function = (on) => packedLinear(gelu(packedLinear(on.x, on[weights], { ...fast, bias: on.other })), on.q8, fast);
      const { plain, fused } = kernels(device, "linearInt8Quantize", mlp);
      expect(plain).toEqual([...product, "unary", ...product]);
      expect(fused).toEqual(["quantizeRows", "linearInt8Quantize", "linearInt8"]);
    }
  });

  const stays: Record<string, Function> = {
    "the product is read by another, too": ({ x, q4, q8 }) => {
      const y = packedLinear(x, q4, fast);
      return add(packedLinear(relu(y), q8, fast), y);
    },
    "the activation is read by another, too": ({ x, q4, q8 }) => {
      const y = relu(packedLinear(x, q4, fast));
      return add(packedLinear(y, q8, fast), y);
    },
    "the activation is an output": ({ x, q4, q8 }) => {
      const y = relu(packedLinear(x, q4, fast));
      return [packedLinear(y, q8, fast), y];
    },
    "the product is not of integers": ({ x, f32, q8 }) => packedLinear(relu(packedLinear(x, f32)), q8, fast),
    "its rows are cut anew": ({ x, q4 }) => quantizeRows(relu(packedLinear(x, q4, fast)).reshape([2 * ROWS, WIDTH / 2])),
    "only some of its rows are rounded": ({ x, q4 }) => quantizeRows(relu(packedLinear(x, q4, fast)), { rows: 2 }),
  };
  it.each(Object.entries(stays))("stays away where %s", (_, fn) => {
    const { plain, fused } = kernels(device, "linearInt8Quantize", fn);
    expect(fused).toEqual(plain);
  });
});

describe.each(devices)("reuse on $name", ({ device }) => {
  it("rounds one x once for three products", () => {
    const { plain, fused } = kernels(device, "reuse", ({ x, q4, q8 }) => [q4, q8, q4].map((matrix) => packedLinear(x, matrix, fast)));
    expect(plain).toEqual(["quantizeRows", "linearInt8", "quantizeRows", "linearInt8", "quantizeRows", "linearInt8"]);
    expect(fused).toEqual(["quantizeRows", "linearInt8", "linearInt8", "linearInt8"]);
  });

  it("follows chains: what reads equal values is equal itself", () => {
    const { fused } = kernels(device, "reuse", ({ x, norm, q4, q8 }) => {
      // One weight: two norms by the same tensor.
      const weight = norm(x).rows(0, 1).reshape([WIDTH]);
      return [q4, q8].map((matrix) => packedLinear(rmsNorm(x, weight, 1e-5), matrix, fast));
    });
    expect(fused).toEqual(["rmsNorm", "rmsNorm", "quantizeRows", "linearInt8", "linearInt8"]);
  });

  it("tells sizes apart that JSON writes alike", () => {
    const full = defineOp<[like: Tensor, value: number]>({
      name: "full",
      shape: ([like]) => like,
      forward: (run, [, value], y) => run.fill({ y, n: y.size, value }),
    });
    const like = on(device, [0, 0], [2]);
    const values = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0];
    const recording = record(device, () => values.map((value) => full(like, value)));
    recording.run();
    expect(recording.outputs.map((output) => output.dataSync()[1])).toEqual(values);
  });

  it("unpacks a matrix for each product anew, so that it lies there for one at a time", () => {
    const { plain, fused } = kernels(device, "reuse", ({ x, z, q4 }) => [x, z].map((rows) => unpackedLinear(rows, q4)));
    expect(plain).toEqual(["unpackRows", "matmul", "unpackRows", "matmul"]);
    expect(fused).toEqual(plain);
  });

  const stays: Record<string, Function> = {
    "x changes in between": ({ x, z, turn, q4 }) => {
      const sum = add(x, z);
      const before = packedLinear(sum, q4, fast);
      turn(sum);
      return [before, packedLinear(sum, q4, fast)];
    },
    "other rows are valid": ({ x, q4 }, registers) => [
      packedLinear(x, q4, { ...fast, rows: registers.define("rows") }),
      packedLinear(x, q4, { ...fast, rows: registers.derive("one", () => 1) }),
    ],
    "x is another part of the same memory": ({ x, q4 }) => [packedLinear(x.rows(0, 2), q4, fast), packedLinear(x.rows(2, 2), q4, fast)],
    "a size is another": ({ x, weight }) => [rmsNorm(x, weight, 1e-5), rmsNorm(x, weight, 1e-4)].map((y) => selectRow(y, 0)),
    "a weight is another": ({ x, weight, other }) => [rmsNorm(x, weight, 1e-5), rmsNorm(x, other, 1e-5)].map((y) => selectRow(y, 0)),
    "both are outputs": ({ x, z }) => [add(x, z), add(x, z)],
    "one of the results changes later": ({ x, weight, turn }) => {
      const [first, second] = [rmsNorm(x, weight, 1e-5), rmsNorm(x, weight, 1e-5)];
      turn(second);
      return [selectRow(first, 0), selectRow(second, 0), selectRow(first, 1)];
    },
  };
  it.each(Object.entries(stays))("stays away where %s", (_, fn) => {
    const rows = _.startsWith("other rows") ? 1 : undefined;
    const { plain, fused } = kernels(device, "reuse", fn, { rows });
    expect(fused).toEqual(plain);
  });
});

describe.each(devices)("accumulate on $name", ({ device }) => {
  it.each(["f32", "q4", "q8"] as const)("adds a product to its residual in place, from both sides (%s)", (weights) => {
    const sides: ((on: Materials) => Tensor)[] = [
      (on) => add(add(on.x, on.z), packedLinear(on.x, on[weights])),
      (on) => add(packedLinear(on.x, on[weights]), add(on.x, on.z)),
    ];
    for (const fn of sides) {
      const { plain, fused } = kernels(device, "accumulate", (on) => selectRow(fn(on), 2));
      expect(plain.toSorted()).toEqual(["add", "add", "linear", "selectRow"]);
      expect(fused).toEqual(["add", "linear+", "selectRow"]);
    }
  });

  it.each(["q4", "q8"] as const)("does so in int8, for all rows and for some (%s)", (weights) => {
    const fn: Function = (on, registers) => {
      const rows = registers.define("rows");
      const residual = add(on.x, on.z, { rows });
      const y = add(residual, packedLinear(siluMultiply(on.x, on.z, { rows }), on[weights], { ...fast, rows }), { rows });
      return add(y, y, { rows });
    };
    for (const rows of [1, 2, ROWS])
      expect(kernels(device, "accumulate", fn, { rows }).fused).toEqual(["add", "siluMultiply", "quantizeRows", "linearInt8+", "add"]);
  });

  it("goes on through a row of blocks: one residual for all of them", () => {
    const { fused } = kernels(device, "accumulate", ({ x, z, norm, q4, f32 }) => {
      let y = add(x, z);
      for (const matrix of [q4, f32, q4]) y = add(y, packedLinear(norm(y), matrix));
      return norm(y);
    });
    expect(fused).toEqual(["add", "rmsNorm", "linear+", "rmsNorm", "linear+", "rmsNorm", "linear+", "rmsNorm"]);
  });

  const stays: Record<string, Function> = {
    "the residual is an input, which is not ours to change": ({ x, z, q4 }) => selectRow(add(z, packedLinear(x, q4)), 0),
    "the residual is read later": ({ x, z, q4 }) => {
      const residual = add(x, z);
      return add(add(residual, packedLinear(x, q4)), residual);
    },
    "the residual is an output": ({ x, z, q4 }) => {
      const residual = add(x, z);
      return [residual, selectRow(add(residual, packedLinear(x, q4)), 0)];
    },
    "the sum is an output": ({ x, z, q4 }) => add(add(x, z), packedLinear(x, q4)),
    "the product reads the residual": ({ x, z, q4 }) => {
      const residual = add(x, z);
      return selectRow(add(residual, packedLinear(residual, q4)), 0);
    },
    "the product is read twice": ({ x, z, q4 }) => {
      const product = packedLinear(x, q4);
      return selectRow(siluMultiply(add(add(x, z), product), product), 0);
    },
    "an adapter stands in between": ({ x, z, q4, norm }) => selectRow(add(add(x, z), norm(packedLinear(x, q4))), 0),
    "the residual is a part of a larger value": ({ x, z, q4 }) => selectRow(add(add(x, z).rows(0, 1), packedLinear(x.rows(0, 1), q4)), 0),
    "what the product reads changes before it is added": ({ x, z, q4, turn }) => {
      const [residual, input] = [add(x, z), add(x, x)];
      const product = packedLinear(input, q4);
      turn(input);
      return selectRow(add(add(residual, product), input), 0);
    },
  };
  it.each(Object.entries(stays))("stays away where %s", (_, fn) => {
    const { plain, fused } = kernels(device, "accumulate", fn);
    expect(fused).toEqual(plain);
  });

  it("does not let a product wait for its sum when what it reads has become the place of another sum", () => {
    const { fused } = kernels(device, "accumulate", ({ x, z, q4, f32 }) => {
      const residual = add(x, z);
      const late = packedLinear(residual, f32);
      return selectRow(add(add(residual, packedLinear(x, q4)), late), 0);
    });
    expect(fused).toEqual(["add", "linear", "linear+", "add", "selectRow"]);
  });
});

describe.each(devices)("all rules together on $name", ({ device }) => {
  it("make of a decoder block in int8 what is written here", () => {
    const other = packed(device, "Q4_0", noise(WIDTH * WIDTH, 9, 0.5), WIDTH, WIDTH).matrix;
    const block: Function = ({ x, z, norm, q4, q8 }) => {
      const y = add(x, z);
      const normed = norm(y);
      const [query, key, value] = [q4, q8, other].map((matrix) => packedLinear(normed, matrix, fast));
      const middle = add(y, packedLinear(siluMultiply(query, siluMultiply(key, value)), q4, fast));
      const inner = norm(middle);
      return selectRow(add(middle, packedLinear(siluMultiply(packedLinear(inner, q4, fast), packedLinear(inner, q8, fast)), q4, fast)), 1);
    };
    const { fused } = kernels(device, "accumulate", block, { without: ["reuse", "rmsNormQuantize", "siluMultiplyQuantize"] });
    const attention = ["linearInt8", "linearInt8", "linearInt8", "siluMultiply", "siluMultiplyQuantize", "linearInt8+"];
    expect(fused).toEqual([
      "add",
      "rmsNormQuantize",
      ...attention,
      "rmsNormQuantize",
      "linearInt8",
      "linearInt8",
      "siluMultiplyQuantize",
      "linearInt8+",
      "selectRow",
    ]);
    const all = record(device, (registers) => block(materials(device), registers));
    expect(all.commands.map(({ kernel, flags }) => (flags["accumulate"] ? `${kernel}+` : kernel))).toEqual(fused);
  });

  it("leave a list alone that holds nothing of theirs", () => {
    const empty = record(device, () => []);
    empty.run();
    expect([empty.commands.length, empty.arenaBytes]).toEqual([0, 0]);
    const x = zeros([2, 2], { device });
    expect(record(device, () => add(x, x)).commands.map(({ kernel, barrier }) => [kernel, barrier])).toEqual([["add", true]]);
  });
});
