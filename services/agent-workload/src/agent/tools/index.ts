import type { ProviderId } from '@agent-identity/contracts'
import type { Tool } from '@strands-agents/sdk'
import type { Vendors } from '../vendors/index.ts'
import { addCalendarEvent, listCalendarEvents } from './calendar-tools.ts'
import { listRepositories, openIssue } from './github-tools.ts'
import { readProfile } from './profile-tools.ts'
import type { ToolRun } from './tool-run.ts'

/** The tools of the providers that are switched on; the model does not hear of the others. */
export function offeredTools(offered: readonly ProviderId[], vendors: Vendors, run: ToolRun): Tool[] {
  const { github, googleCalendar, profile } = vendors
  return [
    ...(github && offered.includes('github') ? [listRepositories(github)(run), openIssue(github)(run)] : []),
    ...(googleCalendar && offered.includes('google-calendar')
      ? [listCalendarEvents(googleCalendar)(run), addCalendarEvent(googleCalendar)(run)]
      : []),
    ...(profile && offered.includes('profile') ? [readProfile(profile)(run)] : []),
  ]
}
