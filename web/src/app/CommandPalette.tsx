import { useMantineColorScheme } from "@mantine/core";
import { Spotlight, type SpotlightActionGroupData } from "@mantine/spotlight";
import {
  IconApi,
  IconBinaryTree2,
  IconChecks,
  IconCopyCheck,
  IconDeviceDesktop,
  IconEyeSearch,
  IconFiles,
  IconHeartbeat,
  IconKey,
  IconKeyboard,
  IconListDetails,
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
import type { Memory } from "@/api/schema";
import { session, useIsBound, useMay } from "@/api/session";
import { useKeys } from "@/lib/keys";
import { ROOT } from "@/lib/root";
import { useTo } from "@/lib/useScope";
import { MoveMemories } from "@/shared/MoveMemories";
import { takeBackLast } from "@/ui/undo";
import { KeyboardHelp } from "./KeyboardHelp";
import { usePlaces } from "./navigation";
import { command, useFoundMemories, useMemoryCommands } from "./useMemoryCommands";
import { logOutAndReload } from "./UserMenu";

/** Ctrl/⌘-K: find a memory, act on the open one, go anywhere. `/` goes to search, `?` helps. */
export function CommandPalette() {
  const [query, setQuery] = useState("");
  const [isOpen, setIsOpen] = useState(false);
  const [moved, setMoved] = useState<Memory | null>(null);
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const groups = [
    ...useFoundMemories(query, isOpen),
    ...useSearchAction(query),
    ...useMemoryCommands(setMoved),
    usePlaceActions(),
    ...useAdminActions(),
    useActions(() => setIsHelpOpen(true)),
  ];
  const to = useTo();
  const navigate = useNavigate();
  useKeys({
    "/": () => focusSearch() || void navigate(to.search()),
    "?": () => setIsHelpOpen(true),
    z: takeBackLast,
  });
  return (
    <>
      <Spotlight
        actions={groups}
        query={query}
        onQueryChange={setQuery}
        onSpotlightOpen={() => setIsOpen(true)}
        onSpotlightClose={() => setIsOpen(false)}
        shortcut="mod + K"
        nothingFound="No match"
        highlightQuery
        centered={false}
        yOffset="12vh"
        scrollable
        maxHeight="70vh"
        searchProps={{
          leftSection: <IconSearch size={18} />,
          placeholder: "Find a memory, go to, or do…",
          "aria-label": "Command",
        }}
      />
      {moved && <MoveMemories chosen={[moved]} onClose={() => setMoved(null)} />}
      {isHelpOpen && <KeyboardHelp onClose={() => setIsHelpOpen(false)} />}
    </>
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
  const typed = query.trim();
  if (!typed) return [];
  const go = () => void navigate(to.search(typed));
  const action = command("search-for", `Search for “${typed}”`, IconSearch, go);
  return [{ group: "Search", actions: [action] }];
}

function usePlaceActions(): SpotlightActionGroupData {
  const places = usePlaces();
  const navigate = useNavigate();
  const actions = places.map(({ name, label, path, icon, description }) => ({
    ...command(name, label, icon, () => void navigate(path)),
    description,
  }));
  return { group: "Go to", actions };
}

function useAdminActions(): SpotlightActionGroupData[] {
  const to = useTo();
  const navigate = useNavigate();
  const isAdmin = useMay("admin");
  const isBound = useIsBound();
  if (isBound) return [];
  const go = (path: string) => () => void navigate(path);
  const actions = [
    command("jobs", "Jobs", IconListDetails, go(to.jobs())),
    command("failed-jobs", "Failed jobs", IconListDetails, go(to.jobs({ state: "failed" }))),
    command("system", "System health, backups", IconHeartbeat, go(to.system())),
    ...(isAdmin ? [command("access", "Access tokens", IconKey, go(to.access()))] : []),
  ];
  return [{ group: "Admin", actions }];
}

function useActions(showHelp: () => void): SpotlightActionGroupData {
  const to = useTo();
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const name = useQuery(session.current()).data?.name;
  const go = (path: string) => () => void navigate(path);
  return {
    group: "Do",
    actions: [
      command("new", "New memory", IconPlus, go(to.newMemory())),
      command("workspaces", "Open workspaces", IconBinaryTree2, go(to.workspaces())),
      command("documents", "Open documents", IconFiles, go(to.documents())),
      command("transfer", "Import and export", IconTransfer, go(to.transfer())),
      command("trash", "Open the trash", IconTrash, go(to.trash())),
      command("duplicates", "Find duplicates", IconCopyCheck, go(to.duplicates())),
      command("review", "Review proposals", IconChecks, go(to.review())),
      command("recalls", "Show recalls", IconEyeSearch, go(to.recalls())),
      command("keys", "Keyboard shortcuts", IconKeyboard, showHelp),
      command("light", "Light theme", IconSun, () => setColorScheme("light")),
      command("dark", "Dark theme", IconMoon, () => setColorScheme("dark")),
      command("auto", "Theme as the system", IconDeviceDesktop, () => setColorScheme("auto")),
      ...(name
        ? [command("leave", `Log out (${name})`, IconLogout, () => void logOutAndReload())]
        : []),
      command("docs", "Open the API's description", IconApi, () => window.open(`${ROOT}/docs`)),
    ],
  };
}
