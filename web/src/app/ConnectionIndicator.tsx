import { liveState } from "@/api/live";
import { useStore } from "@/lib/store";
import { ConnectionBadge } from "@/ui/ConnectionBadge";

export function ConnectionIndicator() {
  return <ConnectionBadge state={useStore(liveState)} />;
}
