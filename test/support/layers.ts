// Layers with random weights, and the same weights as plain numbers. Knows no tests.
import { DecoderBlock, GatedMlp, GroupedQueryAttention, Linear, PackedWeight, RMSNorm, RotaryPositions } from "#nn";
import type { Device } from "#tensor";
import { noise, on, packed } from "./numbers.ts";
import type { PlainBlock, PlainConfig } from "./plain-decoder.ts";
import type { WrittenType } from "./quantize.ts";

/** A packed weight and the values that it stands for. */
export function weightOf(
  device: Device,
  type: WrittenType,
  seed: number,
  outputs: number,
  inputs: number,
  precision: "exact" | "bf16" | "fast" = "exact",
) {
  const { matrix, dense } = packed(device, type, noise(outputs * inputs, seed, 1.7 / Math.sqrt(inputs)), outputs, inputs);
  return { weight: new PackedWeight(matrix, precision), dense };
}

/** A small decoder's sizes: 4 heads share 2 of keys and values. */
export const small: PlainConfig = { width: 64, heads: 4, keyValueHeads: 2, headWidth: 32, mlpWidth: 96, epsilon: 1e-5, base: 10_000, adjacent: true };

/** A decoder block with random weights, as layers and as numbers. */
export function blockOf(
  device: Device,
  seed: number,
  { c = small, layer = 0, positions = 600 }: { c?: PlainConfig; layer?: number; positions?: number } = {},
) {
  const [q, kv] = [c.heads * c.headWidth, c.keyValueHeads * c.headWidth];
  const matrix = (index: number, outputs: number, inputs: number) => {
    const { weight, dense } = weightOf(device, "F32", seed * 100 + index, outputs, inputs);
    return { layer: new Linear(weight), dense };
  };
  const norm = (index: number) => {
    const values = noise(c.width, seed * 100 + index, 0.5).map((value) => 1 + value);
    return { layer: new RMSNorm(on(device, values, [c.width]), c.epsilon), dense: values };
  };
  const parts = {
    attentionNorm: norm(1),
    query: matrix(2, q, c.width),
    key: matrix(3, kv, c.width),
    value: matrix(4, kv, c.width),
    output: matrix(5, c.width, q),
    mlpNorm: norm(6),
    gate: matrix(7, c.mlpWidth, c.width),
    up: matrix(8, c.mlpWidth, c.width),
    down: matrix(9, c.width, c.mlpWidth),
  };
  const attention = new GroupedQueryAttention({
    query: parts.query.layer,
    key: parts.key.layer,
    value: parts.value.layer,
    output: parts.output.layer,
    heads: c.heads,
    keyValueHeads: c.keyValueHeads,
    width: c.headWidth,
    positions: new RotaryPositions(device, { width: c.headWidth, base: c.base, scale: c.scale, positions, adjacent: c.adjacent }),
    layer,
  });
  const mlp = new GatedMlp({ gate: parts.gate.layer, up: parts.up.layer, down: parts.down.layer });
  const block = new DecoderBlock({ attentionNorm: parts.attentionNorm.layer, attention, mlpNorm: parts.mlpNorm.layer, mlp });
  const plain = Object.fromEntries(Object.entries(parts).map(([name, { dense }]) => [name, dense])) as unknown as PlainBlock;
  return { block, attention, mlp, plain };
}
