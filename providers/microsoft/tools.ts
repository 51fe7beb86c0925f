import { defineTool, type ProviderAtWork, type VendorSettings } from '@agent-identity/provider-kit'
import { z } from 'zod'
import { createMicrosoftClient } from './client.ts'

const DAY_MS = 24 * 3_600_000

export function microsoftAtWork(settings: VendorSettings): ProviderAtWork {
  const microsoft = createMicrosoftClient(settings)
  const listEvents = defineTool({
    name: 'list_outlook_events',
    description: "Lists the events of the next 24 hours in the user's Outlook calendar, with their times in UTC.",
    pastTense: 'listed events',
    inputSchema: z.object({}),
    scopes: ['Calendars.ReadBasic'],
    does: 'read',
    act: (_input, { accessToken, now, signal }) =>
      microsoft.events(accessToken, { from: now, to: now + DAY_MS }, signal),
  })
  const readProfile = defineTool({
    name: 'read_microsoft_profile',
    description: "Reads the user's own profile at Microsoft 365: name and e-mail address.",
    pastTense: 'read your profile',
    inputSchema: z.object({}),
    scopes: ['User.Read'],
    does: 'read',
    act: async (_input, { accessToken, signal }) => ({ ...(await microsoft.profile(accessToken, signal)) }),
  })
  return {
    // Without `granted`: Graph does not say what a token was granted for.
    async account(accessToken, signal) {
      const { name, address } = await microsoft.profile(accessToken, signal)
      return { name: address ?? name }
    },
    tools: [listEvents, readProfile],
  }
}
