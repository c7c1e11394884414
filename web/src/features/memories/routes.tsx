import type { RouteObject } from "react-router";

export const memoriesRoutes: RouteObject[] = [
  {
    index: true,
    lazy: async () => ({ Component: (await import("./MemoriesPage")).MemoriesPage }),
  },
];
