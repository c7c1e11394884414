import type { RouteObject } from "react-router";

export const adminRoutes: RouteObject[] = [
  {
    path: "admin",
    lazy: async () => ({ Component: (await import("./AdminPage")).AdminPage }),
    children: [
      {
        index: true,
        lazy: async () => ({ Component: (await import("./Overview")).Overview }),
      },
      {
        path: "jobs",
        lazy: async () => ({ Component: (await import("./JobsTab")).JobsTab }),
      },
      {
        path: "system",
        lazy: async () => ({ Component: (await import("./SystemTab")).SystemTab }),
      },
      {
        path: "access",
        lazy: async () => ({ Component: (await import("./AccessTab")).AccessTab }),
      },
    ],
  },
  {
    path: "admin/jobs/:jobId",
    lazy: async () => ({ Component: (await import("./JobPage")).JobPage }),
  },
];
