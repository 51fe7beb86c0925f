import { channelOf } from './release-channel.ts'

/** A version, and after it the tags of all releases. */
const [version = '', ...tags] = process.argv.slice(2)
process.stdout.write(`${channelOf(version, tags)}\n`)
