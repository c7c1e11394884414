import type { RouteObject } from "react-router";

export const statsRoutes: RouteObject[] = [
  {
    path: "stats",
    lazy: async () => ({ Component: (await import("./StatsPage")).StatsPage }),
  },
];
