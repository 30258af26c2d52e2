// What a model reference means: a path, a catalogue name, or a hub name. Knows the grammar of names only; opens nothing.
import { InkstoneError, nearest, type Phrase, shortened } from "../core/index.ts";
import { type CatalogueEntry, catalogue } from "./catalogue.ts";

/** A reference, understood. */
export type ModelReference =
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "catalogue"; readonly name: string; readonly entry: CatalogueEntry }
  /** `wanted` is a file of the repository or a quant name such as Q4_0. */
  | { readonly kind: "hub"; readonly name: string; readonly repository: string; readonly wanted?: string };

const longest = { name: 200, path: 4096 };
const shortName = /^[A-Za-z0-9][\w.-]{0,63}(:[A-Za-z0-9][\w.-]{0,63})?$/;
const hubName = /^([A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9_][\w.-]{0,95})(?::([A-Za-z0-9_][\w.-]*(?:\/[A-Za-z0-9_][\w.-]*){0,8}))?$/;

/**
 * Understands a model reference.
 *
 * A path starts with `/`, `./`, `../` or `~/`, or ends in `.gguf`, `.json`, `.onnx` or `.safetensors` without a colon; `allowPaths: false` (names from a request) takes none.
 * Errors: E_MODEL_NAME for what can be no name, E_MODEL_UNKNOWN with the nearest catalogue name otherwise.
 *
 * @example
 * parseReference("owner/name:Q4_0").kind; // "hub"
 */
export function parseReference(reference: string, { allowPaths = true }: { allowPaths?: boolean } = {}): ModelReference {
  refuseUnsafe(reference);
  if (allowPaths && looksLikePath(reference)) return { kind: "path", path: reference };
  refuseTraversal(reference);
  const hub = hubName.exec(reference);
  if (hub) return { kind: "hub", name: reference, repository: hub[1], wanted: hub[2] };
  if (!shortName.test(reference))
    throw bad(reference, { en: "only letters, digits, and . _ - : / in their places", zh: "只能使用字母、数字以及位置恰当的 . _ - : /" });
  const entry = catalogue.find((one) => one.name === reference.toLowerCase());
  if (entry) return { kind: "catalogue", name: entry.name, entry };
  throw new InkstoneError("E_MODEL_UNKNOWN", {
    name: reference,
    nearest: nearest(
      reference,
      catalogue.map((one) => one.name),
    ),
  });
}

function looksLikePath(reference: string): boolean {
  return /^(\/|\.\.?\/|~\/)/.test(reference) || (/\.(gguf|json|onnx|safetensors)$/i.test(reference) && !reference.includes(":"));
}

function refuseUnsafe(reference: string): void {
  if (typeof reference !== "string" || reference === "") throw bad(String(reference), { en: "it is empty", zh: "为空" });
  if (reference.length > longest.path || (reference.length > longest.name && !looksLikePath(reference)))
    throw bad(shortened(reference, 40), { en: `it is longer than ${longest.name} characters`, zh: `超过 ${longest.name} 个字符` });
  if (/(?![\u0080-\u009f])\p{Cc}/u.test(reference)) throw bad(reference, { en: "it holds a control character", zh: "含有控制字符" });
  if (reference.startsWith("-")) throw bad(reference, { en: "it starts with a dash", zh: "以连字符开头" });
}

function refuseTraversal(reference: string): void {
  if (/%[0-9a-f]{2}/i.test(reference)) throw bad(reference, { en: "it holds a percent escape", zh: "含有百分号转义" });
  if (reference.includes("\\") || /^[A-Za-z]:[\\/]/.test(reference) || reference.startsWith("/"))
    throw bad(reference, { en: "it is a path, not a name", zh: "它是路径而非名称" });
  if (reference.split(/[/:]/).some((part) => part === "." || part === ".." || part.endsWith(".")))
    throw bad(reference, { en: "it climbs out of its folder", zh: "试图跳出所在文件夹" });
}

const bad = (name: string, why: Phrase) => new InkstoneError("E_MODEL_NAME", { name, why });
