import { randomBytes } from 'node:crypto'
import { BedrockAgentCoreClient } from '@aws-sdk/client-bedrock-agentcore'
import {
  BedrockAgentCoreControlClient,
  CreateApiKeyCredentialProviderCommand,
  type CreateApiKeyCredentialProviderRequest,
  CreateOauth2CredentialProviderCommand,
  type CreateOauth2CredentialProviderRequest,
  CreateWorkloadIdentityCommand,
  type CreateWorkloadIdentityRequest,
  DeleteApiKeyCredentialProviderCommand,
  DeleteOauth2CredentialProviderCommand,
  DeleteWorkloadIdentityCommand,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { afterAll, beforeAll, describe, test } from '@jest/globals'
import { type Emulator, type EmulatorOptions, startEmulator } from 'agentcore-identity-emulator'
import { realAws } from './config.ts'

/** What a behaviour is observed on, through AWS's own SDK. Whatever it creates is deleted at the end. */
export class Subject {
  readonly data: BedrockAgentCoreClient
  readonly control: BedrockAgentCoreControlClient
  readonly isAws: boolean
  readonly #undo: (() => Promise<unknown>)[] = []

  constructor(configuration: object, isAws: boolean) {
    // One attempt: a test counts calls, and a retry would hide what the first answer was.
    this.data = new BedrockAgentCoreClient({ ...configuration, maxAttempts: 1 })
    this.control = new BedrockAgentCoreControlClient({ ...configuration, maxAttempts: 1 })
    this.isAws = isAws
  }

  uniqueName = () => `fidelity-${randomBytes(6).toString('hex')}`

  async createIdentity(input: Partial<CreateWorkloadIdentityRequest> = {}) {
    const name = input.name ?? this.uniqueName()
    this.#undo.push(() => this.control.send(new DeleteWorkloadIdentityCommand({ name })))
    return this.control.send(new CreateWorkloadIdentityCommand({ ...input, name }))
  }

  async createOauth2Provider(input: Partial<CreateOauth2CredentialProviderRequest> = {}) {
    const name = input.name ?? this.uniqueName()
    this.#undo.push(() => this.control.send(new DeleteOauth2CredentialProviderCommand({ name })))
    return this.control.send(
      new CreateOauth2CredentialProviderCommand({
        credentialProviderVendor: 'GithubOauth2',
        oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: 'client', clientSecret: 'secret' } },
        ...input,
        name,
      }),
    )
  }

  async createApiKeyProvider(input: Partial<CreateApiKeyCredentialProviderRequest> = {}) {
    const name = input.name ?? this.uniqueName()
    this.#undo.push(() => this.control.send(new DeleteApiKeyCredentialProviderCommand({ name })))
    return this.control.send(new CreateApiKeyCredentialProviderCommand({ apiKey: 'an API key', ...input, name }))
  }

  async close() {
    for (const undo of this.#undo.reverse()) await undo().catch(() => {})
    this.data.destroy()
    this.control.destroy()
  }
}

export function clientConfiguration({ url, region, credentials: [first] }: Emulator, credential = first) {
  if (credential === undefined) throw new Error('An emulator has at least one credential')
  return { endpoint: url, region, credentials: credential }
}

/** An emulator in this process and a subject on it, for one file. */
export function useEmulator(options: () => EmulatorOptions = () => ({})) {
  const started: { emulator?: Emulator; subject?: Subject } = {}
  beforeAll(async () => {
    started.emulator = await startEmulator(options())
    started.subject = new Subject(clientConfiguration(started.emulator), false)
  })
  afterAll(async () => {
    started.subject?.data.destroy()
    started.subject?.control.destroy()
    await started.emulator?.close()
  })
  return {
    get emulator() {
      return started.emulator as Emulator
    },
    get subject() {
      return started.subject as Subject
    },
  }
}

/** Behaviour that can be observed without a vendor: on the emulator always, on real AWS when asked. */
export function describeSubjects(title: string, tests: (subject: () => Subject) => void) {
  describe(`emulator: ${title}`, () => {
    const used = useEmulator()
    tests(() => used.subject)
  })
  if (realAws === undefined) {
    test.skip(`AWS: ${title} (needs FIDELITY_TARGET=aws and credentials)`, () => {})
    return
  }
  describe(`AWS: ${title}`, () => {
    const subject = new Subject(realAws ?? {}, true)
    afterAll(() => subject.close())
    tests(() => subject)
  })
}
