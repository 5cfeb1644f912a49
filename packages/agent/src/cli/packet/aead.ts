import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Aead } from 'hearsay/wire';

const TAG_BYTES = 16;

/** AES-GCM by node:crypto, so that looking at a packet loads nothing of the network. */
export const aead: Aead = {
  seal(key, nonce, plaintext, additionalData) {
    const cipher = createCipheriv(algorithmOf(key), key, nonce).setAAD(additionalData);
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  },

  open(key, nonce, ciphertextAndTag, additionalData) {
    const tagAt = ciphertextAndTag.length - TAG_BYTES;
    const decipher = createDecipheriv(algorithmOf(key), key, nonce)
      .setAAD(additionalData)
      .setAuthTag(ciphertextAndTag.subarray(tagAt));
    try {
      return Buffer.concat([decipher.update(ciphertextAndTag.subarray(0, tagAt)), decipher.final()]);
    } catch {
      return undefined; // node:crypto throws when the tag does not fit
    }
  },
};

function algorithmOf(key: Uint8Array): 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm' {
  return key.length === 16 ? 'aes-128-gcm' : key.length === 24 ? 'aes-192-gcm' : 'aes-256-gcm';
}
