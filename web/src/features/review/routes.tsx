import type { RouteObject } from "react-router";

export const reviewRoutes: RouteObject[] = [
  {
    path: "review",
    lazy: async () => ({ Component: (await import("./ReviewPage")).ReviewPage }),
  },
];
