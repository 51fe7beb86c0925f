import type { ConnectedAccount } from '@agent-identity/contracts'
import { callJson, short, type VendorSettings } from '@agent-identity/provider-kit'
import { z } from 'zod'

/** The userinfo endpoint (OpenID Connect Core 1.0 §5.3). @throws VendorError */
export interface Profile {
  /** Without the subject: it has no meaning for the user. */
  read(accessToken: string, signal: AbortSignal): Promise<{ username?: string; name?: string; email?: string }>
  account(accessToken: string, signal: AbortSignal): Promise<ConnectedAccount>
}

/** `username` is Cognito's claim, `preferred_username` the standard's. */
const UserInfo = z
  .object({
    sub: z.string(),
    username: z.string(),
    preferred_username: z.string(),
    name: z.string(),
    email: z.string(),
  })
  .partial()
  .transform(({ sub, username, preferred_username: preferred = username, name, email }) => ({
    ...(sub === undefined ? {} : { subject: short(sub) }),
    ...(preferred === undefined ? {} : { username: short(preferred) }),
    ...(name === undefined ? {} : { name: short(name) }),
    ...(email === undefined ? {} : { email: short(email) }),
  }))

/** @param settings.url `https://<domain>/oauth2/userInfo` */
export function createProfile({ url, timeoutMs }: VendorSettings): Profile {
  const info = (accessToken: string, signal: AbortSignal) => callJson(UserInfo, url, { accessToken, signal, timeoutMs })
  return {
    async read(accessToken, signal) {
      const { subject: _, ...told } = await info(accessToken, signal)
      return told
    },
    async account(accessToken, signal) {
      const { subject, email, username } = await info(accessToken, signal)
      // Without `granted`: Cognito asks for no consent.
      return { id: subject, name: email ?? username }
    },
  }
}
