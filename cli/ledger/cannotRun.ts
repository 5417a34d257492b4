/** What keeps the command from finding out anything, as a message for the person who runs it. */
export class CannotRun extends Error {
  override name = 'CannotRun'
}
