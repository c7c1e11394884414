import type { QueryClient } from "@tanstack/react-query";
import type { RouteObject } from "react-router";
import { admin } from "./queries";

/** The figures of the first tab are on their way while it is still being read in. */
export const adminRoutes = (queries: QueryClient): RouteObject[] => [
  {
    path: "admin",
    lazy: async () => ({ Component: (await import("./AdminPage")).AdminPage }),
    children: [
      {
        index: true,
        lazy: async () => {
          void queries.prefetchQuery(admin.counts());
          void queries.prefetchQuery(admin.throughput());
          return { Component: (await import("./Overview")).Overview };
        },
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
      {
        path: "secrets",
        lazy: async () => ({ Component: (await import("./SecretsTab")).SecretsTab }),
      },
    ],
  },
  {
    path: "admin/jobs/:jobId",
    lazy: async () => ({ Component: (await import("./JobPage")).JobPage }),
  },
];
