import { TemporaryResources } from '@agent-identity/operations/temporary-resources'
import { afterAll, beforeAll, describe, test } from '@jest/globals'
import { type Emulator, type EmulatorOptions, startEmulator } from 'agentcore-identity-emulator'
import { realAws } from './config.ts'

export class Subject extends TemporaryResources {
  readonly isAws: boolean

  constructor(configuration: ConstructorParameters<typeof TemporaryResources>[0], isAws: boolean) {
    super(configuration)
    this.isAws = isAws
  }
}

export function clientConfiguration({ url, region, credentials: [first] }: Emulator, credential = first) {
  if (credential === undefined) throw new Error('An emulator has at least one credential')
  return { endpoint: url, region, credentials: credential }
}

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

/** For behaviour that can be observed without a vendor: on the emulator and, on request, on real AWS. */
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
