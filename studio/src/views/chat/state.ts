// The talk of this tab: what runs goes on while another view is looked at.
import { Conversation } from "./conversation.svelte.ts";
import { Talks } from "./talks.svelte.ts";

export const talks: Talks = new Talks();
export const conversation: Conversation = new Conversation(talks);
