import type { NoticesJson } from "../../router/telling/notice-config.ts";
import type { NoticesSettings } from "./schema.ts";

/** The controller takes the names of secret files; here they follow from the channel. */
export function noticesConfiguration(
  environment: string,
  { stuckAfterSeconds, email, ...channels }: NoticesSettings["notices"],
): NoticesJson {
  if (email === undefined) return { environment, stuckAfterSeconds, channels };
  const { login, ...server } = email;
  const files = login ? { userFile: "smtp-user", passwordFile: "smtp-password" } : {};
  return { environment, stuckAfterSeconds, channels: { ...channels, email: { ...server, ...files } } };
}
