import { createCipheriv, createDecipheriv, type CipherGCMTypes, type DecipherGCM } from 'node:crypto';
import type { Aead } from '../wire/index.ts';

const TAG_BYTES = 16;
const GCM_OPTIONS = { authTagLength: TAG_BYTES } as const;

/** AES-GCM by `node:crypto`. Synchronous, as the core needs it: a packet is sealed within the step that sends it. */
export const nodeAead: Aead = {
  seal(key, nonce, plaintext, additionalData) {
    const cipher = createCipheriv(algorithmFor(key), key, nonce, GCM_OPTIONS);
    cipher.setAAD(additionalData);
    const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
    // GCM is a stream mode: `update` returns as many bytes as it gets and `final` has nothing left to say.
    sealed.set(cipher.update(plaintext));
    cipher.final();
    sealed.set(cipher.getAuthTag(), plaintext.length);
    return sealed;
  },

  open(key, nonce, ciphertextAndTag, additionalData) {
    const plaintextBytes = ciphertextAndTag.length - TAG_BYTES;
    if (plaintextBytes < 0) return undefined;
    const decipher = createDecipheriv(algorithmFor(key), key, nonce, GCM_OPTIONS);
    decipher.setAAD(additionalData);
    decipher.setAuthTag(ciphertextAndTag.subarray(plaintextBytes));
    const plaintext = decipher.update(ciphertextAndTag.subarray(0, plaintextBytes));
    // Nothing of the plaintext may be used when the tag does not fit.
    return isTagRight(decipher) ? plaintext : undefined;
  },
};

/**
 * `final` can only throw to say that the tag does not fit, and to collect a stack trace for that costs more than to
 * decrypt: anybody may send what does not fit, so there is none.
 */
function isTagRight(decipher: DecipherGCM): boolean {
  const { stackTraceLimit } = Error;
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    decipher.final();
    return true;
  } catch {
    return false;
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  }
}

function algorithmFor(key: Uint8Array): CipherGCMTypes {
  switch (key.length) {
    case 16:
      return 'aes-128-gcm';
    case 24:
      return 'aes-192-gcm';
    default:
      return 'aes-256-gcm';
  }
}
