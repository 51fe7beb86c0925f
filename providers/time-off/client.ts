import { callJson, short, type VendorSettings } from '@agent-identity/provider-kit'
import { z } from 'zod'

/** For the user whose token was exchanged. @throws VendorError */
export interface TimeOffClient {
  balance(accessToken: string, signal: AbortSignal): Promise<{ employee: string; daysLeft: number }>
  /** @param request.id the API recognizes a repetition by it */
  request(
    accessToken: string,
    request: { id: string; day: string },
    signal: AbortSignal,
  ): Promise<{ day: string; daysLeft: number }>
}

const Balance = z.object({ employee: z.string(), daysLeft: z.number() })
const Requested = z.object({ day: z.iso.date(), daysLeft: z.number() })

export function createTimeOffClient({ url, timeoutMs }: VendorSettings): TimeOffClient {
  return {
    async balance(accessToken, signal) {
      const { employee, daysLeft } = await callJson(Balance, `${url}/balance`, { accessToken, signal, timeoutMs })
      return { employee: short(employee), daysLeft }
    },
    request: (accessToken, json, signal) =>
      callJson(Requested, `${url}/requests`, { accessToken, signal, timeoutMs, json }),
  }
}
