export type Drawing = { url: string; width: number } | { problem: string };

let drawn = 0;

/** Draws a Mermaid diagram as the address of a picture. Mermaid is loaded for the first one. */
export async function draw(code: string, scheme: "light" | "dark"): Promise<Drawing> {
  const { default: mermaid } = await import("mermaid");
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    suppressErrorRendering: true,
    theme: scheme === "dark" ? "dark" : "neutral",
    fontFamily: "ui-sans-serif, system-ui, sans-serif",
    htmlLabels: false,
  });
  try {
    drawn += 1;
    const { svg } = await mermaid.render(`diagram-${drawn}`, withoutTags(code));
    return { url: `data:image/svg+xml;utf8,${encodeURIComponent(svg)}`, width: widthOf(svg) };
  } catch (error) {
    const problem = error instanceof Error ? error.message : "it is not Mermaid";
    return { problem: problem.split("\n")[0] ?? problem };
  }
}

/**
 * The code with its HTML tags as mere text: Mermaid puts labels into the page to measure them,
 * before it cleans the result. Line breaks are the one tag that diagrams need; `<<` and `<|--`
 * are Mermaid's own signs.
 */
export function withoutTags(code: string): string {
  return code.replace(/(?<!<)<(?=[/!]?[a-z])(?!br\s*\/?>)/gi, "#lt;");
}

/** A picture has no size of its own when its width is given in percent. */
function widthOf(svg: string): number {
  const box = svg.match(/viewBox="[-\d.]+ [-\d.]+ ([\d.]+) [\d.]+"/);
  return box?.[1] ? Math.ceil(Number(box[1])) : 480;
}
