// All decoders that are known, a line each.
import type { DecoderArchitecture } from "../architecture.ts";
import { gemma2, gemma3 } from "./gemma.ts";
import { gptNeox } from "./gpt-neox.ts";
import { gpt2 } from "./gpt2.ts";
import { llama } from "./llama.ts";
import { phi3 } from "./phi3.ts";
import { qwen2, qwen3 } from "./qwen.ts";
import { smollm3 } from "./smollm3.ts";

export { llama };

/** Found by their declared names. */
export const decoders: readonly DecoderArchitecture[] = [llama, smollm3, qwen2, qwen3, gemma2, gemma3, phi3, gpt2, gptNeox];
