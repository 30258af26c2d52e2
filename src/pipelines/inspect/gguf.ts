// A GGUF file as it is looked at: what it declares, its tensors, and the vectors of its tokens, read when they are asked for. Knows no terminal.
import { InkstoneError } from "../../core/index.ts";
import { openGguf } from "../../formats/index.ts";
import { tokenEmbedding } from "../../models/index.ts";
import type { MatrixWeight } from "../../nn/index.ts";
import { cpu } from "../../tensor/index.ts";
import { type Tokenizer, tokenizerFromGguf } from "../../text/index.ts";
import type { TokenTable } from "../token-table.ts";
import { foldWeights, type Inspected, type ModelFacts, vocabulariesOf } from "./inspected.ts";

const settings = ["block_count", "embedding_length", "attention.head_count", "attention.head_count_kv", "feed_forward_length", "context_length"];

/** A GGUF file. Errors: E_FORMAT_*, those of the tokenizer. */
export async function inspectGguf(path: string, name: string): Promise<Inspected> {
  const file = await openGguf(path);
  try {
    const device = cpu();
    const { metadata } = file;
    const architecture = metadata.string("general.architecture");
    const tokenizer = tokenizerOrNone(() => tokenizerFromGguf(metadata, device.executor));
    let loaded: MatrixWeight | undefined;
    const embedding = file.tensors.get("token_embd.weight");
    const tables: TokenTable[] =
      embedding && tokenizer
        ? [
            {
              name: "vocabulary",
              tokenizer,
              first: 0,
              device,
              shape: [embedding.shape[0], embedding.shape[1]],
              get weight() {
                loaded ??= tokenEmbedding(file, device);
                return loaded;
              },
            },
          ]
        : [];
    const tensors = [...file.tensors.values()].map(({ name: own, shape, type }) => ({ name: own, shape, type: type.name }));
    const facts: ModelFacts = {
      kind: "gguf",
      name,
      parameters: tensors.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0),
      settings: {
        architecture,
        ...Object.fromEntries(
          settings.flatMap((key) => (metadata.has(`${architecture}.${key}`) ? [[key, metadata.number(`${architecture}.${key}`)]] : [])),
        ),
      },
      weights: foldWeights(tensors),
      vocabularies: vocabulariesOf(tables),
    };
    return {
      facts,
      tables,
      dispose: () => {
        loaded?.dispose();
        tokenizer?.dispose();
        file.close();
      },
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

// A model whose tokenizer is of another kind can be looked at all the same, without words.
function tokenizerOrNone(open: () => Tokenizer): Tokenizer | undefined {
  try {
    return open();
  } catch (error) {
    if (error instanceof InkstoneError && error.code === "E_TOKENIZER_KIND") return undefined;
    throw error;
  }
}
