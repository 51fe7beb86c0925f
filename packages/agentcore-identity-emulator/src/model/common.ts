import { list, map, type StringShape, string } from './shapes.ts'

export const workloadIdentityName = string({ min: 3, max: 255, pattern: '[A-Za-z0-9_.-]+' })
export const credentialProviderName = string({ min: 1, max: 128, pattern: '[a-zA-Z0-9\\-_]+' })
export const returnUrl = string({ min: 1, max: 2048, pattern: '\\w+:(\\/?\\/?)[^\\s]+' })
export const scopes = list(string({ min: 1, max: 128 }))
export const secretReference = { secretId: string({ min: 1, max: 2048 }), jsonKey: string({ min: 1, max: 128 }) }
export const tags = map(
  string({ min: 1, max: 128, pattern: '[a-zA-Z0-9\\s._:/=+@-]*' }),
  string({ min: 0, max: 256, pattern: '[a-zA-Z0-9\\s._:/=+@-]*' }),
  { min: 0, max: 50 },
)

export const sessionUri = string({
  min: 1,
  max: 1024,
  pattern: 'urn:ietf:params:oauth:request_uri:[a-zA-Z0-9-._~]+',
})

/** AWS's expression takes cubic time in a backtracking engine; `isThreeSegments` matches the same texts in one pass. */
export const userToken: StringShape = {
  type: 'string',
  min: 1,
  max: 131072,
  pattern: {
    source: '[A-Za-z0-9-_=]+.[A-Za-z0-9-_=]+.[A-Za-z0-9-_=]+',
    matches: isThreeSegments,
  },
}

function isThreeSegments(value: string) {
  // Bit n set: the characters so far can end in state n of  A+ . A+ . A+  (states 1, 2, 3, 4, 5).
  let states = 1
  for (const character of value) {
    const inSegment = /[A-Za-z0-9\-_=]/.test(character)
    const anything = !/[\n\r\u2028\u2029]/.test(character)
    let next = 0
    if (inSegment) next |= ((states & 0b000001) << 1) | (states & 0b101010) | ((states & 0b010100) << 1)
    if (anything) next |= (states & 0b001010) << 1
    if (next === 0) return false
    states = next
  }
  return (states & 0b100000) !== 0
}
