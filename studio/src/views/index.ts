// Every view of the page: its name (also its address after #), its group, and how it is loaded. Knows no view's inside.
import type { Component } from "svelte";

interface Entry {
  readonly group: "talk" | "apply" | "build" | "look";
  readonly load: () => Promise<{ default: Component<Record<string, never>> }>;
}

export const views = {
  chat: { group: "talk", load: () => import("./chat/View.svelte") },
  kb: { group: "talk", load: () => import("./kb/View.svelte") },
  write: { group: "talk", load: () => import("./write/View.svelte") },
  translate: { group: "talk", load: () => import("./translate/View.svelte") },
  listen: { group: "talk", load: () => import("./listen/View.svelte") },
  support: { group: "apply", load: () => import("./support/View.svelte") },
  moderate: { group: "apply", load: () => import("./moderate/View.svelte") },
  pii: { group: "apply", load: () => import("./pii/View.svelte") },
  legal: { group: "apply", load: () => import("./legal/View.svelte") },
  medical: { group: "apply", load: () => import("./medical/View.svelte") },
  tutor: { group: "apply", load: () => import("./tutor/View.svelte") },
  insight: { group: "apply", load: () => import("./insight/View.svelte") },
  classify: { group: "build", load: () => import("./classify/View.svelte") },
  runs: { group: "build", load: () => import("./runs/View.svelte") },
  feedback: { group: "build", load: () => import("./feedback/View.svelte") },
  tune: { group: "build", load: () => import("./tune/View.svelte") },
  evaluate: { group: "build", load: () => import("./evaluate/View.svelte") },
  models: { group: "look", load: () => import("./models/View.svelte") },
  tokens: { group: "look", load: () => import("./tokens/View.svelte") },
  vectors: { group: "look", load: () => import("./vectors/View.svelte") },
  server: { group: "look", load: () => import("./server/View.svelte") },
} as const satisfies Record<string, Entry>;

export type ViewName = keyof typeof views;
export type GroupName = Entry["group"];
export const groups: readonly GroupName[] = ["talk", "apply", "build", "look"];
export const viewNames = Object.keys(views) as ViewName[];
