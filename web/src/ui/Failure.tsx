import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";

interface Props {
  error: Error;
  retry?: () => void;
}

/** Why something could not be shown, and the way out. */
export function Failure({ error, retry }: Props) {
  return (
    <Alert
      icon={<IconAlertTriangle />}
      color="red"
      title={error.name === "Error" ? "Something went wrong" : error.name}
    >
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{error.message}</Text>
        {retry && (
          <Button size="compact-sm" variant="default" onClick={retry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
