import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { createApp } from '../app.ts'
import { createArns } from '../arns.ts'
import { createTravel } from '../browser/travel.ts'
import { createClock } from '../clock.ts'
import { Calls } from '../control/calls.ts'
import { Changes } from '../control/changes.ts'
import { Faults } from '../control/faults.ts'
import { createEmulatorState } from '../create-state.ts'
import { createAuthorizer } from '../iam/authorizer.ts'
import { silentLog } from '../log.ts'
import { structure } from '../model/shapes.ts'
import { parseOptions } from '../options.ts'
import { createCredentials } from '../sigv4/credentials.ts'
import { createBrowserless } from '../vendor/browserless.ts'
import { defineOperation } from './operation.ts'

let closing = () => {}
afterEach(() => closing())

test('a bug in an operation is a 500 without details, and a log entry with its place', async () => {
  const entries: object[] = []
  const log = (entry: object) => void entries.push(entry)
  const options = parseOptions({})
  const arns = createArns({ ...options, partition: 'aws' })
  const clock = createClock()
  const credential = { accessKeyId: 'KEY', secretAccessKey: 'secret', principalArn: 'arn:user' }
  const operation = defineOperation({
    name: 'Broken',
    input: structure({}),
    permissions: () => [],
    run: () => {
      throw Object.assign(new TypeError('a bug'), { input: 'SECRET' })
    },
  })
  const calls = new Calls()
  const faults = new Faults()
  const state = createEmulatorState(options, { arns, clock })
  const travel = createTravel({ calls, faults, log: silentLog })
  const server = createServer(
    createApp({
      state,
      routes: [{ ...operation, operation, plane: 'control' }],
      credentials: createCredentials([credential]),
      authorizer: createAuthorizer({ ...options, wallNow: clock.wallNow, tagsOf: () => ({}) }),
      region: options.region,
      calls,
      changes: new Changes(),
      faults,
      controlHosts: [],
      operationHosts: [],
      carryOut: () => {},
      reset: () => {},
      setPolicies: async () => {},
      travel,
      browserless: createBrowserless(state, travel),
      log: { info: log, warn: log, error: log },
    }),
  )
  closing = () => {
    server.closeAllConnections()
    server.close()
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { BedrockAgentCoreClient, GetWorkloadAccessTokenCommand } = await import('@aws-sdk/client-bedrock-agentcore')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = new BedrockAgentCoreClient({ endpoint, region: 'us-east-1', credentials: credential, maxAttempts: 1 })
  const command = new GetWorkloadAccessTokenCommand({ workloadName: 'agent' })
  command.middlewareStack.add(
    (next) => (args) => {
      Object.assign(args.request as object, { path: '/identities/Broken' })
      return next(args)
    },
    { step: 'build' },
  )
  await expect(client.send(command)).rejects.toMatchObject({
    name: 'InternalServerException',
    message: 'An internal error occurred',
    $metadata: { httpStatusCode: 500, requestId: expect.any(String) },
  })
  expect(calls.list()).toMatchObject([{ operation: 'Broken', status: 500, principal: 'arn:user' }])
  expect(JSON.stringify(entries)).toContain('a bug')
  expect(JSON.stringify(entries)).not.toContain('SECRET')
})
