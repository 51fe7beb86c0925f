import { equalInConstantTime, sha256 } from '../constant-time.ts'

export type Principal =
  | { kind: 'user-id'; userId: string }
  | { kind: 'jwt'; issuer: string; subject: string; tokenHash: string }
  | { kind: 'none' }

export type IdentityArtifact = { userToken: string } | { userId: string }

/** A JWT's user and a user id never have the same key. */
export function principalKey(principal: Principal): string {
  switch (principal.kind) {
    case 'user-id':
      return JSON.stringify(['user-id', principal.userId])
    case 'jwt':
      return JSON.stringify(['jwt', principal.issuer, principal.subject])
    case 'none':
      return 'none'
  }
}

export const hashUserToken = (userToken: string) => sha256(userToken).toString('base64url')

/** A newer JWT of the same user is another artifact, which the live service refuses (aws/bedrock-agentcore-sdk-typescript#37). */
export function isSameArtifact(principal: Principal, artifact: IdentityArtifact): boolean {
  if (principal.kind === 'jwt' && 'userToken' in artifact) {
    return equalInConstantTime(principal.tokenHash, hashUserToken(artifact.userToken))
  }
  if (principal.kind === 'user-id' && 'userId' in artifact) {
    return equalInConstantTime(principal.userId, artifact.userId)
  }
  return false
}
