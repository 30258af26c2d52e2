// Looking into zod schemas: which fields there are at a path, which types a union has, and the same as JSON Schema for the description of the API. Knows no routes.
import { z } from "zod";

// Of every schema: its kind and what it is made of.
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly out?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly values?: readonly unknown[];
  readonly entries?: Readonly<Record<string, string>>;
}

const definition = (schema: z.ZodType): Definition => schema.def as unknown as Definition;

// The schemas that can stand here: wrappers taken off, unions taken apart.
function plain(schema: z.ZodType): z.ZodType[] {
  const { innerType, options, out } = definition(schema);
  if (innerType !== undefined) return plain(innerType);
  if (options !== undefined) return options.flatMap(plain);
  return out !== undefined ? plain(out) : [schema];
}

function below(schema: z.ZodType, part: PropertyKey): z.ZodType[] {
  return plain(schema).flatMap((one) => {
    const { shape, element, valueType } = definition(one);
    const found = typeof part === "number" ? element : (shape?.[String(part)] ?? valueType);
    return found === undefined ? [] : [found];
  });
}

const at = (schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType[] =>
  path.reduce<z.ZodType[]>((found, part) => found.flatMap((one) => below(one, part)), [schema]);

/** Names of the fields that an object at this path may have. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  return [
    ...new Set(
      at(schema, path)
        .flatMap(plain)
        .flatMap((one) => Object.keys(definition(one).shape ?? {})),
    ),
  ];
}

/** Kinds of values that may stand at this path; where only certain ones may, those as JSON. */
export function branches(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  return [
    ...new Set(
      at(schema, path)
        .flatMap(plain)
        .flatMap((one) => {
          const { type, values, entries } = definition(one);
          const certain = values ?? (entries === undefined ? undefined : Object.values(entries));
          return certain === undefined ? [type] : certain.map((value) => JSON.stringify(value));
        }),
    ),
  ];
}

/** A schema as JSON Schema, for the description of the API: what is sent, not what it becomes. */
export function jsonSchema(schema: z.ZodType): object {
  const { $schema: _, ...plainSchema } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any", target: "draft-7" }) as Record<
    string,
    unknown
  >;
  return plainSchema;
}
