// Draws the mathematics of a shown text as MathML, by KaTeX, which is fetched when the first formula comes. What it cannot read stays as it was written.
import DOMPurify from "dompurify";

/** For `use:drawMath={html}`: draws now and whenever the text changes. */
export function drawMath(node: HTMLElement, _html: string): { update: () => void } {
  const update = async () => {
    const places = [...node.querySelectorAll<HTMLElement>("span.math:not([data-drawn])")];
    if (places.length === 0) return;
    const { default: katex } = await import("katex");
    for (const place of places) {
      place.dataset.drawn = "";
      const html = katex.renderToString(place.textContent ?? "", {
        output: "mathml",
        displayMode: place.dataset.display === "true",
        throwOnError: false,
        trust: false,
        maxExpand: 200,
      });
      // The source that KaTeX adds for machines would be read twice.
      const drawn = html.replaceAll(/<annotation[\s\S]*?<\/annotation>/g, "");
      place.innerHTML = DOMPurify.sanitize(drawn, { USE_PROFILES: { mathMl: true, html: true }, FORBID_ATTR: ["style"] });
    }
  };
  update();
  return { update };
}
