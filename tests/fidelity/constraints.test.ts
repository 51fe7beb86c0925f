import { sendRaw } from '@agent-identity/operations/unusual-requests'
import { expect, test } from '@jest/globals'
import { type Case, casesOf } from './support/constraint-kinds.ts'
import { refusal } from './support/flow.ts'
import type { Member } from './support/member.ts'
import { violationName, withMember } from './support/member-path.ts'
import { type ModelledOperation, modelledOperations } from './support/modelled-operations.ts'
import { describeSubjects, type Subject } from './support/subject.ts'

/** @returns undefined without a violation */
async function violations(subject: Subject, { command, plane, valid }: ModelledOperation, input: object) {
  const client = plane === 'data' ? subject.data : subject.control
  const inPath = 'resourceArn' in input
  const call = inPath
    ? (client.send as (command: object) => Promise<object>).call(client, new command(input as never))
    : sendRaw(client, new command(valid() as never), JSON.stringify(input))
  const outcome = await call.then(
    () => undefined,
    () => refusal(call),
  )
  const isModel = outcome?.name === 'ValidationException' && /^\d+ validation errors? detected: /.test(outcome.message)
  return isModel ? outcome : undefined
}

function everyCase(operation: ModelledOperation, { path, kind, required }: Member): Case[] {
  const missing: Case[] = [
    { side: 'refused', what: 'absent', value: undefined, message: 'Member must not be null' },
    { side: 'refused', what: 'null', value: null, message: 'Member must not be null' },
  ]
  const all = [...(required ? missing : []), ...casesOf(kind)]
  // A URL does not tell absent, null and empty values apart, or the SDK does not send them.
  const travelsInUrl = path === 'resourceArn' || path === 'tagKeys'
  const sendable = all.filter(({ value }) => ![undefined, null, ''].includes(value as '') && !isEmptyList(value))
  return travelsInUrl && operation.name !== 'CreateWorkloadIdentity' ? sendable : all
}

const isEmptyList = (value: unknown) => Array.isArray(value) && (value.length === 0 || value[0] === '')

const table = modelledOperations.flatMap((operation) =>
  operation.members.flatMap((member) => everyCase(operation, member).map((one) => ({ ...one, operation, member }))),
)

describeSubjects('every constraint of the model, both sides of every boundary', (subject) => {
  for (const operation of modelledOperations) {
    for (const member of operation.members) {
      const cases = table.filter((one) => one.operation === operation && one.member === member)
      if (cases.length === 0) continue
      const name = violationName(member.path)
      test(`${operation.name} ${name}`, async () => {
        const failures: string[] = []
        for (const { side, what, value, at = '', message } of cases) {
          if (subject().isAws && side === 'accepted' && operation.writes) continue
          const outcome = await violations(subject(), operation, withMember(operation.valid(), member.path, value))
          const here = outcome?.violations.filter((field) => field.name === `${name}${at}`) ?? []
          const seen = here.some((field) => message === undefined || field.message.startsWith(message))
          const wrong = side === 'refused' ? !seen : here.length > 0
          // Real AWS may name members otherwise.
          if (subject().isAws ? side === 'refused' && outcome === undefined : wrong)
            failures.push(`${what}: not ${side}`)
        }
        expect(failures).toEqual([])
      })
    }
  }
})

test('the tables have as many cases as when they were written: none has disappeared', () => {
  expect({
    operations: modelledOperations.length,
    members: modelledOperations.flatMap(({ members }) => members).length,
    refused: table.filter(({ side }) => side === 'refused').length,
    accepted: table.filter(({ side }) => side === 'accepted').length,
  }).toEqual({ operations: 27, members: 270, refused: 1011, accepted: 720 })
})
