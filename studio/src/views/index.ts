// Every view of the page: its name (also its address after #), its group, and how it is loaded. Knows no view's inside.
import type { Component } from "svelte";

interface Entry {
  readonly group: "talk" | "apply" | "build" | "look";
  readonly load: () => Promise<{ default: Component<Record<string, never>> }>;
}

export const views = {
  chat: { group: "talk", load: () => import("./chat/View.svelte") },
  classify: { group: "build", load: () => import("./classify/View.svelte") },
  tokens: { group: "look", load: () => import("./tokens/View.svelte") },
} as const satisfies Record<string, Entry>;

export type ViewName = keyof typeof views;
export type GroupName = Entry["group"];
export const groups: readonly GroupName[] = ["talk", "apply", "build", "look"];
export const viewNames = Object.keys(views) as ViewName[];
