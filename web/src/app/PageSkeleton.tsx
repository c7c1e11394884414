import { RowsSkeleton } from "@/ui/RowsSkeleton";

export function PageSkeleton() {
  return <RowsSkeleton rows={6} />;
}
