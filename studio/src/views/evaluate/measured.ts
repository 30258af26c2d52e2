// A classifier of the server held against a table. Knows no components.
import { reach } from "../../api/http.ts";

/** What came of it. */
export interface Measured {
  readonly examples: number;
  readonly report: {
    readonly accuracy: number;
    readonly macro: { readonly f: number };
    readonly classes: readonly {
      readonly label: string;
      readonly precision: number;
      readonly recall: number;
      readonly f: number;
      readonly support: number;
    }[];
  };
  readonly worst: readonly {
    readonly row: number;
    readonly line?: number;
    readonly text: string;
    readonly truth: string;
    readonly predicted: string;
    readonly confidence?: number;
  }[];
  readonly skipped: { readonly count: number };
}

const typeOf = (name: string): string =>
  /\.(tsv|tab)$/i.test(name) ? "text/tab-separated-values" : /\.(jsonl|ndjson)$/i.test(name) ? "application/jsonl" : "text/csv";

/** Errors: ApiError, Offline. */
export async function post(
  id: string,
  { name, text }: { readonly name: string; readonly text: string },
  columns: { readonly text: string; readonly label: string },
  signal: AbortSignal,
): Promise<Measured> {
  const query = new URLSearchParams({ text: columns.text || "text", label: columns.label || "label", name });
  const path = `./v1/classifiers/${encodeURIComponent(id)}/evaluate?${query}`;
  return (await reach(path, { method: "POST", signal, headers: { "content-type": typeOf(name) }, body: text })).json();
}
