import { createHmac } from "node:crypto";
import sodium from "libsodium-wrappers";

/** A public key of GitHub's, to seal values for it. */
export interface PublicKey {
  /** Base64, 32 bytes. */
  readonly key: string;
}

/**
 * Seals a value so that only GitHub can open it.
 *
 * A sealed box is a fresh key pair's public half, then the value encrypted between it and the receiver. Here the pair is not random but
 * derived from the stack's key, receiver, name and value: the same value gives the same box, so that a second preview changes nothing,
 * while without the stack's key a box says nothing about its value, not even to somebody who guesses it. A new value, or a new key of
 * GitHub's, gives a new box. (The idea of RFC 6979's signatures: a keyed function of the message stands in for chance.)
 *
 * @param name of the secret: two of one value have different boxes
 * @param stackKey secret of the stack, at least 32 bytes of chance
 * @returns base64, as GitHub takes it
 */
export async function seal(name: string, value: string, { key }: PublicKey, stackKey: string): Promise<string> {
  await sodium.ready;
  const receiver = Buffer.from(key, "base64");
  const seed = createHmac("sha256", stackKey).update(receiver).update(`${name}\0`).update(value).digest();
  const { publicKey, privateKey } = sodium.crypto_box_seed_keypair(seed);
  const nonce = sodium.crypto_generichash(sodium.crypto_box_NONCEBYTES, Buffer.concat([publicKey, receiver]), null);
  const box = sodium.crypto_box_easy(value, nonce, receiver, privateKey);
  return Buffer.concat([publicKey, box]).toString("base64");
}
