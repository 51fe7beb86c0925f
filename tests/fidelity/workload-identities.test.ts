import {
  DeleteWorkloadIdentityCommand,
  GetWorkloadIdentityCommand,
  ListWorkloadIdentitiesCommand,
  UpdateWorkloadIdentityCommand,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { describe, expect, test } from '@jest/globals'
import { RETURN_URL, refusal } from './support/flow.ts'
import { describeSubjects, useEmulator } from './support/subject.ts'

describeSubjects('workload identities', (subject) => {
  const get = (name: string | undefined) => subject().control.send(new GetWorkloadIdentityCommand({ name }))

  test('create answers 201 without times, get answers with them', async () => {
    const name = subject().uniqueName()
    const created = await subject().createIdentity({ name, allowedResourceOauth2ReturnUrls: [RETURN_URL] })
    expect(created).toEqual({
      $metadata: expect.objectContaining({ httpStatusCode: 201, requestId: expect.any(String) }),
      name,
      workloadIdentityArn: expect.stringMatching(
        new RegExp(
          `^arn:aws:bedrock-agentcore:[a-z0-9-]+:\\d{12}:workload-identity-directory/default/workload-identity/${name}$`,
        ),
      ),
      allowedResourceOauth2ReturnUrls: [RETURN_URL],
    })
    const { $metadata: _, ...got } = await get(name)
    expect(got).toEqual({
      name,
      workloadIdentityArn: created.workloadIdentityArn,
      allowedResourceOauth2ReturnUrls: [RETURN_URL],
      createdTime: expect.any(Date),
      lastUpdatedTime: expect.any(Date),
    })
    expect(Math.abs((got.createdTime as Date).getTime() - Date.now())).toBeLessThan(60_000)
  })

  test('create refuses a name that is taken', async () => {
    const { name } = await subject().createIdentity()
    const { message, status } = await refusal(subject().createIdentity({ name }))
    // The error's type is not documented. AWS's samples look for this text.
    expect(message).toContain('already exists')
    expect([400, 409]).toContain(status)
  })

  test('update replaces the whole list of return URLs', async () => {
    const { name } = await subject().createIdentity({
      allowedResourceOauth2ReturnUrls: [RETURN_URL, `${RETURN_URL}/2`],
    })
    const allowedResourceOauth2ReturnUrls = ['http://localhost:8080/callback']
    const answer = await subject().control.send(
      new UpdateWorkloadIdentityCommand({ name, allowedResourceOauth2ReturnUrls }),
    )
    expect(answer).toMatchObject({ name, allowedResourceOauth2ReturnUrls, createdTime: expect.any(Date) })
    expect(await get(name)).toMatchObject({ allowedResourceOauth2ReturnUrls })
  })

  test('delete answers 204, and it is gone', async () => {
    const { name } = await subject().createIdentity()
    const { $metadata } = await subject().control.send(new DeleteWorkloadIdentityCommand({ name }))
    expect($metadata.httpStatusCode).toBe(204)
    expect(await refusal(get(name))).toMatchObject({ name: 'ResourceNotFoundException', status: 404 })
  })

  test('list answers in pages', async () => {
    const names = new Set<string | undefined>()
    for (let index = 0; index < 3; index += 1) names.add((await subject().createIdentity()).name)
    let nextToken: string | undefined
    let pages = 0
    do {
      const page = await subject().control.send(new ListWorkloadIdentitiesCommand({ maxResults: 2, nextToken }))
      expect(page.workloadIdentities?.length).toBeLessThanOrEqual(2)
      for (const { name, workloadIdentityArn } of page.workloadIdentities ?? []) {
        expect(workloadIdentityArn).toMatch(new RegExp(`/workload-identity/${name}$`))
        names.delete(name)
      }
      nextToken = page.nextToken
      pages += 1
    } while (nextToken !== undefined)
    expect(names.size).toBe(0)
    expect(pages).toBeGreaterThan(1)
  })

  test.each([
    ['get', (name: string) => new GetWorkloadIdentityCommand({ name })],
    ['update', (name: string) => new UpdateWorkloadIdentityCommand({ name })],
    ['delete', (name: string) => new DeleteWorkloadIdentityCommand({ name })],
  ])('%s of an unknown one is 404', async (_operation, command) => {
    const call = subject().control.send(command(subject().uniqueName()) as GetWorkloadIdentityCommand)
    expect(await refusal(call)).toMatchObject({ name: 'ResourceNotFoundException', status: 404 })
  })
})

describe('workload identities of the emulator', () => {
  const used = useEmulator(() => ({ quotas: { workloadIdentities: 2 } }))

  test('an unknown page token is refused; update without a list keeps it; the quota applies', async () => {
    const { control } = used.subject
    const call = control.send(new ListWorkloadIdentitiesCommand({ nextToken: 'nonsense' }))
    expect(await refusal(call)).toMatchObject({ name: 'ValidationException', violations: [{ name: 'nextToken' }] })
    const { name } = await used.subject.createIdentity({ allowedResourceOauth2ReturnUrls: [RETURN_URL] })
    const updated = await control.send(new UpdateWorkloadIdentityCommand({ name }))
    expect(updated.allowedResourceOauth2ReturnUrls).toEqual([RETURN_URL])
    await used.subject.createIdentity()
    expect(await refusal(used.subject.createIdentity())).toMatchObject({ name: 'ValidationException' })
  })
})
