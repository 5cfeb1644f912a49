import { createCipheriv, createDecipheriv, type CipherGCMTypes } from 'node:crypto';
import type { Aead } from 'hearsay/wire';

const tagBytes = 16;

/** AES-GCM by `node:crypto`, independent of the one that the driver uses. */
export const nodeAead: Aead = {
  seal(key, nonce, plaintext, additionalData) {
    const cipher = createCipheriv(algorithm(key), key, nonce);
    cipher.setAAD(additionalData);
    return new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
  },
  open(key, nonce, ciphertextAndTag, additionalData) {
    const end = ciphertextAndTag.length - tagBytes;
    const decipher = createDecipheriv(algorithm(key), key, nonce);
    decipher.setAAD(additionalData);
    decipher.setAuthTag(ciphertextAndTag.subarray(end));
    try {
      return new Uint8Array(Buffer.concat([decipher.update(ciphertextAndTag.subarray(0, end)), decipher.final()]));
    } catch {
      return undefined;
    }
  },
};

function algorithm(key: Uint8Array): CipherGCMTypes {
  return `aes-${key.length * 8}-gcm` as CipherGCMTypes;
}
