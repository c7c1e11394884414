import { PageHeader } from "@/ui/PageHeader";

export function ConnectPage() {
  return <PageHeader title="Connect" />;
}
