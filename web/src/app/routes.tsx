import type { RouteObject } from "react-router";
import { adminRoutes } from "@/features/admin/routes";
import { connectRoutes } from "@/features/connect/routes";
import { documentsRoutes } from "@/features/documents/routes";
import { duplicatesRoutes } from "@/features/duplicates/routes";
import { editRoutes } from "@/features/edit/routes";
import { memoriesRoutes } from "@/features/memories/routes";
import { memoryRoutes } from "@/features/memory/routes";
import { reviewRoutes } from "@/features/review/routes";
import { recallsRoutes } from "@/features/recalls/routes";
import { searchRoutes } from "@/features/search/routes";
import { statsRoutes } from "@/features/stats/routes";
import { transferRoutes } from "@/features/transfer/routes";
import { trashRoutes } from "@/features/trash/routes";
import { workspacesRoutes } from "@/features/workspaces/routes";
import { NotFound } from "./NotFound";
import { PageFailure } from "./PageFailure";
import { Startup } from "./Startup";
import { queries } from "./queries";
import { Shell } from "./Shell";

/** Each feature brings its own routes, loaded when they are first visited. */
export const routes: RouteObject[] = [
  {
    path: "/",
    Component: Shell,
    errorElement: <PageFailure />,
    HydrateFallback: Startup,
    children: [
      {
        errorElement: <PageFailure />,
        children: [
          ...memoriesRoutes,
          ...searchRoutes,
          ...editRoutes,
          ...memoryRoutes,
          ...statsRoutes,
          ...documentsRoutes,
          ...transferRoutes,
          ...trashRoutes,
          ...duplicatesRoutes,
          ...reviewRoutes,
          ...recallsRoutes,
          ...workspacesRoutes,
          ...adminRoutes(queries),
          ...connectRoutes,
          { path: "*", Component: NotFound },
        ],
      },
    ],
  },
];
