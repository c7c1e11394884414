import { IconCloudOff } from "@tabler/icons-react";
import { isServerReachable } from "@/api/client";
import { useStore } from "@/lib/store";
import classes from "./Shell.module.css";

/** A banner while the server does not answer; the page recovers without a reload. */
export function ServerBanner() {
  if (useStore(isServerReachable)) return null;
  return (
    <div role="status" className={classes.banner}>
      <IconCloudOff size={17} aria-hidden />
      Memorizer does not answer. Retrying; no reload needed.
    </div>
  );
}
