import { PageHeader } from "@/ui/PageHeader";

export function StatsPage() {
  return <PageHeader title="Stats" />;
}
