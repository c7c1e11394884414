import type { Plugin } from "vite";

const STYLESHEET = /\s*<link rel="stylesheet"[^>]*>/g;

/**
 * Moves the links to stylesheets behind the markup of index.html, which a browser then paints
 * without waiting for them. Scripts wait for stylesheets in the body too, so what they render has
 * its styles.
 */
export function stylesLast(): Plugin {
  return {
    name: "styles-last",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html) {
        const links = html.match(STYLESHEET) ?? [];
        return html
          .replaceAll(STYLESHEET, "")
          .replace("</body>", () => `${links.join("")}\n  </body>`);
      },
    },
  };
}
