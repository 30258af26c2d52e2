// What all readers of examples take. Knows no formats.
import type { PieceOptions, RowOptions } from "../../formats/index.ts";

/** How examples are read: how bytes come (signal, progress, unpacking) and what becomes of broken rows. */
export interface ExampleOptions extends PieceOptions, Omit<RowOptions, "file"> {}
