import { useMantineColorScheme } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { Spotlight, type SpotlightActionGroupData } from "@mantine/spotlight";
import {
  IconApi,
  IconBinaryTree2,
  IconChecks,
  IconCopyCheck,
  IconDeviceDesktop,
  IconEyeSearch,
  IconFiles,
  IconLogout,
  IconMoon,
  IconPlus,
  IconSearch,
  IconSun,
  IconTransfer,
  IconTrash,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { session } from "@/api/session";
import { ROOT } from "@/lib/root";
import { useTo } from "@/lib/useScope";
import { usePlaces } from "./navigation";
import { logOutAndReload } from "./UserMenu";

/** Ctrl/⌘-K: go anywhere, do the usual things, or search for what was typed. `/` goes to search. */
export function CommandPalette() {
  const [query, setQuery] = useState("");
  const groups = [...useSearchAction(query), usePlaceActions(), useActions()];
  const to = useTo();
  const navigate = useNavigate();
  useHotkeys([["/", () => focusSearch() || void navigate(to.search())]]);
  return (
    <Spotlight
      actions={groups}
      query={query}
      onQueryChange={setQuery}
      shortcut="mod + K"
      nothingFound="Nothing fits"
      highlightQuery
      searchProps={{
        leftSection: <IconSearch size={18} />,
        placeholder: "Go to, do, or search for…",
        "aria-label": "Command",
      }}
    />
  );
}

/** Whether the page has a search box; then it has the focus now. */
function focusSearch(): boolean {
  const box = document.querySelector<HTMLInputElement>("main input[type=search]");
  box?.select();
  return box !== null;
}

function useSearchAction(query: string): SpotlightActionGroupData[] {
  const to = useTo();
  const navigate = useNavigate();
  if (!query.trim()) return [];
  const action = {
    id: "search-for",
    label: `Search for “${query.trim()}”`,
    leftSection: <IconSearch size={18} stroke={1.6} />,
    onClick: () => void navigate(to.search(query.trim())),
  };
  return [{ group: "Search", actions: [action] }];
}

function usePlaceActions(): SpotlightActionGroupData {
  const places = usePlaces();
  const navigate = useNavigate();
  const actions = places.map(({ name, label, path, icon: Picture, description }) => ({
    id: name,
    label,
    description,
    leftSection: <Picture size={18} stroke={1.6} />,
    onClick: () => void navigate(path),
  }));
  return { group: "Go to", actions };
}

function useActions(): SpotlightActionGroupData {
  const to = useTo();
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const name = useQuery(session.current()).data?.name;
  const action = (id: string, label: string, Picture: typeof IconSun, onClick: () => void) => ({
    id,
    label,
    leftSection: <Picture size={18} stroke={1.6} />,
    onClick,
  });
  return {
    group: "Do",
    actions: [
      action("new", "New memory", IconPlus, () => void navigate(to.newMemory())),
      action(
        "workspaces",
        "Open workspaces",
        IconBinaryTree2,
        () => void navigate(to.workspaces()),
      ),
      action("documents", "Open documents", IconFiles, () => void navigate(to.documents())),
      action("transfer", "Import and export", IconTransfer, () => void navigate(to.transfer())),
      action("trash", "Open the trash", IconTrash, () => void navigate(to.trash())),
      action("duplicates", "Find duplicates", IconCopyCheck, () => void navigate(to.duplicates())),
      action("review", "Review proposals", IconChecks, () => void navigate(to.review())),
      action("recalls", "Show recalls", IconEyeSearch, () => void navigate(to.recalls())),
      action("light", "Light theme", IconSun, () => setColorScheme("light")),
      action("dark", "Dark theme", IconMoon, () => setColorScheme("dark")),
      action("auto", "Theme as the system", IconDeviceDesktop, () => setColorScheme("auto")),
      ...(name
        ? [action("leave", `Log out (${name})`, IconLogout, () => void logOutAndReload())]
        : []),
      action("docs", "Open the API's description", IconApi, () => window.open(`${ROOT}/docs`)),
    ],
  };
}
