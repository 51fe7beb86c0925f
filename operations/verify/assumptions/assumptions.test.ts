import {
  ListOauth2CredentialProvidersCommand,
  ListWorkloadIdentitiesCommand,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type Emulator, type EmulatorOptions, startEmulator } from 'agentcore-identity-emulator'
import { removeAgentcoreLeftovers } from '../agentcore/remove-leftovers.ts'
import { TemporaryResources } from '../agentcore/temporary-resources.ts'
import { Mask } from '../report/mask.ts'
import { contradictedOptions } from '../report/report.ts'
import type { Row } from '../report/row.ts'
import { startLocalVendor } from '../vendor/local-vendor.ts'
import type { Experiment } from './assumption.ts'
import { EXPERIMENTS } from './index.ts'
import { observeAssumptions } from './observe-assumptions.ts'
import { outOfReach } from './out-of-reach.ts'

const running: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close()
})

const serviceOn = (emulator: Emulator) => {
  const [credentials] = emulator.credentials
  if (!credentials) throw new Error('An emulator has at least one credential')
  return new TemporaryResources({ endpoint: emulator.url, region: emulator.region, credentials })
}

async function started(options: EmulatorOptions = {}) {
  const emulator = await startEmulator({ port: 0, ...options })
  const service = serviceOn(emulator)
  running.push(emulator, service)
  return { emulator, service }
}

async function reportOf(options: EmulatorOptions, experiments: readonly Experiment[] = EXPERIMENTS) {
  const { emulator, service } = await started(options)
  // Longer than an experiment takes: a token expires only by `wait`.
  const vendor = await startLocalVendor({ lifetimeSeconds: 600 })
  running.push(vendor)
  const mask = new Mask()
  const trial = {
    service,
    vendor,
    hide: (value: string | undefined, placeholder: string) => mask.hide(value, placeholder),
    long: true,
    say: () => {},
    wait: async (milliseconds: number) => emulator.clock.advance(Math.ceil(milliseconds / 1_000)),
  }
  const rows = await observeAssumptions(experiments, trial, mask, new AbortController().signal)
  return { rows, emulator, service }
}

/** Each value differs from the default. */
const OTHERWISE: Required<NonNullable<EmulatorOptions['assumptions']>> = {
  deniedConsent: 'return',
  pollRepeatsAuthorizationUrl: true,
  missingTokenType: 'accept',
  customProviderOmitsCodeVerifier: true,
  browserErrors: 'page',
  authorizationCookie: 'shared',
  secretNames: 'without-hex',
  providerStatus: 'READY',
  expiredWorkloadAccessToken: 'unauthorized',
  m2mTokens: 'kept',
  authorizationUrl: 'until-returned',
  vaultKey: 'without-custom-parameters',
  unknownParameter: 'nothing',
  duplicateName: 'conflict',
}

const experimentOf = (option: string) =>
  EXPERIMENTS.filter(({ assumptions }) => assumptions.some((assumption) => assumption.option?.name === option))

describe('an emulator with other options', () => {
  test.each(Object.entries(OTHERWISE))(
    'is reported as contradicting %s, with the matching value',
    async (option, value) => {
      const { rows } = await reportOf({ assumptions: { [option]: value } }, experimentOf(option))
      expect(contradictedOptions({ rows })).toContainEqual(expect.objectContaining({ name: option, value }))
    },
  )
})

test('an authorization URL that opens after the return, too, is reported as such', async () => {
  const { rows } = await reportOf({ assumptions: { authorizationUrl: 'reusable' } }, experimentOf('authorizationUrl'))
  expect(contradictedOptions({ rows })).toEqual([
    { id: 'authorization-url-opened-twice', name: 'authorizationUrl', value: 'reusable' },
  ])
})

const OUT_OF_REACH = outOfReach.assumptions.map(({ id }) => id)

describe('the emulator with its defaults', () => {
  test('confirms every row that can be tried', async () => {
    const { rows } = await reportOf({})
    const other = rows.filter(({ id, verdict }) => verdict !== 'holds' && !OUT_OF_REACH.includes(id))
    expect(other.map(({ id, expected, seen }) => ({ id, expected, seen }))).toEqual([])
  })
})

test('ids are unique', () => {
  const ids = EXPERIMENTS.flatMap(({ assumptions }) => assumptions.map(({ id }) => id))
  expect(new Set(ids).size).toBe(ids.length)
})

test('an experiment that fails leaves only its own rows open, with the reason', async () => {
  const assumption = { words: 'w', expected: 'e' }
  const broken: Experiment = {
    name: 'one that breaks',
    assumptions: [{ ...assumption, id: 'broken' }],
    observe: () => Promise.reject(new Error('for 123456789012')),
  }
  const silent: Experiment = {
    name: 'a silent one',
    assumptions: [{ ...assumption, id: 'silent' }],
    observe: async () => ({}),
  }
  const good: Experiment = {
    name: 'a good one',
    assumptions: [{ ...assumption, id: 'good' }],
    observe: async () => ({ good: 'e' }),
  }
  const { rows } = await reportOf({}, [broken, silent, good])
  expect(rows.map(({ id, verdict, seen }): [string, Row['verdict'], string] => [id, verdict, seen])).toEqual([
    ['broken', 'not tried', 'not tried: the experiment broke off: Error "for <account>"'],
    ['silent', 'not tried', 'not tried: the experiment did not come to it'],
    ['good', 'holds', 'e'],
  ])
})

describe('a created resource', () => {
  const names = async ({ control }: TemporaryResources) => {
    const { credentialProviders } = await control.send(new ListOauth2CredentialProvidersCommand({}))
    const { workloadIdentities } = await control.send(new ListWorkloadIdentitiesCommand({}))
    return [...(credentialProviders ?? []), ...(workloadIdentities ?? [])].map(({ name }) => name)
  }

  test('is removed, and nothing else', async () => {
    const { emulator, service } = await reportOf({ workloadIdentities: [{ name: 'theirs' }] })
    const observer = serviceOn(emulator)
    running.push(observer)
    expect((await names(observer)).length).toBeGreaterThan(5)
    expect(await service.close()).toBe(0)
    expect(await names(observer)).toEqual(['theirs'])
  })

  test('is found by its name after a killed run; nothing else is, and nothing of a run that may be under way', async () => {
    const { emulator, service } = await started({ workloadIdentities: [{ name: 'theirs' }, { name: 'verify-theirs' }] })
    const name = 'agent-identity-verify-65f00000-0123456789ab'
    await service.createIdentity({ name })
    await service.createOauth2Provider({ name })
    await service.createApiKeyProvider({ name })
    const { name: inUse } = await service.createIdentity()
    const later = serviceOn(emulator)
    running.push(later)
    expect(await removeAgentcoreLeftovers(later)).toBe(3)
    expect((await names(later)).sort()).toEqual([inUse, 'theirs', 'verify-theirs'])
    expect(await removeAgentcoreLeftovers(later)).toBe(0)
  })

  const LISTS = ['ListOauth2CredentialProviders', 'ListApiKeyCredentialProviders', 'ListWorkloadIdentities']
  const DELETES = ['DeleteOauth2CredentialProvider', 'DeleteApiKeyCredentialProvider', 'DeleteWorkloadIdentity']
  test.each([
    ['throttled', { error: 'ThrottlingException' }],
    ['answered, and the reply is lost', { dropReply: true }],
  ])('is removed although the first call of each kind is %s', async (_what, fault) => {
    const name = 'agent-identity-verify-65f00000-0123456789ab'
    const { emulator, service } = await started()
    const plan = async (operations: readonly string[]) => {
      for (const operation of operations) {
        const body = JSON.stringify({ operation, times: 1, ...fault })
        const headers = { 'content-type': 'application/json' }
        const planned = await fetch(`${emulator.url}/_emulator/faults`, { method: 'POST', headers, body })
        expect(planned.status).toBe(204)
      }
    }
    const create = async (wanted?: { name: string }) => {
      await service.createOauth2Provider(wanted)
      await service.createApiKeyProvider(wanted)
      await service.createIdentity(wanted)
    }
    await create({ name })
    await plan([...LISTS, ...DELETES])
    expect(await removeAgentcoreLeftovers(service)).toBe(3)

    await create()
    await plan(DELETES)
    const observer = serviceOn(emulator)
    running.push(observer)
    expect(await service.close()).toBe(0)
    expect(await names(observer)).toEqual([])
  })

  test('that cannot be removed is counted', async () => {
    const { emulator, service } = await started()
    await service.createIdentity()
    await emulator.close()
    expect(await service.close()).toBe(1)
  })
})
