import { useQueryClient } from "@tanstack/react-query";
import * as api from "@/api/proposals";
import type { Acceptance, ChangeSet } from "@/api/schema";
import { plural } from "@/lib/text";
import { showError, showSuccess } from "@/ui/toast";
import { offerUndo } from "@/ui/undo";

export interface Deciding {
  accept: (id: string, edit?: Partial<Acceptance>) => void;
  acceptCluster: (id: string) => void;
  acceptAll: (ids: string[]) => void;
  decline: (id: string) => void;
  putOff: (id: string) => void;
  reopen: (id: string) => void;
  undo: (changeSetId: string) => void;
}

/** Decides proposals; what was accepted can be taken back at once. */
export function useDeciding(): Deciding {
  const queries = useQueryClient();
  const renew = () => queries.invalidateQueries({ queryKey: ["memories"] });
  const done = <T>(work: Promise<T>, then: (made: T) => void) =>
    void work.then(then, showError).finally(() => void renew());
  const undo = (changeSetId: string) =>
    done(api.undo(changeSetId), () => showSuccess("Undone: everything is as it was."));
  const accepted = ({ id, count }: ChangeSet) =>
    offerUndo(`Accepted ${plural(count, "proposal")}.`, () => undo(id));
  return {
    accept: (id, edit) => done(api.accept(id, edit), accepted),
    acceptCluster: (id) => done(api.accept(id, { wholeCluster: true }), accepted),
    acceptAll: (ids) => done(api.acceptAll(ids), accepted),
    decline: (id) =>
      done(api.decline(id), () =>
        offerUndo("Declined: it is never proposed again.", () => done(api.reopen(id), renew)),
      ),
    putOff: (id) => done(api.putOff(id), () => showSuccess("Put off.")),
    reopen: (id) => done(api.reopen(id), () => showSuccess("Open again.")),
    undo,
  };
}
