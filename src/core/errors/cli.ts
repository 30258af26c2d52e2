// Errors of the command line: how it was called, what was piped in, what the surroundings say.
import { type Catalogue, hint, type Phrase } from "./entry.ts";

/** Codes and their parameters. */
export interface CliErrors {
  E_USAGE: { why: Phrase };
  E_KEY_FILE: { file: string; mode: string };
  E_INPUT_SIZE: { limit: number };
  E_INPUT_EMPTY: { what: Phrase };
  E_INPUT_MISSING: { path: string };
  E_INPUT_ENCODING: { what: Phrase; offset: number };
  E_OUTPUT: { why: string };
  E_ADDRESS: { address: string; why: Phrase };
  E_SERVER_REACH: { address: string };
  E_SERVER_REFUSED: { address: string; why: string };
  E_SETTINGS: { file: string; why: Phrase };
}

/** Exit code, HTTP status and words of each. */
export const cliErrors: Catalogue<CliErrors> = {
  E_KEY_FILE: {
    exit: 78,
    status: 500,
    type: "configuration_error",
    en: {
      message: 'The key file "{file}" may be written by others (mode {mode}): anyone of them could put in a key.',
      hint: "Run: chmod 600 {file}",
    },
    zh: { message: "密钥文件“{file}”可被他人写入（权限 {mode}），任何人都可能替换密钥。", hint: "请运行：chmod 600 {file}" },
  },
  E_USAGE: {
    exit: 64,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: "{why}",
      hint: hint(
        '"inkstone --help" lists the verbs, "inkstone VERB --help" the options of one.',
        "The help of the command line lists the verbs and their options.",
      ),
    },
    zh: { message: "{why}", hint: hint("“inkstone --help”列出全部命令，“inkstone 命令 --help”列出其选项。", "命令行帮助列出全部命令及其选项。") },
  },
  E_INPUT_SIZE: {
    exit: 65,
    status: 413,
    type: "invalid_request_error",
    en: { message: "The input is longer than {limit} bytes.", hint: "Cut it into pieces." },
    zh: { message: "输入超过 {limit} 字节。", hint: "请将其拆分。" },
  },
  E_INPUT_EMPTY: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: { message: "There is nothing in {what}.", hint: "Give a text that is not empty." },
    zh: { message: "{what}为空。", hint: "请提供非空文本。" },
  },
  E_INPUT_MISSING: {
    exit: 66,
    status: 404,
    type: "invalid_request_error",
    en: { message: 'There is no file "{path}" that can be read.', hint: "Check the path; it must be a regular file that may be read." },
    zh: { message: "文件“{path}”不存在或不允许读取。", hint: "请检查路径；它必须是允许读取的普通文件。" },
  },
  E_INPUT_ENCODING: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: { message: "{what} is not UTF-8 at byte {offset}.", hint: "Convert it to UTF-8 first, for example with iconv." },
    zh: { message: "{what}在第 {offset} 字节处不是 UTF-8 编码。", hint: "请先转换为 UTF-8，例如使用 iconv。" },
  },
  E_OUTPUT: {
    exit: 74,
    status: 503,
    type: "io_error",
    en: { message: "The output cannot be written: {why}.", hint: "Make room where it goes, or send it elsewhere." },
    zh: { message: "无法写出结果：{why}。", hint: "请为输出位置腾出空间，或改到别处。" },
  },
  E_ADDRESS: {
    exit: 75,
    status: 503,
    type: "configuration_error",
    en: {
      message: "Cannot listen on {address}: {why}.",
      hint: hint(
        "Choose another with --port or --host, or end the program that holds it. --port 0 takes any free port.",
        "Choose another port or host, or end the program that holds it. Port 0 takes any free port.",
      ),
    },
    zh: {
      message: "无法在 {address} 上监听：{why}。",
      hint: hint(
        "请用 --port 或 --host 另选地址，或结束占用它的程序。--port 0 会自动选择空闲端口。",
        "请另选端口或主机，或结束占用它的程序。端口 0 会自动选择空闲端口。",
      ),
    },
  },
  E_SERVER_REACH: {
    exit: 75,
    status: 503,
    type: "service_unavailable",
    en: { message: "No server answers at {address}.", hint: "Start one with `inkstone serve`; INKSTONE_HOST and INKSTONE_PORT say where it is." },
    zh: { message: "{address} 没有服务器响应。", hint: "请用 `inkstone serve` 启动；INKSTONE_HOST 与 INKSTONE_PORT 指定其位置。" },
  },
  E_SERVER_REFUSED: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: { message: "The server at {address} refused: {why}", hint: "`inkstone ps` shows what it has open; a server with keys reads INKSTONE_KEY." },
    zh: { message: "{address} 的服务器拒绝了请求：{why}", hint: "`inkstone ps` 显示已打开的模型；需要密钥时请设置 INKSTONE_KEY。" },
  },
  E_SETTINGS: {
    exit: 78,
    status: 500,
    type: "configuration_error",
    en: { message: "The settings in {file} cannot be used: {why}.", hint: "`inkstone config list` shows them; correct or remove the file." },
    zh: { message: "无法使用 {file} 中的设置：{why}。", hint: "`inkstone config list` 可查看设置；请更正或删除该文件。" },
  },
};
