// What the Classify view is doing goes on while another view is looked at.
import { Classifying } from "./classifying.svelte.ts";

export const classifying: Classifying = new Classifying();
