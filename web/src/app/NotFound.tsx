import { Button } from "@mantine/core";
import { IconMapQuestion } from "@tabler/icons-react";
import { Link } from "react-router";
import { to } from "@/lib/paths";
import { Empty } from "@/ui/Empty";

export function NotFound() {
  return (
    <Empty
      icon={IconMapQuestion}
      title="Page not found"
      action={
        <Button component={Link} to={to.memories()}>
          Go to your memories
        </Button>
      }
    >
      The address may be wrong, or the page no longer exists.
    </Empty>
  );
}
