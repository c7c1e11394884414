import { Alert, Button, Modal, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { loginRequired } from "@/api/client";
import { logIn, session } from "@/api/session";
import { ROOT } from "@/lib/root";
import { useStore } from "@/lib/store";
import classes from "./Login.module.css";

/**
 * The login form, over the page while the server requires a token. Text typed below survives,
 * also when a session expires during editing.
 */
export function Login() {
  useQuery(session.current());
  if (!useStore(loginRequired)) return null;
  return (
    <Modal.Root opened fullScreen onClose={stay} closeOnEscape={false} transitionProps={AT_ONCE}>
      <Modal.Content aria-label="Log in">
        <Modal.Body className={classes.body}>
          <Form />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

const AT_ONCE = { duration: 0 };
const stay = () => undefined;

function Form() {
  const queries = useQueryClient();
  const [token, setToken] = useState("");
  const login = useMutation({
    mutationFn: logIn,
    onSuccess: (found) => {
      setToken("");
      queries.setQueryData(session.current().queryKey, found);
      void queries.invalidateQueries();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    login.mutate(token.trim());
  };
  return (
    <form onSubmit={submit} className={classes.form}>
      <Stack gap="md">
        <div>
          <img src={`${ROOT}/favicon.svg`} alt="" width={40} height={40} />
          <Title order={1} size="h2" mt="xs">
            Log in
          </Title>
          <Text c="dimmed">Enter your access token.</Text>
        </div>
        <PasswordInput
          label="Token"
          description="Starts with mzr_."
          leftSection={<IconKey size={17} />}
          autoComplete="current-password"
          size="md"
          required
          autoFocus
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
        />
        {login.error && (
          <Alert color="red" role="alert">
            {login.error.message}
          </Alert>
        )}
        <Button type="submit" size="md" loading={login.isPending} disabled={!token.trim()}>
          Log in
        </Button>
        <Text size="sm" c="dimmed">
          No token? An administrator can create one under Admin → Access, or with{" "}
          <code>memorizer token create</code>. The server stores only a hash of it, and this page
          does not store it.
        </Text>
      </Stack>
    </form>
  );
}
