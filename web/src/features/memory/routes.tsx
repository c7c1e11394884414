import type { RouteObject } from "react-router";

export const memoryRoutes: RouteObject[] = [
  {
    path: "memories/:memoryId",
    lazy: async () => ({ Component: (await import("./MemoryPage")).MemoryPage }),
    children: [
      {
        index: true,
        lazy: async () => ({ Component: (await import("./DetailsTab")).DetailsTab }),
      },
      {
        path: "versions",
        lazy: async () => ({ Component: (await import("./VersionsTab")).VersionsTab }),
      },
      {
        path: "similar",
        lazy: async () => ({ Component: (await import("./SimilarTab")).SimilarTab }),
      },
      {
        path: "relationships",
        lazy: async () => ({ Component: (await import("./RelationshipsTab")).RelationshipsTab }),
      },
      {
        path: "events",
        lazy: async () => ({ Component: (await import("./EventsTab")).EventsTab }),
      },
    ],
  },
];
