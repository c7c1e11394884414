import { Button, Text, Title } from "@mantine/core";
import type { NewToken } from "@/api/schema";
import { LeaveGuard } from "@/shared/LeaveGuard";
import { CopyBlock } from "@/ui/CopyBlock";
import { Panel } from "@/ui/Panel";

/** A new token; it cannot be shown again after this panel is closed. */
export function ShownOnce({ token, onDone }: { token: NewToken; onDone: () => void }) {
  return (
    <Panel aria-label="The new token">
      <LeaveGuard isDirty title="Leave before the token is saved?" stay="Stay">
        The token “{token.name}” is shown only here and only now.
      </LeaveGuard>
      <Title order={2} size="h3" mb={4}>
        Keep “{token.name}” now
      </Title>
      <CopyBlock
        where="It is shown only once: Memorizer stores only a hash of it."
        text={token.token}
        prose
      />
      <Text size="sm" my="sm">
        Programs send it as <code>Authorization: Bearer TOKEN</code>; people log in with it.
      </Text>
      <Button variant="default" onClick={onDone}>
        I have saved it
      </Button>
    </Panel>
  );
}
