// Saved models: plain data, numbers as base64 of their bytes (f64, little endian), so that what is read back is what was saved. Knows no model.
import { InkstoneError } from "../core/index.ts";
import type { Label } from "./types.ts";

/** Numbers as text. */
export function packNumbers(numbers: Float64Array): string {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString("base64");
}

/**
 * Coefficients as a field: `coefficients` of 64 bits, or `coefficients32` of 32 where a model was narrowed.
 *
 * @example
 * coefficientField(Float32Array.of(1)); // { coefficients32: "AACAPw==" }
 */
export function coefficientField(numbers: Float64Array | Float32Array): Record<string, string> {
  const text = Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString("base64");
  return numbers instanceof Float32Array ? { coefficients32: text } : { coefficients: text };
}

/** Fields of a saved model, each checked as it is read. Errors: `E_SAVED_MODEL` naming the field. */
export class SavedFields {
  readonly type: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(type: string, fields: Readonly<Record<string, unknown>>) {
    this.type = type;
    this.#fields = fields;
  }

  field(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  labels(name: string, fewest: number = 2): readonly Label[] {
    const value = this.field(name);
    const isGood =
      Array.isArray(value) &&
      value.length >= fewest &&
      value.every((one) => typeof one === "string" || Number.isFinite(one)) &&
      new Set(value).size === value.length;
    return isGood ? (value as Label[]) : this.refuse(name);
  }

  strings(name: string): readonly string[] {
    const value = this.field(name);
    return Array.isArray(value) && value.every((one) => typeof one === "string") ? (value as string[]) : this.refuse(name);
  }

  count(name: string): number {
    const value = this.field(name);
    return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : this.refuse(name);
  }

  options(): object {
    const value = this.field("options");
    return typeof value === "object" && value !== null ? value : this.refuse("options");
  }

  refuse(name: string): never {
    throw new InkstoneError("E_SAVED_MODEL", {
      what: this.type,
      why: { en: `its field ${name} is missing or broken`, zh: `其字段 ${name} 缺失或已损坏` },
    });
  }
}

/** The fields of a saved model of a type. Errors: `E_SAVED_MODEL`. */
export function readModel(saved: unknown, type: string): SavedFields {
  const fields = (typeof saved === "object" && saved !== null ? saved : {}) as Record<string, unknown>;
  const made = new SavedFields(type, fields);
  if (made.field("type") !== type) made.refuse("type");
  const version = made.field("formatVersion");
  if (version !== 1) {
    const got = JSON.stringify(version) ?? "missing";
    throw new InkstoneError("E_SAVED_MODEL", {
      what: type,
      why: { en: `its formatVersion is ${got}, known: 1`, zh: `其 formatVersion 为 ${got}，已知：1` },
    });
  }
  return made;
}

/** What `coefficientField` gave. Errors: `E_SAVED_MODEL`. */
export function unpackCoefficients(model: SavedFields, length: number): Float64Array | Float32Array {
  const text = model.field("coefficients32");
  if (text === undefined) return unpackNumbers(model, "coefficients", length);
  if (typeof text !== "string" || text.length > 4 + Math.ceil((length * 16) / 3)) return model.refuse("coefficients32");
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== length * 4) return model.refuse("coefficients32");
  const numbers = new Float32Array(length);
  new Uint8Array(numbers.buffer).set(bytes);
  return numbers.every(Number.isFinite) ? numbers : model.refuse("coefficients32");
}

/** Numbers of a field. Errors: `E_SAVED_MODEL` where there are not as many, or one is not finite. */
export function unpackNumbers(model: SavedFields, name: string, length?: number): Float64Array {
  const text = model.field(name);
  if (typeof text !== "string") return model.refuse(name);
  const bytes = Buffer.from(text, "base64");
  if (bytes.length % 8 !== 0) return model.refuse(name);
  const numbers = new Float64Array(bytes.length / 8);
  new Uint8Array(numbers.buffer).set(bytes);
  if ((length !== undefined && numbers.length !== length) || !numbers.every(Number.isFinite)) return model.refuse(name);
  return numbers;
}
