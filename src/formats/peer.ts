// Packages that only some readers need: loaded when used, and named with the command that installs them when they are not there.
import { InkstoneError, type Phrase } from "../core/index.ts";

const missing = ["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND", "ERR_PACKAGE_PATH_NOT_EXPORTED"];

/**
 * What an `import()` of an optional package gives. `name` is what to install, with its version.
 *
 * Errors: E_PACKAGE_MISSING when it is not installed; other failures of loading pass through.
 *
 * @example
 * await optionalPackage("not-there@1.0.0", "nothing", () => import("not-there" as string)); // throws E_PACKAGE_MISSING
 */
export async function optionalPackage<Module>(name: string, purpose: Phrase, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!missing.includes(code)) throw error;
    throw new InkstoneError("E_PACKAGE_MISSING", { package: name, purpose }, { cause: error });
  }
}
