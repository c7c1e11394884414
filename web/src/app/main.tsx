import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import "@mantine/spotlight/styles.layer.css";
import "./global.css";
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { ModalsProvider } from "@mantine/modals";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, RouterProvider } from "react-router";
import { keepCurrent } from "@/api/live";
import { whileOpen } from "@/api/session";
import { BASENAME } from "@/lib/root";
import { queries } from "./queries";
import { routes } from "./routes";
import { theme, variables } from "./theme";

const colorScheme = localStorageColorSchemeManager({ key: "memorizer-theme" });
const router = createBrowserRouter(routes, { basename: BASENAME });

function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      colorSchemeManager={colorScheme}
      defaultColorScheme="auto"
    >
      <QueryClientProvider client={queries}>
        <ModalsProvider>
          <Notifications position="bottom-center" limit={3} autoClose={6_000} />
          <RouterProvider router={router} />
        </ModalsProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}

whileOpen(() => keepCurrent(queries));
const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
