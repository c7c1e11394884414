import { liveState } from "@/api/live";
import { useStore } from "@/lib/store";
import { ConnectionSign } from "@/ui/ConnectionSign";

export function LiveSign() {
  return <ConnectionSign state={useStore(liveState)} />;
}
