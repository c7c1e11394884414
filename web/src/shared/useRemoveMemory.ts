import { useNavigate } from "react-router";
import { to } from "@/lib/paths";
import { useTo } from "@/lib/useScope";
import { showError } from "@/ui/toast";
import { remove } from "./memoryActions";

/** Moves the memory whose page is open to the trash and goes to the list; an undo comes back. */
export function useRemoveMemory(): (id: string) => void {
  const navigate = useNavigate();
  const { memories } = useTo();
  return (id) => {
    const restored = () => void navigate(to.memory(id));
    void remove(id, restored).then(() => navigate(memories()), showError);
  };
}
