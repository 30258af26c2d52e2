// Rotary positions, the paged cache and attention as operations, on every executor and tier, against plain loops. (Layers over them: test/nn.)
import { describe, expect, it } from "vitest";
import { appendKeyValue, attention, type Device, PAGE_POSITIONS, rotary, tensor, zeros } from "#tensor";
import { devices } from "../support/devices.ts";
import { expectNear, noise, on } from "../support/numbers.ts";
import { attended, toBf16, turned } from "../support/plain.ts";

const code = (code: string, parameters: object = {}) => expect.objectContaining({ code, parameters: expect.objectContaining(parameters) });
const shapeError = (operation: string) => code("E_SHAPE", { operation });

/** A cache whose pages lie in the pool in the order that is given. */
function cacheOf(device: Device, pages: readonly number[], heads: number, width: number, type: "f32" | "bf16" = "f32") {
  return {
    keys: zeros([pages.length, heads, 16, width, 16], { device, type }),
    values: zeros([pages.length, heads, PAGE_POSITIONS, width], { device, type }),
    table: tensor(Int32Array.from(pages), [1, pages.length], { device }),
  };
}

/** Rows of one sequence from a position on. */
const from = (device: Device, start: number) => ({ runs: tensor(Int32Array.of(0, start, 0), [1, 3], { device }) });

/** cos and sin of position · 100^(-2i/width). */
function tableOf(device: Device, positions: number, width: number) {
  const values = Array.from({ length: (positions * width) / 2 }, (_, i) => {
    const angle = Math.floor(i / (width / 2)) * 100 ** ((-2 * (i % (width / 2))) / width);
    return [Math.cos(angle), Math.sin(angle)];
  });
  return on(device, values.flat(), [positions, width / 2, 2]);
}

describe.each(devices)("rotary on $name", ({ device }) => {
  it.each([true, false])("turns pairs by the angle of their position, in place (neighbours: %s)", (adjacent) => {
    const [rows, heads, width, start] = [3, 2, 32, 5];
    const values = noise(rows * heads * width, 1);
    const x = on(device, values, [rows, heads, width]);
    const y = rotary(x, tableOf(device, 8, width), { start, adjacent });
    expect(y).toBe(x);
    expectNear(x.dataSync(), turned(values, { heads, width, start, base: 100, adjacent }));
  });

  it("leaves rows that are not valid as they are", () => {
    const values = noise(4 * 16, 2);
    const x = on(device, values, [4, 1, 16]);
    rotary(x, tableOf(device, 6, 16), { start: 3, rows: 2 });
    expect(x.dataSync().subarray(32)).toEqual(values.subarray(32));
  });

  it("refuses other shapes, and positions past its table", () => {
    const x = zeros([2, 1, 16], { device });
    expect(() => rotary(zeros([2, 16], { device }), tableOf(device, 4, 16), { start: 0 })).toThrow(shapeError("rotary"));
    expect(() => rotary(x, tableOf(device, 4, 32), { start: 0 })).toThrow(shapeError("rotary"));
    expect(() => rotary(x, tableOf(device, 4, 16), { start: 0, rows: 3 })).toThrow(shapeError("rotary"));
    expect(() => rotary(x, tableOf(device, 4, 16), { start: 3 })).toThrow(code("E_KERNEL", { kernel: "rotary", why: "index", value: 4, limit: 4 }));
  });
});

describe.each(devices)("attention over the paged cache on $name", ({ device }) => {
  it.each(["f32", "bf16"] as const)("is that of plain loops, over pages that lie in any order (%s)", (type) => {
    const [positions, heads, keyValueHeads, width] = [520, 4, 2, 32];
    const [k, v] = [noise(positions * keyValueHeads * width, 3), noise(positions * keyValueHeads * width, 4)];
    const cache = cacheOf(device, [2, 0, 1], keyValueHeads, width, type);
    const shape = [positions, keyValueHeads, width];
    expect(appendKeyValue(on(device, k, shape), on(device, v, shape), cache, from(device, 0))).toBe(cache);
    const stored = (x: Float32Array) => (type === "bf16" ? x.map(toBf16) : x);
    for (const start of [0, 15, 16, 63, 64, 255, 256, 517]) {
      const q = noise(3 * heads * width, 5 + start, 4);
      const scale = width ** -0.5;
      const y = attention(on(device, q, [3, heads, width]), cache, { ...from(device, start), scale });
      expect(y).toMatchObject({ shape: [3, heads, width], type: "f32" });
      expectNear(y.dataSync(), attended(q, stored(k), stored(v), { heads, keyValueHeads, width, start, scale }), 4e-6, `at ${start}`);
    }
  });

  it("does not look at positions that were not written, whatever lies there", () => {
    const cache = cacheOf(device, [0], 1, 16);
    cache.keys.write(new Float32Array(cache.keys.size).fill(Number.NaN));
    cache.values.write(new Float32Array(cache.values.size).fill(Number.NaN));
    const [k, v] = [noise(3 * 16, 6), noise(3 * 16, 7)];
    appendKeyValue(on(device, k, [3, 1, 16]), on(device, v, [3, 1, 16]), cache, from(device, 0));
    const q = noise(16, 8);
    const y = attention(on(device, q, [1, 1, 16]), cache, { ...from(device, 2), scale: 0.25 });
    expectNear(y.dataSync(), attended(q, k, v, { heads: 1, keyValueHeads: 1, width: 16, start: 2, scale: 0.25 }));
  });

  it("refuses other shapes, and pages outside the pool", () => {
    const cache = cacheOf(device, [0], 2, 16);
    const x = (heads: number, width: number) => zeros([1, heads, width], { device });
    expect(() => appendKeyValue(x(2, 32), x(2, 32), cache, from(device, 0))).toThrow(shapeError("appendKeyValue"));
    expect(() => appendKeyValue(x(2, 16), x(1, 16), cache, from(device, 0))).toThrow(shapeError("appendKeyValue"));
    expect(() => appendKeyValue(x(1, 16), x(1, 16), cache, from(device, 0))).toThrow(shapeError("appendKeyValue"));
    expect(() => appendKeyValue(x(4, 16), x(4, 16), cache, from(device, 0))).toThrow(shapeError("appendKeyValue"));
    expect(() => attention(x(3, 16), cache, { ...from(device, 0), scale: 1 })).toThrow(shapeError("attention"));
    expect(() => attention(x(2, 32), cache, { ...from(device, 0), scale: 1 })).toThrow(shapeError("attention"));
    expect(() => attention(zeros([2, 16], { device }), cache, { ...from(device, 0), scale: 1 })).toThrow(shapeError("attention"));
    expect(() => attention(x(2, 16), { ...cache, keys: zeros([1, 2, 256, 16], { device }) }, { ...from(device, 0), scale: 1 })).toThrow(
      shapeError("attention"),
    );
    for (const page of [1, -1]) {
      cache.table.write([page]);
      const outside = code("E_KERNEL", { why: "index", value: page, limit: 1 });
      expect(() => appendKeyValue(x(2, 16), x(2, 16), cache, from(device, 0))).toThrow(outside);
      expect(() => attention(x(2, 16), cache, { ...from(device, 0), scale: 1 })).toThrow(outside);
    }
    expect(() => attention(x(2, 16), cache, { ...from(device, 256), scale: 1 })).toThrow(code("E_KERNEL", { kernel: "attention", why: "index" }));
  });
});
