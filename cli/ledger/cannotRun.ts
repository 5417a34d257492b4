/** Thrown when the command cannot find anything out. The message is for the person who runs it. */
export class CannotRun extends Error {
  override name = 'CannotRun'
}
