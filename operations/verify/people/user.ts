export interface User {
  username: string
  password: string
  /** The agent's answer about the profile must contain it. */
  email: string
  /** The next code of the authenticator app; absent when the sign-in asks for none. */
  oneTimeCode?: () => Promise<string>
}
