import type { RouteObject } from "react-router";

export const documentsRoutes: RouteObject[] = [
  {
    path: "documents",
    lazy: async () => ({ Component: (await import("./DocumentsPage")).DocumentsPage }),
  },
  {
    path: "documents/:documentId",
    lazy: async () => ({ Component: (await import("./DocumentPage")).DocumentPage }),
  },
];
