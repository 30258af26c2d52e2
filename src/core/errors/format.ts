// Errors of files: what a model file got wrong (field and position), what cannot be read, what cannot be written.
import { type Catalogue, hint, type Phrase } from "./entry.ts";

/** Codes and their parameters. `field` is a key, a tensor or a place such as "kv[3].key"; `offset` counts bytes from the start of the file. */
export interface FormatErrors {
  E_FORMAT_TRUNCATED: { field: string; offset: number; needed: number | bigint; available: number };
  E_FORMAT_MAGIC: { got: string; expected: string; offset: number };
  E_FORMAT_VERSION: { version: number; why: Phrase; offset: number };
  E_FORMAT_LIMIT: { field: string; offset: number; value: number | bigint; limit: number };
  E_FORMAT_LENGTH: { field: string; offset: number; length: number | bigint; remaining: number };
  E_FORMAT_VALUE: { field: string; offset: number; value: string | number | bigint | boolean; allowed: Phrase };
  E_FORMAT_TYPE: { field: string; offset: number; expected: Phrase; got: string };
  E_FORMAT_COUNT: { field: string; offset: number; expected: Phrase; got: number };
  E_FORMAT_DUPLICATE: { field: string; offset: number; name: string };
  E_FORMAT_NAME: { field: string; offset: number; name: string; why: Phrase };
  E_FORMAT_UTF8: { field: string; offset: number };
  E_FORMAT_OVERFLOW: { tensor: string; offset: number };
  E_FORMAT_ROW: { tensor: string; offset: number; row: number; type: string; block: number };
  E_FORMAT_TENSOR_TYPE: { tensor: string; offset: number; type: string; why: Phrase };
  E_FORMAT_TENSOR_OFFSET: { tensor: string; offset: number; got: number | bigint; expected: number; why: Phrase };
  E_FORMAT_TENSOR_END: { tensor: string; offset: number; end: number; available: number };
  E_FORMAT_UNSUPPORTED: { tensor: string; type: string; supported: string };
  E_FORMAT_RANGE: { field: string; start: number; bytes: number; size: number };
  E_FORMAT_MISSING: { field: string };
  E_FORMAT_NO_FILE: { file: string };
  E_FORMAT_NOT_A_FILE: { file: string };
  E_FORMAT_UNREADABLE: { file: string; why: Phrase };
  E_FORMAT_CLOSED: { file: string };
  E_FORMAT_CHECKSUM: { file: string };
  E_FORMAT_LARGE: { file: string; bytes: number; most: number };
  E_AUDIO_FORMAT: { why: Phrase };
  E_AUDIO_PROGRAM: { program: string };
  E_IO: { file: string; operation: Phrase; why: Phrase; system: string };
  E_IO_FULL: { file: string; operation: Phrase; why: Phrase; system: string };
  E_IO_CREATE: { file: string; operation: Phrase; why: Phrase; system: string };
  E_IO_EXISTS: { file: string };
}

const bad = { exit: 65, status: 400, type: "invalid_model_file" } as const;
const again = {
  en: "The file is damaged or not what it claims to be: fetch it again, or convert the model anew.",
  zh: "文件已损坏或名不副实：请重新下载，或重新转换模型。",
} as const;

/** Words of these codes. */
export const formatErrors: Catalogue<FormatErrors> = {
  E_FORMAT_CHECKSUM: {
    ...bad,
    en: {
      message: '"{file}" is not what was saved: its SHA-256 differs from that in SHA256SUMS.',
      hint: "Take a copy that is whole, or save the model again.",
    },
    zh: { message: "“{file}”与保存时不同：其 SHA-256 与 SHA256SUMS 不符。", hint: "请使用完好的副本，或重新保存模型。" },
  },
  E_AUDIO_FORMAT: {
    exit: 65,
    status: 400,
    type: "invalid_audio",
    en: { message: "This sound cannot be read: {why}.", hint: "Give a WAV file, or any other format where ffmpeg is installed." },
    zh: { message: "无法读取该音频：{why}。", hint: "请提供 WAV 文件；若已安装 ffmpeg，也可使用其他格式。" },
  },
  E_AUDIO_PROGRAM: {
    exit: 66,
    status: 415,
    type: "invalid_audio",
    en: {
      message: 'Sound that is no WAV file is read by ffmpeg, and there is no program "{program}".',
      hint: "Install ffmpeg (or name it by INKSTONE_FFMPEG), or turn the file into WAV.",
    },
    zh: {
      message: "非 WAV 音频需由 ffmpeg 读取，但找不到程序“{program}”。",
      hint: "请安装 ffmpeg（或用 INKSTONE_FFMPEG 指定其路径），或将文件转换为 WAV。",
    },
  },
  E_FORMAT_LARGE: {
    ...bad,
    en: { message: '"{file}" has {bytes} bytes; at most {most} are read.', hint: "It is no file that this library writes." },
    zh: { message: "“{file}”有 {bytes} 字节；最多读取 {most} 字节。", hint: "它不是本库写入的文件。" },
  },
  E_FORMAT_TRUNCATED: {
    ...bad,
    en: { message: "The file is truncated: {field} at byte {offset} needs {needed} bytes, {available} are left.", hint: again.en },
    zh: { message: "文件不完整：{field}（字节 {offset}）需要 {needed} 字节，仅剩 {available} 字节。", hint: again.zh },
  },
  E_FORMAT_MAGIC: {
    ...bad,
    en: {
      message: 'Bad magic "{got}" at byte {offset}, expected "{expected}".',
      hint: "Name a GGUF file, or the folder of a model: config.json beside its safetensors.",
    },
    zh: {
      message: "文件标识“{got}”有误（字节 {offset}），应为“{expected}”。",
      hint: "请指定 GGUF 文件，或模型文件夹（config.json 与 safetensors）。",
    },
  },
  E_FORMAT_VERSION: {
    ...bad,
    en: { message: "Unsupported version {version} at byte {offset}: {why}.", hint: "Convert the model anew to GGUF version 3, little-endian." },
    zh: { message: "不支持版本 {version}（字节 {offset}）：{why}。", hint: "请将模型重新转换为 GGUF 第 3 版（小端）。" },
  },
  E_FORMAT_LIMIT: {
    ...bad,
    en: { message: "{field} at byte {offset} is {value}; the limit is {limit}.", hint: again.en },
    zh: { message: "{field}（字节 {offset}）为 {value}；上限为 {limit}。", hint: again.zh },
  },
  E_FORMAT_LENGTH: {
    ...bad,
    en: { message: "{field} at byte {offset}: length {length} exceeds the {remaining} bytes remaining.", hint: again.en },
    zh: { message: "{field}（字节 {offset}）：长度 {length} 超过剩余的 {remaining} 字节。", hint: again.zh },
  },
  E_FORMAT_VALUE: {
    ...bad,
    en: { message: "{field} at byte {offset} is {value}; allowed: {allowed}.", hint: again.en },
    zh: { message: "{field}（字节 {offset}）为 {value}；允许：{allowed}。", hint: again.zh },
  },
  E_FORMAT_TYPE: {
    ...bad,
    en: { message: "{field} at byte {offset}: expected {expected}, got {got}.", hint: again.en },
    zh: { message: "{field}（字节 {offset}）：应为 {expected}，实际为 {got}。", hint: again.zh },
  },
  E_FORMAT_COUNT: {
    ...bad,
    en: { message: "{field} at byte {offset} has {got} elements, expected {expected}.", hint: again.en },
    zh: { message: "{field}（字节 {offset}）有 {got} 个元素，应为 {expected}。", hint: again.zh },
  },
  E_FORMAT_DUPLICATE: {
    ...bad,
    en: { message: '{field} at byte {offset}: "{name}" appears twice.', hint: again.en },
    zh: { message: "{field}（字节 {offset}）：“{name}”重复出现。", hint: again.zh },
  },
  E_FORMAT_NAME: {
    ...bad,
    en: { message: '{field} at byte {offset}: the name "{name}" is refused, {why}.', hint: again.en },
    zh: { message: "{field}（字节 {offset}）：名称“{name}”被拒绝，{why}。", hint: again.zh },
  },
  E_FORMAT_UTF8: {
    ...bad,
    en: { message: "{field} at byte {offset} is not valid UTF-8.", hint: again.en },
    zh: { message: "{field}（字节 {offset}）不是有效的 UTF-8。", hint: again.zh },
  },
  E_FORMAT_OVERFLOW: {
    ...bad,
    en: { message: 'Size overflow in tensor "{tensor}" at byte {offset}.', hint: again.en },
    zh: { message: "张量“{tensor}”（字节 {offset}）的大小溢出。", hint: again.zh },
  },
  E_FORMAT_ROW: {
    ...bad,
    en: { message: 'Tensor "{tensor}" at byte {offset}: a row of {row} values is not a multiple of the {block} of a {type} block.', hint: again.en },
    zh: { message: "张量“{tensor}”（字节 {offset}）：每行 {row} 个值，不是 {type} 块大小 {block} 的倍数。", hint: again.zh },
  },
  E_FORMAT_TENSOR_TYPE: {
    ...bad,
    en: {
      message: 'Tensor "{tensor}" at byte {offset} has type {type}: {why}.',
      hint: "Convert the model anew to F32, F16, BF16, Q8_0, Q4_0 or Q4_1.",
    },
    zh: { message: "张量“{tensor}”（字节 {offset}）的类型为 {type}：{why}。", hint: "请将模型重新转换为 F32、F16、BF16、Q8_0、Q4_0 或 Q4_1。" },
  },
  E_FORMAT_TENSOR_OFFSET: {
    ...bad,
    en: { message: 'Tensor "{tensor}" at byte {offset}: its data offset is {got}, expected {expected}: {why}.', hint: again.en },
    zh: { message: "张量“{tensor}”（字节 {offset}）：数据偏移为 {got}，应为 {expected}：{why}。", hint: again.zh },
  },
  E_FORMAT_TENSOR_END: {
    ...bad,
    en: {
      message: 'The file is truncated: tensor "{tensor}" at byte {offset} ends at byte {end}, the file has {available}.',
      hint: "The download stopped early: fetch the file again.",
    },
    zh: {
      message: "文件不完整：张量“{tensor}”（字节 {offset}）应止于字节 {end}，文件仅有 {available} 字节。",
      hint: "下载未完成：请重新下载该文件。",
    },
  },
  E_FORMAT_UNSUPPORTED: {
    ...bad,
    en: { message: 'Tensor "{tensor}": type {type} is not supported yet.', hint: "Use a file with these types: {supported}." },
    zh: { message: "张量“{tensor}”：暂不支持类型 {type}。", hint: "请使用以下类型的文件：{supported}。" },
  },
  E_FORMAT_RANGE: {
    ...bad,
    en: { message: "{field} has {size} bytes; bytes {start} and the {bytes} from there were asked for.", hint: "Ask for a part inside it." },
    zh: { message: "{field} 有 {size} 字节；请求的是自字节 {start} 起的 {bytes} 字节。", hint: "请求范围应在其内。" },
  },
  E_FORMAT_MISSING: {
    ...bad,
    en: { message: 'The file does not say "{field}".', hint: "It is not a model of this kind, or was converted by an old tool: convert it anew." },
    zh: { message: "文件缺少“{field}”。", hint: "它不是此类模型，或由旧工具转换：请重新转换。" },
  },
  E_FORMAT_NO_FILE: {
    exit: 66,
    status: 404,
    type: "file_not_found",
    en: { message: 'There is no file "{file}".', hint: "Check the path." },
    zh: { message: "文件“{file}”不存在。", hint: "请检查路径。" },
  },
  E_FORMAT_NOT_A_FILE: {
    ...bad,
    en: { message: '"{file}" is not a regular file.', hint: "Give one file; folders, pipes, sockets and devices cannot be read." },
    zh: { message: "“{file}”不是普通文件。", hint: "请指定一个文件；文件夹、管道、套接字和设备无法读取。" },
  },
  E_FORMAT_UNREADABLE: {
    exit: 74,
    status: 503,
    type: "io_error",
    en: { message: '"{file}" cannot be read: {why}.', hint: "Check that it may be read and that its disk is well, then try again." },
    zh: { message: "无法读取“{file}”：{why}。", hint: "请确认文件允许读取且磁盘正常，然后重试。" },
  },
  E_FORMAT_CLOSED: {
    exit: 64,
    status: 500,
    type: "internal_error",
    en: { message: '"{file}" was read after it was closed.', hint: "Read what you need before close()." },
    zh: { message: "“{file}”关闭后仍被读取。", hint: "请在 close() 之前读取所需内容。" },
  },
  E_IO: {
    exit: 74,
    status: 503,
    type: "io_error",
    en: { message: '"{file}" could not be written, {operation} failed: {why} ({system}).', hint: "What was there before is unharmed; try again." },
    zh: { message: "无法写入“{file}”，{operation}失败：{why}（{system}）。", hint: "原有内容未受影响；请重试。" },
  },
  E_IO_FULL: {
    exit: 74,
    status: 507,
    type: "storage_full",
    en: {
      message: '"{file}" could not be written, {operation} failed: {why} ({system}).',
      hint: "What was there before is unharmed; make room and try again.",
    },
    zh: { message: "无法写入“{file}”，{operation}失败：{why}（{system}）。", hint: "原有内容未受影响；请腾出空间后重试。" },
  },
  E_IO_CREATE: {
    exit: 73,
    status: 507,
    type: "storage_unwritable",
    en: {
      message: '"{file}" cannot be created, {operation} failed: {why} ({system}).',
      hint: "Choose a place in a folder that may be written, where nothing else is.",
    },
    zh: { message: "无法创建“{file}”，{operation}失败：{why}（{system}）。", hint: "请选择可写文件夹中尚无其他文件的位置。" },
  },
  E_IO_EXISTS: {
    exit: 73,
    status: 409,
    type: "already_exists",
    en: {
      message: '"{file}" is there already, and is not replaced unasked.',
      hint: hint("Give --force to replace it, or choose another name.", "Remove it first, or choose another name."),
    },
    zh: { message: "“{file}”已存在，未经要求不会覆盖。", hint: hint("加上 --force 可覆盖它，或另选文件名。", "请先删除它，或另选文件名。") },
  },
};
