import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { memories } from "@/api/memories";
import type { Memory } from "@/api/schema";
import { to } from "@/lib/paths";
import { nameOf } from "@/lib/text";
import { date } from "@/lib/time";
import { Time } from "@/ui/Time";

type Dated = Pick<
  Memory,
  "supersededAt" | "supersededBy" | "validFrom" | "validUntil" | "reviewAt"
>;

/** Why a memory does not hold, with the way to what replaces it; or that it wants a review. */
export function Validity({ memory }: { memory: Dated }) {
  const { supersededAt, supersededBy, validFrom, validUntil, reviewAt } = memory;
  if (supersededAt && isPast(supersededAt)) {
    return (
      <span>
        replaced{supersededBy && <By id={supersededBy} />} on {date(Date.parse(supersededAt))}
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
  if (reviewAt && isPast(reviewAt)) return <span>needs review</span>;
  return null;
}

function By({ id }: { id: string }) {
  const { data } = useQuery(memories.one(id));
  return (
    <>
      {" by "}
      <Link to={to.memory(id)}>
        <bdi>{data ? nameOf(data) : "another memory"}</bdi>
      </Link>
    </>
  );
}

function isPast(at: string): boolean {
  return Date.parse(at) <= Date.now();
}
