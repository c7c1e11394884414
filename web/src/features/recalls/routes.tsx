import type { RouteObject } from "react-router";

export const recallsRoutes: RouteObject[] = [
  {
    path: "recalls",
    lazy: async () => ({ Component: (await import("./RecallsPage")).RecallsPage }),
  },
];
