import type { RouteObject } from "react-router";

export const trashRoutes: RouteObject[] = [
  {
    path: "trash",
    lazy: async () => ({ Component: (await import("./TrashPage")).TrashPage }),
  },
];
