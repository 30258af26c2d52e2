// Errors of tensors: shapes, types, lifetimes, recordings.
import type { Catalogue, Phrase, Words } from "./entry.ts";

/** Codes and their parameters. */
export interface TensorErrors {
  E_SHAPE: { operation: string | Words; expected: Phrase; got: readonly number[] | string };
  E_TENSOR_TYPE: { operation: string; operand: Phrase; expected: Phrase; got: string };
  E_TENSOR_VALUES: { expected: number; got: number; shape: readonly number[] };
  E_DISPOSED: { what: Phrase };
  E_DEVICE: { operation: string };
  E_RECORDING: { why: Phrase };
  E_SCOPE: Record<string, never>;
  E_GRADIENT: { operation: string; why: Phrase };
  E_REGISTER: { name: string; value: string | number; minimum: number; maximum: string | number };
}

const invalid = { exit: 65, status: 400, type: "invalid_request_error" } as const;
// Calls that do not go together: a mistake of the program that makes them, whichever that is.
const internal = { exit: 64, status: 500, type: "internal_error" } as const;

/** Exit code, HTTP status and words of each. */
export const tensorErrors: Catalogue<TensorErrors> = {
  E_SHAPE: {
    ...invalid,
    en: { message: "{operation} expects {expected}, got {got}.", hint: "Reshape the tensor, or make the step before it give this shape." },
    zh: { message: "{operation} 需要 {expected}，实际为 {got}。", hint: "请改变张量的形状，或让上一步输出该形状。" },
  },
  E_TENSOR_TYPE: {
    ...invalid,
    en: {
      message: "{operation} expects {operand} of type {expected}, got {got}.",
      hint: "Make the tensor of that type: tensor(values, shape, { type }), or of a typed array.",
    },
    zh: {
      message: "{operation} 的 {operand} 类型应为 {expected}，实际为 {got}。",
      hint: "请在创建张量时指定该类型：tensor(values, shape, { type })，或使用类型化数组。",
    },
  },
  E_TENSOR_VALUES: {
    ...invalid,
    en: {
      message: "A tensor of shape {shape} holds {expected} values, got {got}.",
      hint: "Give as many values as the shape holds, in rows of equal length.",
    },
    zh: { message: "形状为 {shape} 的张量有 {expected} 个值，实际为 {got} 个。", hint: "请提供与形状相符的值，各行长度应相等。" },
  },
  E_DISPOSED: {
    ...internal,
    en: {
      message: "{what} can no longer be used.",
      hint: "Use it before it is disposed of; what a tidy or a recording should keep, return from it.",
    },
    zh: { message: "{what}已不可用。", hint: "请在释放之前使用；需要保留的张量应由 tidy 或 record 的函数返回。" },
  },
  E_DEVICE: {
    ...internal,
    en: { message: "{operation} was given tensors of different devices.", hint: "Make all of its tensors on one device." },
    zh: { message: "{operation} 的张量位于不同的设备上。", hint: "请在同一设备上创建其全部张量。" },
  },
  E_RECORDING: {
    ...internal,
    en: { message: "This does not go with a recording: {why}.", hint: "Define registers and read values where the recording allows it." },
    zh: { message: "与录制不符：{why}。", hint: "请在录制允许之处定义寄存器和读取数值。" },
  },
  E_SCOPE: {
    ...invalid,
    en: {
      message: "A function given to tidy or record returned a promise.",
      hint: "What it makes after its first await would be freed at once: wait outside of tidy, and compute inside.",
    },
    zh: {
      message: "传给 tidy 或 record 的函数返回了 Promise。",
      hint: "第一个 await 之后创建的张量无法由 tidy 管理：请在 tidy 之外等待，在其中只做计算。",
    },
  },
  E_GRADIENT: {
    ...invalid,
    en: {
      message: "No gradient through {operation}: {why}.",
      hint: "Call backward once on a loss of one value, computed from tensors that require a gradient.",
    },
    zh: { message: "无法对 {operation} 求梯度：{why}。", hint: "请对由需要梯度的张量算出的单个损失值调用一次 backward。" },
  },
  E_REGISTER: {
    ...internal,
    en: {
      message: 'The register "{name}" is {value}; allowed: {minimum} to {maximum}.',
      hint: "Give run() a number in this range for each register, and no others.",
    },
    zh: {
      message: "寄存器“{name}”为 {value}；允许：{minimum} 至 {maximum}。",
      hint: "请在 run() 中为每个寄存器提供此范围内的数值，且不要提供其他寄存器。",
    },
  },
};
