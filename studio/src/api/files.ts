// Files in and out of the page. Knows no view.

/** The text of a file in UTF-8, or why there is none. */
export async function readText(file: File, most = 4_000_000): Promise<{ text: string } | { trouble: "tooLarge" | "notText" }> {
  if (file.size > most) return { trouble: "tooLarge" };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer()) };
  } catch {
    return { trouble: "notText" };
  }
}

/** Hands a file to the browser's downloads. */
export function saveFile(name: string, type: string, content: BlobPart): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
