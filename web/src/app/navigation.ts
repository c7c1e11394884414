import {
  type Icon,
  IconBooks,
  IconChartDots,
  IconPlugConnected,
  IconSearch,
  IconSettingsAutomation,
} from "@tabler/icons-react";
import { to } from "@/lib/paths";

export interface Place {
  label: string;
  path: string;
  icon: Icon;
  description: string;
}

/** The main pages, in the order of the navigation. */
export const places: Place[] = [
  { label: "Memories", path: to.memories(), icon: IconBooks, description: "All memories" },
  {
    label: "Search",
    path: to.search(),
    icon: IconSearch,
    description: "Find by words and by meaning",
  },
  { label: "Stats", path: to.stats(), icon: IconChartDots, description: "What is in the store" },
  {
    label: "Admin",
    path: to.admin(),
    icon: IconSettingsAutomation,
    description: "Queues, jobs, models",
  },
  {
    label: "Connect",
    path: to.connect(),
    icon: IconPlugConnected,
    description: "Set up your agent",
  },
];
