// Named vectors, of words or sentences: neighbours, similarity, a map, and the files that other tools read. Knows no model.
import { InkstoneError } from "../core/index.ts";
import { type Projection, principalComponents } from "./pca.ts";

/** A name and how near it is: the cosine. */
export interface NearName {
  readonly name: string;
  readonly similarity: number;
}

/**
 * Vectors by name.
 *
 * Shapes: as many vectors of one length as names. Errors: `E_OPTION` where they do not fit, a name is there twice, or is not known.
 *
 * @example
 * const vectors = new WordVectors(["king", "queen", "apple"], [[1, 0.9], [0.9, 1], [-1, 0.2]]);
 * vectors.nearest("king", 1)[0].name; // "queen"
 * vectors.similarity("king", "apple") < 0; // true
 * vectors.toWord2VecText().split("\n")[0]; // "3 2"
 */
export class WordVectors {
  readonly names: readonly string[];
  readonly vectors: readonly Float32Array[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #lengths: Float64Array;

  constructor(names: readonly string[], vectors: readonly ArrayLike<number>[]) {
    const width = vectors[0]?.length ?? 0;
    if (names.length === 0 || names.length !== vectors.length || width === 0 || vectors.some(({ length }) => length !== width)) {
      throw new InkstoneError("E_OPTION", {
        option: "vectors",
        value: vectors.length,
        allowed: { en: `${names.length} vectors of one length`, zh: `${names.length} 个等长向量` },
      });
    }
    this.names = names;
    this.vectors = vectors.map((vector) => Float32Array.from(vector));
    this.#places = new Map(names.map((name, i) => [name, i]));
    if (this.#places.size !== names.length)
      throw new InkstoneError("E_OPTION", { option: "names", value: names.length, allowed: { en: "each name once", zh: "每个名称一次" } });
    this.#lengths = Float64Array.from(this.vectors, (vector) => Math.sqrt(dot(vector, vector)));
  }

  get width(): number {
    return this.vectors[0].length;
  }

  has(name: string): boolean {
    return this.#places.has(name);
  }

  /** The vector of a name. */
  vector(name: string): Float32Array {
    return this.vectors[this.#place(name)];
  }

  /** The cosine of two vectors, by name or as they are; 0 where one has no length. */
  similarity(a: string | ArrayLike<number>, b: string | ArrayLike<number>): number {
    const [x, y] = [this.#resolve(a), this.#resolve(b)];
    const lengths = Math.sqrt(dot(x, x) * dot(y, y));
    return lengths > 0 ? dot(x, y) / lengths : 0;
  }

  /** The `count` nearest by cosine, nearest first; a name is not its own neighbour. */
  nearest(of: string | ArrayLike<number>, count: number = 10): NearName[] {
    const target = this.#resolve(of);
    const length = Math.sqrt(dot(target, target));
    const own = typeof of === "string" ? this.#place(of) : -1;
    return this.vectors
      .map((vector, i) => ({ i, similarity: length * this.#lengths[i] > 0 ? dot(vector, target) / (length * this.#lengths[i]) : 0 }))
      .filter(({ i }) => i !== own)
      .sort((a, b) => b.similarity - a.similarity || a.i - b.i)
      .slice(0, count)
      .map(({ i, similarity }) => ({ name: this.names[i], similarity }));
  }

  /** All of them on two principal components. */
  map(): Projection {
    return principalComponents(this.vectors, Math.min(2, this.width));
  }

  /** The text form of word2vec: how many and how wide, then a name and its numbers a line. Blanks in names become `_`. */
  toWord2VecText(): string {
    const lines = this.names.map((name, i) => `${name.replace(/\s/gu, "_")} ${Array.from(this.vectors[i], short).join(" ")}`);
    return `${this.names.length} ${this.width}\n${lines.join("\n")}\n`;
  }

  /** What `toWord2VecText` gave, or another's file. Errors: `E_OPTION` with the line. */
  static fromWord2VecText(text: string): WordVectors {
    const [head, ...lines] = text.split("\n").filter((line) => line !== "");
    const [count, width] = (head ?? "").split(" ").map(Number);
    if (!(lines.length === count && width > 0))
      throw new InkstoneError("E_OPTION", {
        option: "line 1",
        value: head ?? "",
        allowed: { en: "how many vectors, how wide", zh: "向量个数与宽度" },
      });
    const rows = lines.map((line, i) => {
      const [name, ...parts] = line.trimEnd().split(" ");
      const vector = parts.map(Number);
      if (vector.length !== width || vector.some((part) => !Number.isFinite(part))) {
        throw new InkstoneError("E_OPTION", {
          option: `line ${i + 2}`,
          value: line.slice(0, 60),
          allowed: { en: `a name and ${width} numbers`, zh: `一个名称和 ${width} 个数` },
        });
      }
      return { name, vector };
    });
    return new WordVectors(
      rows.map(({ name }) => name),
      rows.map(({ vector }) => vector),
    );
  }

  /** Two files for TensorBoard's projector: vectors and their names, tab-separated. */
  toProjector(): { readonly vectors: string; readonly metadata: string } {
    return {
      vectors: this.vectors.map((vector) => `${Array.from(vector, short).join("\t")}\n`).join(""),
      metadata: this.names.map((name) => `${name.replace(/[\t\n\r]/gu, " ")}\n`).join(""),
    };
  }

  #place(name: string): number {
    const place = this.#places.get(name);
    if (place === undefined)
      throw new InkstoneError("E_OPTION", {
        option: "name",
        value: name,
        allowed: { en: `one of the ${this.names.length} names`, zh: `${this.names.length} 个名称之一` },
      });
    return place;
  }

  #resolve(of: string | ArrayLike<number>): ArrayLike<number> {
    if (typeof of === "string") return this.vector(of);
    if (of.length !== this.width)
      throw new InkstoneError("E_OPTION", { option: "vector", value: of.length, allowed: { en: `${this.width} numbers`, zh: `${this.width} 个数` } });
    return of;
  }
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

// Nine digits say every f32.
const short = (value: number) => String(Number(value.toPrecision(9)));
