export { answerRevocation, RevocationEvent } from './answer-revocation.ts'
export { createRevocationFunctions, type RevocationFunctions } from './revocation-functions.ts'
