import DOMPurify from "dompurify";
import type { MermaidConfig } from "mermaid";

export type Drawing = { url: string; width: number } | { problem: string };

let drawn = 0;

/** What a diagram may not change, whatever it says: how it is secured, and all that ends up in CSS or HTML. */
const SECURE = [
  "secure",
  "securityLevel",
  "startOnLoad",
  "suppressErrorRendering",
  "maxTextSize",
  "maxEdges",
  "theme",
  "themeCSS",
  "themeVariables",
  "fontFamily",
  "altFontFamily",
  "htmlLabels",
  "flowchart",
  "dompurifyConfig",
];

/** Mermaid's settings. */
export function configuration(scheme: "light" | "dark"): MermaidConfig {
  return {
    startOnLoad: false,
    securityLevel: "strict",
    secure: SECURE,
    suppressErrorRendering: true,
    theme: scheme === "dark" ? "dark" : "neutral",
    fontFamily: "ui-sans-serif, system-ui, sans-serif",
    htmlLabels: false,
  };
}

/** Draws a Mermaid diagram as the address of a picture. Mermaid is loaded for the first one. */
export async function draw(code: string, scheme: "light" | "dark"): Promise<Drawing> {
  const { default: mermaid } = await import("mermaid");
  mermaid.initialize(configuration(scheme));
  try {
    drawn += 1;
    const { svg } = await mermaid.render(`diagram-${drawn}`, plain(code));
    const clean = sanitized(svg);
    return { url: `data:image/svg+xml;utf8,${encodeURIComponent(clean)}`, width: widthOf(clean) };
  } catch (error) {
    const problem = error instanceof Error ? error.message : "it is not Mermaid";
    return { problem: problem.split("\n")[0] ?? problem };
  }
}

/** The code without settings, HTML or addresses: Mermaid puts it into the page to measure it. */
export function plain(code: string): string {
  return withoutAddresses(withoutPictures(withoutTags(withoutSettings(code))));
}

/** The code without directives (`%%{init: …}%%`, closed or not) and without its front matter. */
export function withoutSettings(code: string): string {
  // a space stays, or what stands around a directive may become another
  let rest = code.replace(/%%\{[^]*?(?:\}%%|$)/g, " ");
  for (let before = ""; before !== rest;) {
    before = rest;
    rest = rest.replace(/^\s*---[ \t]*\r?\n(?:[^]*?\n)?[ \t]*---[ \t]*(?:\r?\n|$)/, "");
  }
  return rest;
}

/**
 * The code with its HTML tags as mere text: Mermaid puts labels into the page to measure them,
 * before it cleans the result. Line breaks are the one tag that diagrams need; `<<` and `<|--`
 * are Mermaid's own signs.
 */
export function withoutTags(code: string): string {
  return code.replace(/(?<!<)<(?=[/!]?[a-z])(?!br\s*\/?>)/gi, "#lt;");
}

/** CSS functions that load what they name. */
const LOADING = [
  "url",
  "src",
  "image",
  "image-set",
  "-webkit-image-set",
  "cross-fade",
  "-webkit-cross-fade",
];
const LOADS = new RegExp(`(?:${LOADING.map(escapable).join("|")})\\s*\\((?!\\s*["']?#)`, "gi");
const RULES = new RegExp(
  `@(?:${["import", "font-face", "namespace"].map(escapable).join("|")})`,
  "gi",
);

/** A pattern for a word of CSS whose letters may have a backslash before them. */
function escapable(word: string): string {
  return [...word].map((letter) => `\\\\?${letter}`).join("");
}

/** CSS or code without what makes a browser load something; references within the drawing stay. */
export function withoutAddresses(css: string): string {
  return css
    .replace(/\\0{0,4}([4-7][\da-f])\s?/gi, (_, code: string) =>
      String.fromCharCode(parseInt(code, 16)),
    )
    .replace(RULES, "@none")
    .replace(LOADS, "none(");
}

/** The code without pictures as nodes (`A@{ img: … }`, which is YAML), loaded to be measured. */
export function withoutPictures(code: string): string {
  return code.includes("@{") ? code.replace(/\\/g, "").replace(/img/gi, "none") : code;
}

const PARTS_THAT_LOAD = [
  ...["a", "image", "feImage", "use", "img", "picture", "source", "track", "audio", "video"],
  ...["iframe", "object", "embed", "link", "meta", "base", "form", "input", "button", "script"],
];

/** The drawing without anything that runs or loads. */
export function sanitized(svg: string): string {
  const root = DOMPurify.sanitize(svg, {
    USE_PROFILES: { html: true, svg: true, svgFilters: true },
    ADD_TAGS: ["style", "foreignObject"], // some kinds of diagrams have their labels in there
    ADD_ATTR: ["dominant-baseline"],
    HTML_INTEGRATION_POINTS: { foreignobject: true },
    FORBID_TAGS: PARTS_THAT_LOAD,
    RETURN_DOM: true,
  }) as HTMLElement;
  for (const element of root.querySelectorAll("*")) {
    if (element.localName === "style") {
      element.textContent = withoutAddresses(element.textContent ?? "");
    }
    element.removeAttribute("xmlns"); // that of HTML inside, which would be written twice
    for (const { name, value } of Array.from(element.attributes)) {
      const isAddress = /(?:href|src|srcset|background|poster)$/i.test(name);
      if (isAddress && !value.startsWith("#")) element.removeAttribute(name);
      else element.setAttribute(name, withoutAddresses(value));
    }
  }
  const picture = root.querySelector("svg");
  return picture === null ? "" : new XMLSerializer().serializeToString(picture);
}

/** A picture has no size of its own when its width is given in percent. */
function widthOf(svg: string): number {
  const box = svg.match(/viewBox="[-\d.]+ [-\d.]+ ([\d.]+) [\d.]+"/);
  return box?.[1] ? Math.ceil(Number(box[1])) : 480;
}
