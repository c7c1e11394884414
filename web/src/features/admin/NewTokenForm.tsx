import { Button, NativeSelect, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { logIn, session } from "@/api/session";
import type { NewToken, Scope } from "@/api/schema";
import { Panel } from "@/ui/Panel";
import { showError } from "@/ui/toast";
import classes from "./AccessTab.module.css";
import { BoundTo } from "./BoundTo";
import { type Binding, bindingsFor, EXPIRIES, SCOPES, tokens } from "./tokens";

interface Props {
  /** From this token on everybody needs one, so whoever makes it is logged in with it. */
  isFirst: boolean;
  onMade: (token: NewToken) => void;
}

export function NewTokenForm({ isFirst, onMade }: Props) {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<Scope>("write");
  const [days, setDays] = useState<number | null>(90);
  const [bindings, setBindings] = useState<Binding[]>([]);
  const scope = isFirst ? "admin" : chosen;
  const making = useMutation({
    mutationFn: async () => {
      const made = await tokens.create({
        name: name.trim(),
        scope,
        expiresInDays: days,
        workspaces: isFirst ? [] : bindingsFor(scope, bindings),
      });
      onMade(made);
      if (isFirst) queries.setQueryData(session.current().queryKey, await logIn(made.token));
    },
    onSuccess: () => {
      setName("");
      setBindings([]);
    },
    onError: showError,
    onSettled: () => queries.invalidateQueries(),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    making.mutate();
  };
  return (
    <Panel aria-label="New token">
      <Title order={2} size="h3" mb="sm">
        New token
      </Title>
      <form onSubmit={submit} className={classes.form}>
        <TextInput
          label="Name"
          description="Shown in the history of every change"
          placeholder="claude on my laptop"
          required
          maxLength={60}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NativeSelect
          label="Scope"
          description={isFirst ? "The first token is for you" : "Choose the least it needs"}
          data={Object.entries(SCOPES).map(([value, label]) => ({ value, label }))}
          value={scope}
          disabled={isFirst}
          onChange={(event) => setChosen(event.currentTarget.value as Scope)}
        />
        <NativeSelect
          label="Expires"
          description="When the token stops working"
          data={EXPIRIES.map(([value, label]) => ({ value: String(value ?? ""), label }))}
          value={String(days ?? "")}
          onChange={(event) => setDays(Number(event.currentTarget.value) || null)}
        />
        <Button type="submit" loading={making.isPending} disabled={!name.trim()}>
          {isFirst ? "Create token and require login" : "Create token"}
        </Button>
      </form>
      {!isFirst && <BoundTo bindings={bindings} scope={scope} onChange={setBindings} />}
      {isFirst && (
        <Text size="sm" c="dimmed" mt="sm">
          This browser is logged in with it right away.
        </Text>
      )}
    </Panel>
  );
}
