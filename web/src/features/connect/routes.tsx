import type { RouteObject } from "react-router";

export const connectRoutes: RouteObject[] = [
  {
    path: "connect",
    lazy: async () => ({ Component: (await import("./ConnectPage")).ConnectPage }),
  },
];
