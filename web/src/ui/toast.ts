import { notifications } from "@mantine/notifications";

/** Show a notification of success. */
export function showSuccess(message: string): void {
  notifications.show({ message, color: "heather" });
}

/** Show an error notification with the error's message, for ten seconds. */
export function showError(error: unknown): void {
  const known = error instanceof Error ? error : new Error("Something unexpected happened.");
  const title = known.name === "Error" ? "Something went wrong" : known.name;
  notifications.show({ title, message: known.message, color: "red", autoClose: 10_000 });
}
