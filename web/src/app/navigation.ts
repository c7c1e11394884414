import {
  type Icon,
  IconBooks,
  IconChartDots,
  IconPlugConnected,
  IconSearch,
  IconSettingsAutomation,
} from "@tabler/icons-react";
import { useIsBound } from "@/api/session";
import { useTo } from "@/lib/useScope";

export interface Place {
  name: string;
  label: string;
  path: string;
  icon: Icon;
  description: string;
}

/** The main pages, in the order of the navigation; in the scope in which one is. */
export function usePlaces(): Place[] {
  const to = useTo();
  const isBound = useIsBound();
  const place = (name: string, label: string, path: string, icon: Icon, description: string) => ({
    name,
    label,
    path,
    icon,
    description,
  });
  const admin = place("admin", "Admin", to.admin(), IconSettingsAutomation, "Queues, jobs, models");
  return [
    place("memories", "Memories", to.memories(), IconBooks, "All memories"),
    place("search", "Search", to.search(), IconSearch, "Find by words and by meaning"),
    place("stats", "Stats", to.stats(), IconChartDots, "What is in the store"),
    ...(isBound ? [] : [admin]),
    place("connect", "Connect", to.connect(), IconPlugConnected, "Set up your agent"),
  ];
}
