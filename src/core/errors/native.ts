// Errors of the native boundary.
import type { Catalogue, Phrase } from "./entry.ts";

/** Codes and their parameters. */
export interface NativeErrors {
  E_NATIVE_MISSING: { reason: Phrase };
  E_NATIVE_MISMATCH: { kernel: string; expected: string; got: string };
  E_NATIVE_PANIC: { kernel: string };
  E_MEMORY: { needed: number };
  E_KERNEL: { kernel: string; why: "index" | "numeric"; value: number; limit: number };
  E_PROGRAM: { kernel: string; why: string };
  E_CANCELLED: { what: Phrase };
  E_TIER: { tier: string; available: string };
  E_SERVICE: { service: string; why: string };
  E_ENVIRONMENT: { variable: string; value: string; allowed: Phrase };
}

/** Exit code, HTTP status and words of each. */
export const nativeErrors: Catalogue<NativeErrors> = {
  E_NATIVE_MISSING: {
    exit: 78,
    status: 503,
    type: "native_missing",
    en: {
      message: "The native part is not at hand: {reason}.",
      hint: "Install a Rust toolchain (rustup) and start again; until then the slower reference kernels are used.",
    },
    zh: { message: "找不到原生部分：{reason}。", hint: "请安装 Rust 工具链（rustup）后重新启动；在此之前使用较慢的参考内核。" },
  },
  E_NATIVE_MISMATCH: {
    exit: 78,
    status: 503,
    type: "native_mismatch",
    en: {
      message: 'The native part does not fit this version: kernel "{kernel}" is {got}, expected {expected}.',
      hint: "Build it again (npm start does), or reinstall the package.",
    },
    zh: {
      message: "原生部分与本版本不符：内核“{kernel}”为 {got}，应为 {expected}。",
      hint: "请重新构建（npm start 会自动完成），或重新安装本软件包。",
    },
  },
  E_NATIVE_PANIC: {
    exit: 70,
    status: 500,
    type: "internal_error",
    en: {
      message: 'The kernel "{kernel}" failed inside. Its result is discarded; the process goes on.',
      hint: "Please report this with the command that led to it.",
    },
    zh: { message: "内核“{kernel}”内部出错。其结果已丢弃，进程继续运行。", hint: "请附上触发该问题的命令进行反馈。" },
  },
  E_MEMORY: {
    exit: 75,
    status: 503,
    type: "out_of_memory",
    en: { message: "There is no room for {needed} bytes of memory.", hint: "Use a smaller model, a shorter context, or close other programs." },
    zh: { message: "无法分配 {needed} 字节内存。", hint: "请使用更小的模型、更短的上下文，或关闭其他程序。" },
  },
  E_KERNEL: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: 'The kernel "{kernel}" refused its input: {value}, limit {limit}.',
      hint: "Check the values that were passed: an index lies outside its range, or a number is not finite.",
    },
    zh: { message: "内核“{kernel}”拒绝了输入：{value}，上限 {limit}。", hint: "请检查传入的数值：有索引超出范围，或有数值不是有限值。" },
  },
  E_PROGRAM: {
    exit: 70,
    status: 500,
    type: "internal_error",
    en: { message: 'A command list does not fit: "{kernel}", {why}.', hint: "Please report this with the command that led to it." },
    zh: { message: "命令列表不匹配：“{kernel}”，{why}。", hint: "请附上触发该问题的命令进行反馈。" },
  },
  E_CANCELLED: {
    exit: 130,
    status: 499,
    type: "cancelled",
    en: { message: "{what} was cancelled.", hint: "Nothing is left half done; call again when you wish." },
    zh: { message: "{what} 已取消。", hint: "没有遗留未完成的状态；可随时重新调用。" },
  },
  E_TIER: {
    exit: 78,
    status: 503,
    type: "configuration_error",
    en: {
      message: 'The instruction tier "{tier}" cannot be used here; available: {available}.',
      hint: "Set INKSTONE_TIER to one of these, or leave it unset.",
    },
    zh: { message: "此处无法使用指令集级别“{tier}”；可用：{available}。", hint: "请将 INKSTONE_TIER 设为其中之一，或不设置。" },
  },
  E_SERVICE: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: { message: 'The service "{service}" refused its input: {why}.', hint: "Check the text or the configuration that was passed." },
    zh: { message: "服务“{service}”拒绝了输入：{why}。", hint: "请检查传入的文本或配置。" },
  },
  E_ENVIRONMENT: {
    exit: 78,
    status: 503,
    type: "configuration_error",
    en: { message: "The environment variable {variable} is {value}; allowed: {allowed}.", hint: "Set it to one of these, or leave it unset." },
    zh: { message: "环境变量 {variable} 的值为 {value}；允许：{allowed}。", hint: "请将其设为允许的值，或不设置。" },
  },
};
