// A GPT of a run as a Hub directory that Python's transformers opens: config.json, model.safetensors, tokenizer. Opened again and compared before it is handed out.
import { InkstoneError } from "../../core/index.ts";
import { openSafetensors, type SafetensorsContent, safetensorsPieces, writeFolderDurably } from "../../formats/index.ts";
import { Gpt } from "../../models/index.ts";
import { Tensor } from "../../tensor/index.ts";
import type { openRun } from "./train-run.ts";

type OpenedRun = Awaited<ReturnType<typeof openRun>>;

/**
 * Writes the best weights of a run as a directory that `transformers.AutoModelForCausalLM.from_pretrained` opens with the same logits: GPT-2's names and layout; biases that the model
 * does not have are zeros. The run's tokenizer.json goes with it.
 *
 * Errors: `E_RUN_FOLDER` for an architecture that has no such form; `E_MODEL_WEIGHTS` where a weight did not come back as it was written; those of durable writes.
 *
 * @example
 * await writeFile("words.txt", "the ink is on the stone\n".repeat(40));
 * const recipe = recipeOf({ data: { files: "words.txt" }, model: { depth: 1, width: 8, heads: 1, contextLength: 8 }, budget: { steps: 2 } });
 * await trainRun(recipe, { output: "words" });
 * await exportRun(await openRun("words"), "words-hub");
 * (await openSafetensors("words-hub/model.safetensors")).tensors.get("transformer.h.0.attn.c_attn.weight")?.shape; // [8, 24]
 */
export async function exportRun(run: OpenedRun, path: string): Promise<void> {
  const { recipe, model, coder } = run;
  if (!(model instanceof Gpt)) {
    const why = {
      en: `a ${recipe.model.architecture} has no form that transformers opens`,
      zh: `${recipe.model.architecture} 没有 transformers 可打开的形式`,
    };
    throw new InkstoneError("E_RUN_FOLDER", { run: path, why });
  }
  const entries = weightsOf(model);
  const tokenizer = { tokenizer_class: "PreTrainedTokenizerFast", model_max_length: recipe.model.contextLength, clean_up_tokenization_spaces: false };
  const content = new Map<string, string | Iterable<Uint8Array>>([
    ["config.json", `${JSON.stringify(configOf(model), undefined, 2)}\n`],
    ["model.safetensors", safetensorsPieces(entries, { format: "pt" })],
    ["tokenizer.json", coder.json],
    ["tokenizer_config.json", `${JSON.stringify(tokenizer, undefined, 2)}\n`],
    ["generation_config.json", `${JSON.stringify({ do_sample: true, temperature: 0.8 })}\n`],
  ]);
  await writeFolderDurably(path, content, { checksums: true });
  await compare(entries, `${path}/model.safetensors`);
}

function configOf({ config }: Gpt): Record<string, unknown> {
  const {
    vocabularySize,
    contextLength,
    layers,
    heads,
    width,
    mlpWidth = 4 * width,
    epsilon = 1e-5,
    activation = "gelu_tanh",
    tiedHead = true,
  } = config;
  return {
    architectures: ["GPT2LMHeadModel"],
    model_type: "gpt2",
    vocab_size: vocabularySize,
    n_positions: contextLength,
    n_ctx: contextLength,
    n_embd: width,
    n_layer: layers,
    n_head: heads,
    n_inner: mlpWidth,
    activation_function: activation === "gelu" ? "gelu" : "gelu_new",
    layer_norm_epsilon: epsilon,
    attn_pdrop: 0,
    embd_pdrop: 0,
    resid_pdrop: 0,
    tie_word_embeddings: tiedHead,
    torch_dtype: "float32",
    bos_token_id: null,
    eos_token_id: null,
  };
}

// Names of GPT-2, whose matrices lie [in, out].
function weightsOf(model: Gpt): SafetensorsContent[] {
  const { layers, width, mlpWidth = 4 * width, tiedHead = true } = model.config;
  const own = model.stateDict();
  const get = (name: string): Tensor | undefined => {
    const found = own.get(name);
    return found instanceof Tensor ? found : undefined;
  };
  const values = (name: string, size: number): Float32Array => (get(name)?.dataSync() as Float32Array | undefined) ?? new Float32Array(size);
  const entry = (name: string, shape: readonly number[], made: Float32Array): SafetensorsContent => ({ name, type: "F32", shape, values: made });
  const turned = (name: string, outputs: number, inputs: number) => transposed(values(name, outputs * inputs), outputs, inputs);
  const norm = (name: string, from: string) => [
    entry(`${name}.weight`, [width], values(`${from}.weight`, width)),
    entry(`${name}.bias`, [width], values(`${from}.bias`, width)),
  ];
  const block = (i: number): SafetensorsContent[] => {
    const [to, from] = [`transformer.h.${i}`, `decoder.layers.${i}`];
    const three = ["query", "key", "value"].map((part) => `${from}.attention.${part}`);
    const joined = new Float32Array(width * 3 * width);
    for (const [part, name] of three.entries()) {
      const one = turned(`${name}.weight`, width, width);
      for (let row = 0; row < width; row++) joined.set(one.subarray(row * width, (row + 1) * width), row * 3 * width + part * width);
    }
    const biases = Float32Array.from(three.flatMap((name) => [...values(`${name}.bias`, width)]));
    return [
      ...norm(`${to}.ln_1`, `${from}.attentionNorm`),
      entry(`${to}.attn.c_attn.weight`, [width, 3 * width], joined),
      entry(`${to}.attn.c_attn.bias`, [3 * width], biases),
      entry(`${to}.attn.c_proj.weight`, [width, width], turned(`${from}.attention.output.weight`, width, width)),
      entry(`${to}.attn.c_proj.bias`, [width], values(`${from}.attention.output.bias`, width)),
      ...norm(`${to}.ln_2`, `${from}.mlpNorm`),
      entry(`${to}.mlp.c_fc.weight`, [width, mlpWidth], turned(`${from}.mlp.up.weight`, mlpWidth, width)),
      entry(`${to}.mlp.c_fc.bias`, [mlpWidth], values(`${from}.mlp.up.bias`, mlpWidth)),
      entry(`${to}.mlp.c_proj.weight`, [mlpWidth, width], turned(`${from}.mlp.down.weight`, width, mlpWidth)),
      entry(`${to}.mlp.c_proj.bias`, [width], values(`${from}.mlp.down.bias`, width)),
    ];
  };
  const { vocabularySize, contextLength } = model.config;
  return [
    entry("transformer.wte.weight", [vocabularySize, width], values("decoder.embedding.weight", vocabularySize * width)),
    entry("transformer.wpe.weight", [contextLength, width], values("decoder.positions.weight", contextLength * width)),
    ...Array.from({ length: layers }, (_, i) => block(i)).flat(),
    ...norm("transformer.ln_f", "decoder.norm"),
    ...(tiedHead ? [] : [entry("lm_head.weight", [vocabularySize, width], values("decoder.head", vocabularySize * width))]),
  ];
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const found = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) found[j * rows + i] = values[i * columns + j];
  return found;
}

async function compare(entries: readonly SafetensorsContent[], path: string): Promise<void> {
  const file = await openSafetensors(path);
  try {
    for (const { name, values } of entries) {
      const [back, made] = [file.values(name), values as Float32Array];
      if (back.length === made.length && made.every((value, i) => value === back[i])) continue;
      throw new InkstoneError("E_MODEL_WEIGHTS", { weight: name, why: { en: "it did not come back as it was written", zh: "读回的值与写入的不同" } });
    }
  } finally {
    file.close();
  }
}
