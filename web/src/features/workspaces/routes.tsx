import type { RouteObject } from "react-router";

export const workspacesRoutes: RouteObject[] = [
  {
    path: "workspaces",
    lazy: async () => ({ Component: (await import("./WorkspacesPage")).WorkspacesPage }),
  },
  {
    path: "workspaces/*",
    lazy: async () => ({ Component: (await import("./WorkspacePage")).WorkspacePage }),
  },
];
