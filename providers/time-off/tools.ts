import { defineTool, type ToolsAtWork, type VendorSettings } from '@agent-identity/provider-kit'
import { z } from 'zod'
import { createTimeOffClient } from './client.ts'

export function timeOffAtWork(settings: VendorSettings): ToolsAtWork {
  const timeOff = createTimeOffClient(settings)
  const readBalance = defineTool({
    name: 'read_days_off',
    description: 'Says how many days off the user has left this year.',
    pastTense: 'read your days off',
    inputSchema: z.object({}),
    scopes: ['time-off:read'],
    does: 'read',
    act: (_input, { accessToken, signal }) => timeOff.balance(accessToken, signal),
  })
  const requestDay = defineTool({
    name: 'request_day_off',
    description: 'Asks for a day off for the user.',
    pastTense: 'asked for a day off',
    inputSchema: z.object({ day: z.iso.date().describe('The day, such as 2026-12-24') }),
    scopes: ['time-off:request'],
    does: 'repeatable-change',
    destination: 'own',
    act: ({ day }, { accessToken, effectId, signal }) => timeOff.request(accessToken, { id: effectId, day }, signal),
  })
  return { tools: [readBalance, requestDay] }
}
