export interface Settings {
  quick: boolean
  /** The directory for CPU profiles of our processes. */
  profileDirectory: string | undefined
  /** The directory of Node's compile cache. */
  compileCache: string | undefined
  say(message: string): void
}

/** The rows show the median. */
interface Series {
  name: string
  values: readonly number[]
}

export interface Detail {
  what: string
  value: number
  unit: string
}

export interface Measured {
  unit: string
  ours: readonly number[]
  peer?: Series | { skipped: string }
  floor?: Series | { skipped: string }
  details?: readonly Detail[]
}

export interface Benchmark {
  name: string
  /** Rejects when the measured flow does not work. */
  run(settings: Settings): Promise<Measured>
}

/** Ratios are ours divided by theirs. */
export interface Row {
  name: string
  unit: string
  ours: number
  peer: number | null
  peerName: string | null
  floor: number | null
  floorName: string | null
  ratioToPeer: number | null
  ratioToFloor: number | null
  runs: number
  details: readonly Detail[]
}
