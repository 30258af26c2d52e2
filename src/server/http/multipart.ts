// Files that come as multipart/form-data, whole and in memory: bounded by the size of the body. Knows no routes.
import { InkstoneError } from "../../core/index.ts";

/** Fields and the one file of a form. */
export interface Form {
  readonly fields: Readonly<Record<string, string>>;
  readonly file: { readonly name: string; readonly bytes: Buffer } | undefined;
}

/**
 * Reads a form. Errors: E_HTTP for what is none, E_FIELD for a second file or a field that comes twice.
 *
 * @example
 * const edge = "----------------------------1234";
 * const body = Buffer.from(`--${edge}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n--${edge}--\r\n`);
 * (await readForm(body, `multipart/form-data; boundary=${edge}`)).fields.purpose; // "batch"
 */
export async function readForm(body: Buffer, type: string): Promise<Form> {
  let form: FormData;
  try {
    form = await new Response(new Uint8Array(body), { headers: { "content-type": type } }).formData();
  } catch (cause) {
    throw new InkstoneError("E_HTTP", { why: { en: "the body is no form", zh: "请求体不是表单" } }, { cause });
  }
  const fields: Record<string, string> = {};
  let file: Form["file"];
  for (const [name, value] of form.entries()) {
    const twice = typeof value === "string" ? Object.hasOwn(fields, name) : file !== undefined;
    if (twice) throw new InkstoneError("E_FIELD", { field: name.slice(0, 80), why: { en: "it comes twice", zh: "重复出现" } });
    if (typeof value === "string") fields[name] = value;
    else file = { name: value.name, bytes: Buffer.from(await value.arrayBuffer()) };
  }
  return { fields, file };
}
