// The talks that are kept on this machine: one key each, so that two tabs never overwrite each other. Knows nothing of models.

import type { ChatSettings } from "../../api/chat.ts";
import { forget, keep, names, recall } from "../../api/keep.ts";
import type { Entry } from "./conversation.svelte.ts";

/** A talk as it is kept. `revision` grows with each save: a tab that holds an older one saves under a name of its own. */
export interface Talk {
  id: string;
  title: string;
  updated: number;
  revision: number;
  entries: Entry[];
  /** How it is answered; absent in talks of before. */
  settings?: ChatSettings;
}

const prefix = "talk.";
const fresh = (): string => `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;
export const newTalk = (): Talk => ({ id: fresh(), title: "", updated: Date.now(), revision: 0, entries: [] });

function read(id: string): Talk | undefined {
  try {
    const talk: Talk = JSON.parse(recall(prefix + id) ?? "");
    const entries = talk.entries.map((entry) => (entry.state === "streaming" ? { ...entry, state: "stopped" as const } : entry));
    for (const { rival } of entries) if (rival?.state === "streaming") rival.state = "stopped";
    return { ...talk, id, entries };
  } catch {
    return undefined;
  }
}

// What versions before this one kept: one talk under one key.
function adoptOld(): void {
  const old = recall("conversation");
  if (old === undefined) return;
  forget("conversation");
  try {
    const talk = { ...newTalk(), entries: JSON.parse(old) as Entry[] };
    if (talk.entries.length > 0) keep(prefix + talk.id, JSON.stringify({ ...talk, title: titleOf(talk.entries) }));
  } catch {
    // it was no talk
  }
}

/** What a talk is called until somebody names it: the beginning of its first question. */
export function titleOf(entries: readonly Entry[]): string {
  const first =
    entries
      .find((entry) => entry.role === "user")
      ?.content.trim()
      .replaceAll(/\s+/g, " ") ?? "";
  const letters = [...first];
  return letters.length > 60 ? `${letters.slice(0, 60).join("")}…` : first;
}

export class Talks {
  /** Newest first. */
  list: Talk[] = $state([]);
  /** The talk that was removed last, while it can be brought back. */
  removed: Talk | undefined = $state();

  constructor() {
    adoptOld();
    this.refresh();
    addEventListener("storage", () => this.refresh());
  }

  refresh(): void {
    this.list = names(prefix)
      .map((name) => read(name.slice(prefix.length)))
      .filter((talk) => talk !== undefined)
      .sort((a, b) => b.updated - a.updated);
  }

  /** The talk this tab was in, else the last one of all. */
  first(): Talk {
    const here = recall("here", sessionStorage);
    if (here === "") return newTalk();
    return (here === undefined ? undefined : read(here)) ?? this.list[0] ?? newTalk();
  }

  open(id: string): Talk | undefined {
    return read(id);
  }

  /** Keeps a talk. One that another tab has changed meanwhile is kept beside it, under a new id. */
  save(talk: Talk): void {
    if (talk.entries.length === 0) return;
    const there = read(talk.id);
    if (there !== undefined && there.revision !== talk.revision) talk.id = fresh();
    talk.revision++;
    talk.updated = Date.now();
    talk.title ||= titleOf(talk.entries);
    keep(prefix + talk.id, JSON.stringify(talk, withoutPieces));
    this.stay(talk);
    this.refresh();
  }

  /** Remembers which talk this tab is in. */
  stay(talk: Talk): void {
    keep("here", talk.entries.length === 0 ? "" : talk.id, sessionStorage);
  }

  rename(id: string, title: string): void {
    const talk = read(id);
    if (talk === undefined || title.trim() === "") return;
    keep(prefix + id, JSON.stringify({ ...talk, title: title.trim(), revision: talk.revision }));
    this.refresh();
  }

  remove(id: string): void {
    this.removed = read(id);
    forget(prefix + id);
    this.refresh();
  }

  bringBack(): void {
    if (this.removed === undefined) return;
    keep(prefix + this.removed.id, JSON.stringify(this.removed));
    this.removed = undefined;
    this.refresh();
  }
}

// Likelihoods are many numbers, and are there again with the next answer.
const withoutPieces = (name: string, value: unknown): unknown => (name === "pieces" ? undefined : value);

/** A talk as Markdown, to be read anywhere. */
export function asMarkdown(talk: Talk, names: { user: string; assistant: string }): string {
  const turns = talk.entries.map((entry) => `## ${entry.role === "user" ? names.user : names.assistant}\n\n${entry.content}\n`);
  return `# ${talk.title}\n\n${turns.join("\n")}`;
}
