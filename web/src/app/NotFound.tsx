import { Button } from "@mantine/core";
import { IconMapQuestion } from "@tabler/icons-react";
import { Link } from "react-router";
import { to } from "@/lib/paths";
import { Empty } from "@/ui/Empty";

export function NotFound() {
  return (
    <Empty
      icon={IconMapQuestion}
      title="There is no such page"
      action={
        <Button component={Link} to={to.memories()}>
          To your memories
        </Button>
      }
    >
      The address may be mistyped, or what was here is gone.
    </Empty>
  );
}
