/** What makes a field believable. `nothing`: it is read as a hint, and whatever it leads to is checked by a sealed one. */
export type Voucher =
  | 'USER_SESSION_KEYS'
  | 'USER_TOKENS_KEYS'
  | 'IDENTITY_ARTIFACT_KEYS'
  | 'TURN_KEYS'
  /** Where there is an MCP server; else `TURN_KEYS`. */
  | 'CONNECTION_KEYS'
  /** Of the MCP server alone. */
  | 'MCP_KEYS'
  | 'nothing'

export interface RecordField {
  /** Of a hash; `value` for a string, `element` for a list, set or stream. `*` is any name, and so is what is in angle brackets. */
  field: string
  vouchedBy: Voucher
  /** `once`: by its maker. `compared`: each change compares the sealed value that was read. `replaced`: whole. */
  written: 'once' | 'compared' | 'replaced'
  decides: string
  /** What a writer of Redis who has no key can bring about with it, deleting it aside. */
  remains: string
}

export interface RecordKind {
  /** Its name in Redis: the hash tag in braces, what differs in angle brackets. */
  key: string
  fields: readonly RecordField[]
}

export const EARLIER = 'an earlier value of this very field'
export const NONE = '–'

export function record(key: string, fields: [string, Voucher, RecordField['written'], string, string][]): RecordKind {
  return {
    key,
    fields: fields.map(([field, vouchedBy, written, decides, remains]) => ({
      field,
      vouchedBy,
      written,
      decides,
      remains,
    })),
  }
}
