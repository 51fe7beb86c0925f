import type { UserDataPorts } from '../user-data.ts'

const none = async () => []

export const nothingKept = {
  known: new Map(),
  connectionsOf: none,
  userSessions: { ofUser: none },
  authorizations: { list: none },
  askFirst: { isOn: async () => false, chosen: async () => undefined },
  conversations: {
    list: none,
    unreadable: async () => 0,
    turnsOf: none,
    changesOf: none,
    eventsOf: none,
    memoryOf: async () => undefined,
  },
  clock: () => 1,
  log: { warn() {} },
} as UserDataPorts
