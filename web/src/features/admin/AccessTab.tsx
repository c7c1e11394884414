import { Stack, Text } from "@mantine/core";
import { IconLockOpen } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { session } from "@/api/session";
import type { NewToken } from "@/api/schema";
import { Failure } from "@/ui/Failure";
import { RowsSkeleton } from "@/ui/RowsSkeleton";
import { NewTokenForm } from "./NewTokenForm";
import { Notice } from "./Notice";
import { ShownOnce } from "./ShownOnce";
import { tokens } from "./tokens";
import { TokensTable } from "./TokensTable";

/** The access tokens, and a form for a new one. */
export function AccessTab() {
  const { data, error, refetch } = useQuery(tokens.all());
  const { data: who } = useQuery(session.current());
  const [made, setMade] = useState<NewToken>();
  const isOpen = who?.required === false;
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  return (
    <Stack gap="lg">
      {isOpen && data?.count === 0 && <Open />}
      {made ? (
        <ShownOnce token={made} onDone={() => setMade(undefined)} />
      ) : (
        <NewTokenForm isFirst={isOpen && data?.count === 0} onMade={setMade} />
      )}
      {data ? <TokensTable tokens={data.tokens} /> : <RowsSkeleton rows={3} />}
    </Stack>
  );
}

function Open() {
  return (
    <Notice icon={IconLockOpen} title="All users of this machine have full access">
      <Text size="sm">
        That is fine while you are its only user. Creating the first token turns on login: from then
        on this page and agents over HTTP need a token. Agents over stdio on this machine need none.
      </Text>
    </Notice>
  );
}
