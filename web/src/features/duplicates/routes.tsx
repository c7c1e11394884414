import type { RouteObject } from "react-router";

export const duplicatesRoutes: RouteObject[] = [
  {
    path: "duplicates",
    lazy: async () => ({ Component: (await import("./DuplicatesPage")).DuplicatesPage }),
  },
];
