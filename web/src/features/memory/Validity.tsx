import { Link } from "react-router";
import type { Memory } from "@/api/schema";
import { to } from "@/lib/paths";
import { Time } from "@/ui/Time";

type Dated = Pick<Memory, "supersededAt" | "supersededBy" | "validFrom" | "validUntil">;

/** Why a memory does not hold, with the way to what replaces it; nothing if it does. */
export function Validity({ memory }: { memory: Dated }) {
  const { supersededAt, supersededBy, validFrom, validUntil } = memory;
  if (supersededAt && isPast(supersededAt)) {
    const name = supersededBy ? <Link to={to.memory(supersededBy)}>replaced</Link> : "replaced";
    return (
      <span>
        {name} <Time at={supersededAt} />
      </span>
    );
  }
  if (validUntil && isPast(validUntil)) {
    return (
      <span>
        expired <Time at={validUntil} />
      </span>
    );
  }
  if (validFrom && !isPast(validFrom)) return <span>not valid yet</span>;
  return null;
}

function isPast(at: string): boolean {
  return Date.parse(at) <= Date.now();
}
