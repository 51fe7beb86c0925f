/** The providers, one line each; registry.ts sorts them. */
export { github } from './github/provider.ts'
export { googleCalendar } from './google-calendar/provider.ts'
export { microsoft } from './microsoft/provider.ts'
export { profile } from './profile/provider.ts'
export { serviceStatus } from './service-status/provider.ts'
export { slack } from './slack/provider.ts'
export { timeOff } from './time-off/provider.ts'
export { warehouse } from './warehouse/provider.ts'
