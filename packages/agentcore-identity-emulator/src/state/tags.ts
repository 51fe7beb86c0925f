import { AwsError } from '../aws-protocol/errors.ts'
import type { EmulatorState } from '../emulator-state.ts'

export const MAX_TAGS = 50

export function requireTaggable(resourceArn: string, state: EmulatorState) {
  const { arns } = state
  const existing = [
    arns.directory,
    arns.tokenVault,
    ...[...state.workloadIdentities.values(), ...state.oauth2Providers.values(), ...state.apiKeyProviders.values()].map(
      ({ arn }) => arn,
    ),
  ]
  if (existing.includes(resourceArn)) return
  throw new AwsError('ResourceNotFoundException', `Resource ${resourceArn} not found`)
}
