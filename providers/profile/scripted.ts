import { asksFor, inList, type Scripted } from '@agent-identity/provider-kit'
import { z } from 'zod'

const Profile = z.object({ username: z.string(), name: z.string(), email: z.string() }).partial()

export const scripted: Scripted = {
  read_profile: {
    example: 'What is in my profile?',
    request: asksFor(['what', 'show', 'read'], 'profile|e-?mail address'),
    ability: 'tell you what is in your profile',
    answer(result) {
      const { username, name, email } = Profile.parse(result)
      const known = [
        name && `your name, ${name}`,
        username && `your username, ${username}`,
        email && `your address, ${email}`,
      ]
      return `Your profile has ${inList(known.filter((one) => one !== undefined)) || 'nothing that I may see'}.`
    },
  },
}
