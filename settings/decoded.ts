/** A value as the engine hands it on: JSON where it is JSON; else the text itself, which fails as a wrong type at its own path where that is not meant. */
export function decoded(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
