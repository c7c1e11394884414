import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { memories } from "@/api/memories";
import { Failure } from "@/ui/Failure";
import { EditForm } from "./EditForm";

export function EditPage() {
  const { memoryId = "" } = useParams();
  const query = useQuery(memories.one(memoryId));
  if (query.isPending)
    return <Skeleton height={420} role="status" aria-busy="true" aria-label="Loading" />;
  if (!query.data) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return <EditForm key={memoryId} latest={query.data} />;
}
