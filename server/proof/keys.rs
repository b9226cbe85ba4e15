//! Ed25519 keys: made, used to sign, used to verify. The one file that names the library.

use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use super::{hex, sha256};

/// A key that may sign.
#[derive(Debug)]
pub struct SigningKey {
    pair: Ed25519KeyPair,
}

/// A key could not be made or read.
#[derive(Debug, thiserror::Error)]
#[error("a signing key could not be made or read")]
pub struct BadKey;

impl SigningKey {
    /// A new key: itself, and its secret as PKCS 8.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn generate() -> Result<(Self, Vec<u8>), BadKey> {
        let secret = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| BadKey)?;
        let key = Self::from_pkcs8(secret.as_ref())?;
        Ok((key, secret.as_ref().to_vec()))
    }

    /// The key of this secret.
    ///
    /// # Errors
    /// When it is none.
    pub fn from_pkcs8(secret: &[u8]) -> Result<Self, BadKey> {
        let pair = Ed25519KeyPair::from_pkcs8(secret).map_err(|_| BadKey)?;
        Ok(Self { pair })
    }

    /// Its public half, 32 bytes.
    #[must_use]
    pub fn public(&self) -> Vec<u8> {
        self.pair.public_key().as_ref().to_vec()
    }

    /// Its name: see [`key_id`].
    #[must_use]
    pub fn id(&self) -> String {
        key_id(&self.public())
    }

    /// The signature of these bytes, 64 bytes.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.pair.sign(bytes).as_ref().to_vec()
    }
}

/// The name of a public key: the first 32 hexadecimal digits of its SHA-256.
#[must_use]
pub fn key_id(public: &[u8]) -> String {
    hex(&sha256(public)[..16])
}

/// Whether the signature of these bytes was made by this key.
#[must_use]
pub fn is_signed(public: &[u8], bytes: &[u8], signature: &[u8]) -> bool {
    let key = UnparsedPublicKey::new(&ED25519, public);
    key.verify(bytes, signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_of_one_key_and_of_these_bytes() {
        let (key, secret) = SigningKey::generate().expect("random bytes");
        let again = SigningKey::from_pkcs8(&secret).expect("reads");
        assert_eq!(key.id(), again.id());
        let signature = key.sign(b"a");
        assert!(is_signed(&again.public(), b"a", &signature));
        assert!(!is_signed(&again.public(), b"b", &signature));
        let (other, _) = SigningKey::generate().expect("random bytes");
        assert!(!is_signed(&other.public(), b"a", &signature));
        assert!(SigningKey::from_pkcs8(b"none").is_err());
    }
}
