import type { RouteObject } from "react-router";

export const editRoutes: RouteObject[] = [
  {
    path: "memories/new",
    lazy: async () => ({ Component: (await import("./CreatePage")).CreatePage }),
  },
  {
    path: "memories/:memoryId/edit",
    lazy: async () => ({ Component: (await import("./EditPage")).EditPage }),
  },
];
