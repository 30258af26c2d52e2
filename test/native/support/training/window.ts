// Cases of the window kernels.
import { type Case, f32, noise, zeros } from "../cases.ts";

const plans = [
  { batch: 0, length: 5, channels: 3, taps: 2, outputs: 4, stride: 1, dilation: 1, padding: 0 },
  { batch: 2, length: 1, channels: 3, taps: 4, outputs: 0, stride: 1, dilation: 1, padding: 0 },
  { batch: 2, length: 7, channels: 3, taps: 3, outputs: 5, stride: 1, dilation: 1, padding: 0 },
  { batch: 3, length: 50, channels: 70, taps: 3, outputs: 50, stride: 1, dilation: 1, padding: 1 },
  { batch: 2, length: 20, channels: 1, taps: 5, outputs: 10, stride: 2, dilation: 1, padding: 1 },
  { batch: 1, length: 30, channels: 5, taps: 2, outputs: 8, stride: 4, dilation: 1, padding: 0 },
  { batch: 2, length: 30, channels: 17, taps: 3, outputs: 30, stride: 1, dilation: 4, padding: 8 },
  { batch: 2, length: 4, channels: 130, taps: 9, outputs: 4, stride: 1, dilation: 1, padding: 4 },
];

/** All of them. */
export const windowCases = (): Case[] =>
  plans.flatMap((plan): Case[] => {
    const { batch, length, channels, taps, outputs, stride, dilation, padding } = plan;
    const [n, results] = [batch * length * channels, batch * outputs * channels];
    // Coarse values: many equals.
    const x = f32(noise(n, 1).map((value) => Math.round(value * 8) / 8));
    const label = `${batch}x${length}x${channels}, ${taps} taps, ${outputs} outputs, stride ${stride}, dilation ${dilation}, padding ${padding}`;
    const magnitude = () => new Float64Array(n).fill(2 * taps);
    const unfolds = [false, true].map(
      (accumulate): Case => ({
        kernel: "unfoldGrad",
        label: `${label}${accumulate ? ", accumulate" : ""}`,
        operands: { dy: f32(noise(results * taps, 2)), dx: f32(noise(n, 3)) },
        sizes: plan,
        flags: { accumulate },
        magnitude,
      }),
    );
    const unfold: Case = { kernel: "unfold", label, operands: { x, y: zeros("f32", results * taps) }, sizes: plan };
    if (dilation > 1) return [unfold, ...unfolds];
    const sizes = { batch, length, channels, taps, outputs, stride, padding };
    const pools = [false, true].flatMap((average): Case[] => [
      {
        kernel: "pool",
        label: `${label}${average ? ", average" : ""}`,
        operands: { x, y: zeros("f32", results) },
        sizes,
        flags: { average },
        magnitude: () => new Float64Array(results).fill(average ? 2 : 0),
      },
      ...[false, true].map(
        (accumulate): Case => ({
          kernel: "poolGrad",
          label: `${label}${average ? ", average" : ""}${accumulate ? ", accumulate" : ""}`,
          operands: { x, dy: f32(noise(results, 4)), dx: f32(noise(n, 5)) },
          sizes,
          flags: { average, accumulate },
          magnitude,
        }),
      ),
    ]);
    return [unfold, ...unfolds, ...pools];
  });
