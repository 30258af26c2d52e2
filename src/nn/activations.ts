// Activations by their Keras names. Knows no layers.
import { InkstoneError } from "../core/index.ts";
import { elu, exp, gelu, leakyRelu, relu, sigmoid, silu, softmax, softplus, type Tensor, tanh } from "../tensor/index.ts";

/** Activations by name, as Keras has them. */
export type ActivationName =
  | "linear"
  | "relu"
  | "leaky_relu"
  | "elu"
  | "gelu"
  | "silu"
  | "swish"
  | "sigmoid"
  | "tanh"
  | "softplus"
  | "exponential"
  | "softmax";

// What each does to any tensor. Softmax: over the last dimension.
const table: Readonly<Record<ActivationName, (x: Tensor) => Tensor>> = {
  linear: (x) => x,
  relu: (x) => relu(x),
  leaky_relu: (x) => leakyRelu(x, 0.2),
  elu: (x) => elu(x),
  gelu: (x) => gelu(x, { approximate: "none" }),
  silu: (x) => silu(x),
  swish: (x) => silu(x),
  sigmoid: (x) => sigmoid(x),
  tanh: (x) => tanh(x),
  softplus: (x) => softplus(x),
  exponential: (x) => exp(x),
  softmax: (x) => softmax(x),
};

/** An activation: a name, or a function of one tensor. */
export type Activation = ActivationName | ((x: Tensor) => Tensor);

/**
 * The function of an activation. "gelu" is the exact form and "leaky_relu" has slope 0.2, as in Keras. Errors: `E_OPTION` for an unknown name.
 *
 * @example
 * activationOf("relu")(tensor([-1, 2])).dataSync(); // [0, 2]
 */
export function activationOf(activation: Activation | undefined): (x: Tensor) => Tensor {
  if (typeof activation === "function") return activation;
  const found = Object.hasOwn(table, activation ?? "linear") ? table[activation ?? "linear"] : undefined;
  if (found) return found;
  throw new InkstoneError("E_OPTION", { option: "activation", value: activation, allowed: Object.keys(table) });
}
