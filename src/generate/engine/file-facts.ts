// What is told of a model's file beside its numbers: its size, how its matrices are kept, its template and marks. Knows no requests.
import type { GgufFile, HubFolder } from "../../formats/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import type { ModelInformation } from "../types.ts";

/** Facts of a file. */
export type FileFacts = Pick<ModelInformation, "bytes" | "quantization" | "chatTemplate" | "bosToken" | "eosToken">;

/** `general.file_type` of GGUF, by llama.cpp's enumeration (include/llama.h, llama_ftype). */
const fileTypes: ReadonlyMap<number, string> = new Map([
  [0, "F32"],
  [1, "F16"],
  [2, "Q4_0"],
  [3, "Q4_1"],
  [7, "Q8_0"],
  [8, "Q5_0"],
  [9, "Q5_1"],
  [10, "Q2_K"],
  [11, "Q3_K_S"],
  [12, "Q3_K_M"],
  [13, "Q3_K_L"],
  [14, "Q4_K_S"],
  [15, "Q4_K_M"],
  [16, "Q5_K_S"],
  [17, "Q5_K_M"],
  [18, "Q6_K"],
  [25, "IQ4_NL"],
  [30, "IQ4_XS"],
  [32, "BF16"],
]);

/** `dtype` of a hub folder's config.json (`torch_dtype` before transformers 4.56). */
const dtypes: ReadonlyMap<unknown, string> = new Map([
  ["float32", "F32"],
  ["float16", "F16"],
  ["bfloat16", "BF16"],
]);

/** What a file, its tokenizer and its template tell. */
export function fileFacts(file: GgufFile | HubFolder, tokenizer: Tokenizer, chatTemplate: string | undefined): FileFacts {
  const isGguf = "metadata" in file;
  let bytes = 0;
  for (const tensor of file.tensors.values()) bytes += tensor.bytes;
  const quantization = isGguf
    ? fileTypes.get(file.metadata.numberOr("general.file_type", -1))
    : dtypes.get(file.config["dtype"] ?? file.config["torch_dtype"]);
  const mark = (id: number | undefined) => (id === undefined ? undefined : tokenizer.decode([id]));
  const all = { quantization, chatTemplate, bosToken: mark(tokenizer.bos), eosToken: mark(tokenizer.eos) };
  const known = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return { bytes, ...known };
}
