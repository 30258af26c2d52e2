// Sequences seen through windows: convolution and pooling along time.
import { InkstoneError } from "../../../core/index.ts";
import { defineOp, expectShape, type Op } from "../../op.ts";
import type { Tensor } from "../../tensor.ts";
import { isCount } from "../../types.ts";
import { matmul } from "../matmul.ts";

/** "valid": windows lie inside the sequence. "same": as many windows as steps / stride, zeros at both ends. "causal": zeros before the sequence only, so no window looks ahead. */
export type Padding = "valid" | "same" | "causal";

interface Windows {
  readonly taps: number;
  readonly outputs: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: number;
}

/** How windows are laid over a sequence. */
export interface WindowPlan {
  readonly taps: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly padding?: Padding;
}

/**
 * How many windows there are, and how many steps of padding lie before the first; as Keras lays them.
 *
 * @example
 * windowsOf("conv1d", 10, { taps: 3, stride: 2, padding: "same" }); // { taps: 3, outputs: 5, stride: 2, dilation: 1, padding: 0 }
 */
export function windowsOf(operation: string, length: number, { taps, stride = 1, dilation = 1, padding = "valid" }: WindowPlan): Windows {
  for (const [option, value] of Object.entries({ taps, stride, dilation })) {
    if (!(isCount(value) && value > 0)) {
      throw new InkstoneError("E_OPTION", {
        option: `${operation}: ${option}`,
        value,
        allowed: { en: "whole numbers from 1", zh: "从 1 开始的整数" },
      });
    }
  }
  const span = (taps - 1) * dilation + 1;
  if (padding === "valid") {
    const outputs = length < span ? 0 : Math.floor((length - span) / stride) + 1;
    return { taps, outputs, stride, dilation, padding: 0 };
  }
  const outputs = Math.ceil(length / stride);
  const missing = Math.max(0, (outputs - 1) * stride + span - length);
  return { taps, outputs, stride, dilation, padding: padding === "same" ? Math.floor(missing / 2) : span - 1 };
}

const threeDimensions = (operation: string, x: Tensor) =>
  expectShape(x.shape.length === 3, operation, { en: "x [B, T, C]", zh: "形如 [B, T, C] 的 x" }, x);

const unfold: Op<[x: Tensor, windows: Windows]> = defineOp<[Tensor, Windows]>({
  name: "unfold",
  shape: ([x, { outputs, taps }]) => ({ shape: [x.shape[0], outputs, taps * x.shape[2]] }),
  forward(run, [x, windows], y) {
    const [batch, length, channels] = x.shape;
    run.unfold({ x, y, batch, length, channels, ...windows });
  },
  gradient(run, [x, windows], dy, [dx]) {
    const [batch, length, channels] = x.shape;
    if (dx) run.unfoldGrad({ dy, dx, batch, length, channels, ...windows });
  },
});

/** Options of `conv1d`. */
export interface Conv1dOptions {
  /** Steps from one window to the next. Default 1. */
  readonly stride?: number;
  /** Steps from one tap of a window to the next. Default 1. */
  readonly dilation?: number;
  /** Default "valid". */
  readonly padding?: Padding;
  /** Added to each window's result: [F]. */
  readonly bias?: Tensor;
}

/**
 * Convolution along time (a correlation, as in Keras and PyTorch): y[b, t] = Σ over k of x[b, t · stride + k · dilation - padding] · kernel[k] (+ bias).
 * Shapes: x [B, T, C], kernel [K, C, F] -> [B, T', F]. Types: f32. Errors: `E_SHAPE`; `E_OPTION`.
 *
 * @example
 * conv1d(tensor([[[1], [2], [3]]]), tensor([[[1]], [[10]]])).dataSync(); // [21, 32]
 */
export function conv1d(x: Tensor, kernel: Tensor, { bias, ...options }: Conv1dOptions = {}): Tensor {
  threeDimensions("conv1d", x);
  expectShape(
    kernel.shape.length === 3 && kernel.shape[1] === x.shape[2],
    "conv1d",
    () => ({ en: `a kernel [K, ${x.shape[2]}, F]`, zh: `形如 [K, ${x.shape[2]}, F] 的卷积核` }),
    kernel,
  );
  const [taps, channels, filters] = kernel.shape;
  const windows = windowsOf("conv1d", x.shape[1], { taps, ...options });
  // A window of one step is the step itself.
  const seen = taps === 1 && windows.stride === 1 ? x : unfold(x, windows);
  return matmul(seen, kernel.reshape([taps * channels, filters]), { bias });
}

interface Pooling extends Windows {
  readonly average: boolean;
}

const pooled: Op<[x: Tensor, pooling: Pooling]> = defineOp<[Tensor, Pooling]>({
  name: "pool",
  shape: ([x, { outputs }]) => ({ shape: [x.shape[0], outputs, x.shape[2]] }),
  forward(run, [x, { taps, outputs, stride, padding, average }], y) {
    const [batch, length, channels] = x.shape;
    run.pool({ x, y, batch, length, channels, taps, outputs, stride, padding, average });
  },
  gradient(run, [x, { taps, outputs, stride, padding, average }], dy, [dx]) {
    const [batch, length, channels] = x.shape;
    if (dx) run.poolGrad({ x, dy, dx, batch, length, channels, taps, outputs, stride, padding, average });
  },
});

/** Options of pooling. */
export interface PoolOptions {
  /** Steps of a window. Default 2. */
  readonly poolSize?: number;
  /** Steps from one window to the next. Default: `poolSize`. */
  readonly strides?: number;
  /** Default "valid". */
  readonly padding?: "valid" | "same";
}

function pool1d(operation: string, average: boolean, x: Tensor, { poolSize = 2, strides = poolSize, padding }: PoolOptions): Tensor {
  threeDimensions(operation, x);
  return pooled(x, { average, ...windowsOf(operation, x.shape[1], { taps: poolSize, stride: strides, padding }) });
}

/**
 * The largest value of each window along time, channel by channel; padding counts for nothing; NaN where one is. Its gradient goes to the first of equals.
 * Shapes: x [B, T, C] -> [B, T', C]. Types: f32. Errors: `E_SHAPE`; `E_OPTION`.
 *
 * @example
 * maxPool1d(tensor([[[1], [3], [2], [0]]])).dataSync(); // [3, 2]
 */
export function maxPool1d(x: Tensor, options: PoolOptions = {}): Tensor {
  return pool1d("maxPool1d", false, x, options);
}

/**
 * The mean of each window along time, channel by channel; padding counts for nothing, as in Keras. Shapes: x [B, T, C] -> [B, T', C]. Types: f32.
 * Errors: `E_SHAPE`; `E_OPTION`.
 *
 * @example
 * averagePool1d(tensor([[[1], [3], [2], [0]]])).dataSync(); // [2, 1]
 */
export function averagePool1d(x: Tensor, options: PoolOptions = {}): Tensor {
  return pool1d("averagePool1d", true, x, options);
}
