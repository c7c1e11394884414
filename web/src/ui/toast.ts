import { notifications } from "@mantine/notifications";

/** Says that something was done. */
export function say(message: string): void {
  notifications.show({ message, color: "heather" });
}

/** Says that something failed, and why. */
export function complain(error: unknown): void {
  const known = error instanceof Error ? error : new Error("Something unexpected happened.");
  const title = known.name === "Error" ? "That did not work" : known.name;
  notifications.show({ title, message: known.message, color: "red", autoClose: 10_000 });
}
