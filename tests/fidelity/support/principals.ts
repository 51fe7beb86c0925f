import type { Emulator } from 'agentcore-identity-emulator'
import { clientConfiguration, Subject } from './subject.ts'

export type Statement = { Action: string | string[]; Resource?: string | string[]; Condition?: object; Effect?: string }

/** By default a statement allows its actions on all resources. */
export const policy = (...statements: Statement[]) => [
  {
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Effect: 'Allow', Resource: '*', ...statement })),
  },
]

export const onResources = (operation: string, Resource: string[], Condition?: object): Statement => ({
  Action: `bedrock-agentcore:${operation}`,
  Resource,
  ...(Condition ? { Condition } : {}),
})

/** With undefined policies everything is allowed. */
export const credentialsOf = (principals: Readonly<Record<string, object[] | undefined>>) =>
  Object.entries(principals).map(([principal, policies]) => ({
    accessKeyId: `KEY_${principal.replaceAll('-', '_')}`,
    secretAccessKey: 'secret',
    principal,
    ...(policies ? { policies: policies as Record<string, unknown>[] } : {}),
  }))

export function subjectOf(emulator: Emulator, principal: string) {
  const credential = emulator.credentials.find(({ principalArn }) => principalArn.endsWith(`:user/${principal}`))
  return new Subject(clientConfiguration(emulator, credential), false)
}

export const denial = (principal: string, action: string, resource: string) => ({
  name: 'AccessDeniedException',
  status: 403,
  message:
    `User: arn:aws:iam::123456789012:user/${principal} is not authorized to perform: ${action} ` +
    `on resource: ${resource} because no identity-based policy allows the ${action} action`,
})
