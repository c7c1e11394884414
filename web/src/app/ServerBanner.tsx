import { IconCloudOff } from "@tabler/icons-react";
import { reachable } from "@/api/client";
import { useStore } from "@/lib/store";
import classes from "./Shell.module.css";

/** Only while nobody answers; the page keeps what it shows and recovers by itself. */
export function ServerBanner() {
  if (useStore(reachable)) return null;
  return (
    <div role="status" className={classes.banner}>
      <IconCloudOff size={17} aria-hidden />
      Memorizer does not answer. Trying again; nothing needs to be reloaded.
    </div>
  );
}
