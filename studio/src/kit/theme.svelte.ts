// Light or dark: as the system has it, until somebody chooses. Knows no colours.
import { keep, recall } from "../api/keep.ts";

const dark = matchMedia("(prefers-color-scheme: dark)");

class Theme {
  #system: "light" | "dark" = $state(dark.matches ? "dark" : "light");
  #chosen: "light" | "dark" | undefined = $state(chosenBefore());

  constructor() {
    dark.addEventListener("change", () => {
      this.#system = dark.matches ? "dark" : "light";
    });
    this.#show();
  }

  get now(): "light" | "dark" {
    return this.#chosen ?? this.#system;
  }

  /** The other one; what the system has is not kept as a choice. */
  turn(): void {
    const other = this.now === "light" ? "dark" : "light";
    this.#chosen = other === this.#system ? undefined : other;
    keep("theme", this.#chosen);
    this.#show();
  }

  #show(): void {
    document.documentElement.style.colorScheme = this.#chosen ?? "";
  }
}

function chosenBefore(): "light" | "dark" | undefined {
  const kept = recall("theme");
  return kept === "light" || kept === "dark" ? kept : undefined;
}

export const theme: Theme = new Theme();
