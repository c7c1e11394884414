import type { RouteObject } from "react-router";

export const transferRoutes: RouteObject[] = [
  {
    path: "transfer",
    lazy: async () => ({ Component: (await import("./TransferPage")).TransferPage }),
  },
];
