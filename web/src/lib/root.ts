/**
 * The path below which the server stands behind its proxy, such as `/memory`; "" at the root.
 * The server writes it into the page.
 */
export const ROOT =
  typeof document === "undefined"
    ? ""
    : (document.querySelector<HTMLMetaElement>('meta[name="root-path"]')?.content ?? "");

/** What the page's own addresses begin with: who reached the server past its proxy has no path. */
export const BASENAME =
  ROOT && (location.pathname === ROOT || location.pathname.startsWith(`${ROOT}/`)) ? ROOT : "/";
