import { callJson, listOf, moreIf, short, type VendorSettings } from '@agent-identity/provider-kit'
import { z } from 'zod'

interface Profile {
  name: string
  address?: string
}

/** Times are in UTC, the default of Microsoft Graph. */
export interface OutlookEvent {
  title: string
  start: string
  end: string
}

/** Microsoft Graph, as the user. @throws VendorError */
export interface MicrosoftClient {
  profile(accessToken: string, signal: AbortSignal): Promise<Profile>
  /** The events that overlap `between`, which is in Unix milliseconds. */
  events(
    accessToken: string,
    between: { from: number; to: number },
    signal: AbortSignal,
  ): Promise<{ events: OutlookEvent[]; more?: true }>
}

const LISTED = 50

const User = z.object({
  displayName: z.string(),
  mail: z.string().nullish(),
  userPrincipalName: z.string().nullish(),
})
const Time = z.object({ dateTime: z.string() }).transform(({ dateTime }) => `${dateTime.slice(0, 16)}Z`)
const Events = z.object({
  value: listOf(z.object({ subject: z.string().nullish(), start: Time, end: Time }), LISTED),
  '@odata.nextLink': z.string().nullish(),
})

/** @param settings.url `https://graph.microsoft.com/v1.0` */
export function createMicrosoftClient({ url, timeoutMs }: VendorSettings): MicrosoftClient {
  return {
    async profile(accessToken, signal) {
      const query = new URLSearchParams({ $select: 'displayName,mail,userPrincipalName' })
      const user = await callJson(User, `${url}/me?${query}`, { accessToken, signal, timeoutMs })
      const address = user.mail ?? user.userPrincipalName
      return { name: short(user.displayName), ...(address ? { address: short(address) } : {}) }
    },

    async events(accessToken, { from, to }, signal) {
      const query = new URLSearchParams({
        startDateTime: new Date(from).toISOString(),
        endDateTime: new Date(to).toISOString(),
        $select: 'subject,start,end',
        $orderby: 'start/dateTime',
        $top: String(LISTED),
      })
      const call = { accessToken, signal, timeoutMs }
      const { value, '@odata.nextLink': next } = await callJson(Events, `${url}/me/calendarView?${query}`, call)
      const { items, more } = value
      const events = items.map(({ subject, start, end }) => ({ title: short(subject || '(no title)'), start, end }))
      return { events, ...moreIf(Boolean(next) || more === true) }
    },
  }
}
