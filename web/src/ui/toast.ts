import { notifications } from "@mantine/notifications";

/** Show a notification of success. */
export function showSuccess(message: string): void {
  notifications.show({ message, color: "heather" });
}

/** Say that what was stored held what looks like a secret, if it did. */
export function showSecrets(kinds?: string[]): void {
  if (!kinds?.length) return;
  const title = `This looks like a secret: ${kinds.join(", ")}`;
  const message = "Admin → Secrets lists and removes what is stored.";
  notifications.show({ title, message, color: "yellow", autoClose: 20_000 });
}

/** Show an error notification with the error's message, for ten seconds. */
export function showError(error: unknown): void {
  const known = error instanceof Error ? error : new Error("Something unexpected happened.");
  const title = known.name === "Error" ? "Something went wrong" : known.name;
  notifications.show({ title, message: known.message, color: "red", autoClose: 10_000 });
}
