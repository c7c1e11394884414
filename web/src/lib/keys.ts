import { useEffect, useRef } from "react";

export type Keys = Record<string, () => void>;

/** Runs an action for a key that is pressed while nobody writes and no dialog is open. */
export function useKeys(keys: Keys): void {
  const present = useRef(keys);
  useEffect(() => {
    present.current = keys;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const action = present.current[event.key];
      if (!action || event.ctrlKey || event.metaKey || event.altKey || isBusy(event)) return;
      event.preventDefault();
      action();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

function isBusy({ target, defaultPrevented }: KeyboardEvent): boolean {
  if (defaultPrevented || document.querySelector("[role=dialog], [role=menu]")) return true;
  if (!(target instanceof HTMLElement)) return false;
  const isTicked = target instanceof HTMLInputElement && target.type === "checkbox";
  return target.isContentEditable || (target.matches("input, textarea, select") && !isTicked);
}
