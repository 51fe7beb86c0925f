import { describeFailedFields } from '../aws-protocol/errors.ts'

export type BrowserAnswer = { redirectTo: string; setCookie?: string } | { status: 400; message: string }

export const badRequest = (message: string) => ({ status: 400 as const, message })

/** The live callback's answer to missing parameters. */
export const missingParameters = (names: readonly string[]) =>
  badRequest(describeFailedFields(names.map((name) => ({ name, message: 'Member must not be null' }))))
